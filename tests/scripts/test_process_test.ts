import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LEFT_OUT } from "../../scripts/test_needs.ts";
import { runTests } from "../../scripts/test_process.ts";
import { TestFolder } from "../support/folder.ts";

const MODULES = {
  "passes_test.ts": 'Deno.test("one & <two>", () => {});\nDeno.test("three\'s", () => {});\n',
  "fails_test.ts": 'Deno.test("right", () => {});\n' +
    'Deno.test("wrong", () => { console.log("printed"); throw new Error("because"); });\n',
  "left_test.ts":
    `console.log("\\n${LEFT_OUT}kcat registered");\nDeno.test({ name: "registered", ignore: true, fn() {} });\n` +
    `Deno.test("begun", () => console.log("\\n${LEFT_OUT}own-kafka begun"));\n` +
    'Deno.test({ name: "other", ignore: true, fn() {} });\n',
  "throws_test.ts": 'throw new Error("at load");\n',
  "missing_test.ts": 'import "./absent.ts";\n',
} as const;

async function run(folder: TestFolder, ...names: (keyof typeof MODULES)[]) {
  for (const name of names) await Deno.writeTextFile(folder.file(name), MODULES[name]);
  return await runTests(["--no-config", "--no-lock", ...names], {}, folder.path);
}

Deno.test("runTests() counts what passed and tells the time of each test and its file", async () => {
  await using folder = new TestFolder();
  const { passed, failed, failures, times, ended } = await run(folder, "passes_test.ts");
  assertEquals([passed, failed, failures, ended], [2, 0, "", true]);
  assertEquals(times.map(({ path, name }) => [path, name]), [
    ["passes_test.ts", "one & <two>"],
    ["passes_test.ts", "three's"],
  ]);
});

Deno.test("runTests() tells why a test failed and what it printed, and still counts the others", async () => {
  await using folder = new TestFolder();
  const { passed, failed, failures } = await run(folder, "passes_test.ts", "fails_test.ts");
  assertEquals([passed, failed], [3, 1]);
  assertStringIncludes(failures, "Error: because");
  assertStringIncludes(failures, "printed");
  assert(!failures.includes("running"), failures);
});

Deno.test("runTests() counts as left out what says so, before it begins or while it runs, and nothing else", async () => {
  await using folder = new TestFolder();
  const { passed, failed, leftOut, ignored } = await run(folder, "left_test.ts");
  assertEquals([passed, failed, ignored], [0, 0, 1]);
  assertEquals(leftOut, [{ need: "kcat", name: "registered" }, { need: "own-kafka", name: "begun" }]);
});

Deno.test("runTests() counts a module that does not load as a failure", async () => {
  await using folder = new TestFolder();
  const thrown = await run(folder, "throws_test.ts", "passes_test.ts");
  assertEquals([thrown.passed, thrown.failed, thrown.ended], [2, 1, true]);
  assertStringIncludes(thrown.failures, "at load");
  const missing = await run(folder, "missing_test.ts");
  assertEquals([missing.passed, missing.failed, missing.ended], [0, 1, false]);
  assertStringIncludes(missing.failures, "absent.ts");
});
