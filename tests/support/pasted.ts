/**
 * What a shell makes of lines that are pasted into it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { TestFolder } from "./folder.ts";

/** In place of the program: keeps its arguments, each with a NUL behind it, and a line for its end. */
const SETUP = `set -eu
bluesky_firehose() { printf '%s\\0' "$@" END >> "$HOME/calls"; }
`;

/**
 * The arguments of each call of the program in these lines, as bash has them; the lines run in an empty home folder, and
 * nothing in them may fail.
 */
export async function pasted(lines: readonly string[]): Promise<string[][]> {
  await using folder = new TestFolder();
  const home = folder.file("home");
  await Deno.mkdir(home);
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "--noprofile", "-c", SETUP + lines.join("\n")],
    cwd: home,
    env: { HOME: home },
  }).output();
  assertEquals([stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)), ["", ""], lines.join("\n"));
  const calls = await Deno.readTextFile(`${home}/calls`);
  return calls.split("END\0").slice(0, -1).map((call) => call.split("\0").slice(0, -1));
}
