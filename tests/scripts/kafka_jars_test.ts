import { assert, assertEquals } from "@std/assert";
import { cacheFolder, javaMajor, run } from "../../scripts/kafka_jars.ts";

Deno.test("javaMajor() reads what Java prints of itself, in its old and its new form", () => {
  for (
    const [printed, major] of [
      ['openjdk version "17.0.15" 2025-04-15\n', 17],
      ['java version "21" 2023-09-19 LTS\n', 21],
      ['openjdk version "26-ea" 2026-03-17\n', 26],
      ['java version "1.8.0_401"\n', 8],
      ["no Java at all\n", null],
      ["", null],
    ] as const
  ) {
    assertEquals(javaMajor(printed), major, printed);
  }
});

Deno.test("run() gives what a program printed and whether it succeeded, and null where there is none", async () => {
  const version = await run(Deno.execPath(), ["--version"]);
  assertEquals(version?.success, true);
  assert(version?.text.includes(Deno.version.deno));
  const failed = await run(Deno.execPath(), ["no-such-command"]);
  assertEquals(failed?.success, false);
  assert(failed?.text !== "");
  assertEquals(await run("bluesky_firehose_no_such_program", []), null);
});

Deno.test("cacheFolder() is one of this project in the user's cache", () => {
  assert(/[/\\]bluesky-firehose$/.test(cacheFolder()));
});
