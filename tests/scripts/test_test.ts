import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { readRequest } from "../../scripts/test.ts";
import { TestFolder } from "../support/folder.ts";

Deno.test("readRequest() leaves long tests out but where all are asked for, or files are named", () => {
  const usual = { all: false, long: false, complete: false, filter: null, paths: [] };
  assertEquals(readRequest([]), usual);
  assertEquals(readRequest(["--all", "--complete"]), { ...usual, all: true, complete: true });
  assertEquals(readRequest(["--long"]), { ...usual, all: true, long: true });
  assertEquals(readRequest(["tests/cli", "--filter", "help"]), {
    ...usual,
    all: true,
    filter: "help",
    paths: ["tests/cli"],
  });
  assertThrows(() => readRequest(["--fliter", "x"]), TypeError, "--fliter");
});

Deno.test("the test runner says what it needs, tells a failure when it happens, and ends with the counts and its status", async () => {
  await using folder = new TestFolder();
  const files = { "good_test.ts": "", "bad_test.ts": 'throw new Error("wrong");' };
  for (const [name, body] of Object.entries(files)) {
    await Deno.writeTextFile(folder.file(name), `Deno.test("made ${name}", () => { ${body} });\n`);
  }
  const runner = new URL("../../scripts/test.ts", import.meta.url).pathname;
  for (const [path, status] of [["good_test.ts", 0], ["", 1]] as const) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", "--no-lock", runner, folder.file(path)],
      env: { XDG_CACHE_HOME: folder.path, NO_COLOR: "1" },
    }).output();
    const printed = new TextDecoder().decode(stdout);
    assertEquals(code, status, printed);
    assertMatch(printed, /^\d test files?, \d+ at a time\. Expected: /);
    assertStringIncludes(printed, "What the tests use besides Deno:");
    assertMatch(printed, /^\[\d\/\d\] .+_test\.ts(?: and 1 more)?: \d passed/m);
    assertEquals(printed.includes("error: Error: wrong"), status === 1, printed);
    assertMatch(
      printed,
      status === 0 ? /\n1 passed, 0 failed, 0 left out in / : /\n1 passed, 1 failed, 0 left out in /,
    );
  }
});
