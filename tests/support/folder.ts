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

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
