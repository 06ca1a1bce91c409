import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** Files without a test of their own, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "src/cursor/cursor.ts": "types alone",
  "src/firehose/gap.ts": "types alone",
  "src/sink/sink.ts": "types alone",
  "src/sink/kafka/errors.ts": "types of errors alone; the tests of sink and topic meet them",
  "src/sink/kafka/inspect.ts": "the test of check/broker.ts meets it, with the broker that it starts",
  "src/sink/kafka/options.ts": "types and settings alone; the tests of sink and client meet them",
};

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}${name}/`) : name.endsWith(".ts") ? [`${folder}${name}`] : []
  );
}

/** Where the test of a file stands. */
function testOf(path: string): string {
  return `tests/${path.replace(/^src\//, "").replace(/\.ts$/, "_test.ts")}`;
}

const sources = [...filesIn("src/"), ...filesIn("scripts/")];
const tests = new Set(filesIn("tests/"));

Deno.test("every file of src/ and scripts/ has its test at the mirrored path, but for the exceptions", () => {
  const missing = sources.filter((path) => !tests.has(testOf(path)) && !(path in EXCEPTIONS)).map(testOf);
  assertEquals(missing, []);
});

Deno.test("the exceptions are files that exist and have no test", () => {
  const wrong = Object.keys(EXCEPTIONS).filter((path) => !sources.includes(path) || tests.has(testOf(path)));
  assertEquals(wrong, []);
});

Deno.test("no file of the project is past 400 lines", () => {
  const long = [...sources, ...tests, "main.ts"]
    .filter((path) => Deno.readTextFileSync(new URL(path, ROOT)).split("\n").length > 401);
  assertEquals(long, []);
});
