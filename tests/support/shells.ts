/**
 * Shells that run scripts of tests.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** What a shell prints when it runs a script with these arguments, in the folder of the project; it must not complain. */
export async function runShell(shell: string, args: readonly string[], input: string): Promise<string> {
  const child = new Deno.Command(shell, {
    args: [...args],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout, stderr } = await child.output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}
