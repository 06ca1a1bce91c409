import { assert, assertEquals } from "@std/assert";
import { tmpdir } from "node:os";
import { cacheFolder } from "../../scripts/kafka_jars.ts";
import { testPermissions } from "../../scripts/test.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("testPermissions() lets tests reach this machine alone, write to temporary files and the cache, and read few variables", async () => {
  const flags = new Map((await testPermissions()).map((flag) => {
    const [name = "", values = ""] = flag.split("=");
    return [name, values.split(",")];
  }));
  assertEquals(flags.get("--allow-net")?.slice(0, 3), ["127.0.0.1", "localhost", "[::1]"]);
  assert(flags.get("--allow-read")?.includes(new URL("../../", import.meta.url).pathname));
  assertEquals(flags.get("--allow-write"), [tmpdir(), cacheFolder()]);
  assert(flags.get("--allow-run")?.includes(Deno.execPath()));
  assertEquals(flags.has("--allow-all") || flags.has("--allow-ffi"), false);
  assert(flags.get("--allow-env")?.includes("CI"));
});

Deno.test("the test runner ends with a failure when a test fails, and with none when all pass", async () => {
  await using folder = new TestFolder();
  for (const [body, success] of [["", true], ['throw new Error("wrong");', false]] as const) {
    const file = folder.file("made_test.ts");
    await Deno.writeTextFile(file, `Deno.test("made", () => { ${body} });\n`);
    const runner = new URL("../../scripts/test.ts", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "--no-lock", runner, "--no-lock", "--no-check", file],
    }).output();
    const printed = new TextDecoder().decode(stdout);
    assertEquals(code === 0, success, printed);
    assert(printed.includes(success ? "1 passed" : "1 failed"), printed);
  }
});
