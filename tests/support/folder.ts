/**
 * Folders for tests.
 *
 * @module
 */
import { join } from "node:path";

/** A folder that is removed at the end. */
export class TestFolder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync({ prefix: "bluesky_firehose_test_" });

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Makes a symbolic link in it; Deno itself lets only those make one that may write everywhere. */
  async link(name: string, to: string): Promise<void> {
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'ln -s "$1" "$2"', "sh", to, this.file(name)],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
