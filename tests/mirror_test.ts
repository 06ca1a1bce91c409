import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** Files, and folders of files, without a test of their own, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "scripts/compile.ts": "tests/scripts/build_test.ts has its functions, CI its binary",
  "scripts/core.ts": "CI runs it with --check; tests/scripts/workflows_test.ts sees to that",
  "scripts/image.ts": "it is a test itself, of the image",
  "scripts/image_root.ts": "the test of the image uses it",
  "scripts/mutant.ts": "a type alone",
  "scripts/mutant_list.ts": "a table; tests/scripts/mutants_test.ts reads it",
  "scripts/output_mutants.ts": "the same",
  "scripts/plane_mutants.ts": "the same",
  "scripts/verify_mutants.ts": "the same",
  "scripts/certificates.ts": "tests/kafka/client/auth_test.ts and tests/e2e/proxy_test.ts connect by them",
  "scripts/npm_std/assert.ts": "tests/scripts/import_map_test.ts compares its names",
  "scripts/npm_std/ensure_dir.ts": "tests/scripts/import_map_test.ts compares its names",
  "scripts/npm_std/parse_args.ts": "tests/scripts/import_map_test.ts compares its names",
  "scripts/performance_report.ts": "tests/document_facts_test.ts has its functions",
  "src/app/connection.ts": "tests/e2e/security_test.ts has every way to connect",
  "src/app/destination.ts": "tests/cli/stream_test.ts writes to lines and files, tests/e2e to Kafka",
  "src/app/settings.ts": "types alone",
  "src/app/shard_evidence.ts": "tests/cli/check/shards_test.ts reads a topic by it",
  "src/app/subscription.ts": "settings alone; the tests of stream, record and check read a firehose with them",
  "src/events/options.ts": "a table; tests/config/option_test.ts and config_test.ts read it",
  "src/kafka/options/security_options.ts": "a table; tests/config/option_test.ts and security_test.ts read it",
  "src/identity/counts.ts": "names and types alone",
  "src/identity/keys.ts": "types alone",
  "src/identity/modes.ts": "names alone",
  "src/memory/names.ts": "names alone",
  "src/memory/options.ts": "a table; tests/config/option_test.ts and config_test.ts read it",
  "src/memory/repo_gap.ts": "types alone",
  "src/pipeline/options.ts": "a table; tests/config/option_test.ts and config_test.ts read it",
  "src/pipeline/run.ts": "types alone",
  "src/cursor/cursor.ts": "types alone",
  "src/events/fields.ts": "rows and what makes them; tests/events/plan_test.ts and data_test.ts read all forms",
  "src/events/types/":
    "rows alone; tests/events/registry_test.ts reads them, data_test.ts and fast_path_test.ts use them",
  "src/schemas/clickhouse.ts": "tests/schemas/sql_test.ts has all of SQL",
  "src/schemas/flink.ts": "tests/schemas/sql_test.ts has all of SQL",
  "src/schemas/postgres.ts": "tests/schemas/sql_test.ts has all of SQL",
  "src/schemas/sql_columns.ts": "tests/schemas/sql_test.ts has all of SQL",
  "src/kafka/consumer/cluster.ts": "tests/kafka/consumer/read_test.ts reads through it",
  "src/kafka/client/sockets.ts": "tests/kafka/client/client_test.ts has its sockets",
  "src/telemetry/page/assets.ts": "style and script alone; page_test.ts beside it has their hashes",
  "src/telemetry/causes.ts": "tables; docs/metrics.md and tests/troubleshooting_test.ts read them",
  "src/telemetry/state.ts": "fields alone; the tests of report, status and readiness set them",
  "src/verify/names.ts": "names alone",
  "src/upstream/gap.ts": "types alone",
  "src/upstream/upstream.ts": "types alone",
  "src/pipeline/observer.ts": "types alone",
  "src/record/producer.ts": "types alone",
  "src/record/records_writer.ts": "types alone",
  "src/telemetry/report_kafka.ts": "tests/telemetry/report_test.ts has what happens at both ends",
  "src/kafka/client/errors.ts": "types of errors alone; the tests of sink and topic meet them",
  "src/kafka/client/inspect.ts": "the test of check/broker.ts meets it, with the broker that it starts",
  "src/kafka/client/options.ts": "types and settings alone; the tests of sink and client meet them",
};

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}${name}/`) : name.endsWith(".ts") ? [`${folder}${name}`] : []
  );
}

function isException(path: string): boolean {
  return Object.keys(EXCEPTIONS).some((each) => path === each || (each.endsWith("/") && path.startsWith(each)));
}

/** Where the test of a file stands. */
function testOf(path: string): string {
  return `tests/${path.replace(/^src\//, "").replace(/\.ts$/, "_test.ts")}`;
}

const sources = [...filesIn("src/"), ...filesIn("scripts/")];
const tests = new Set(filesIn("tests/"));

Deno.test("every file of src/ and scripts/ has its test at the mirrored path, but for the exceptions", () => {
  const missing = sources.filter((path) => !tests.has(testOf(path)) && !isException(path)).map(testOf);
  assertEquals(missing, []);
});

Deno.test("the exceptions are files that exist and have no test", () => {
  const wrong = Object.keys(EXCEPTIONS).filter((path) => {
    const files = sources.filter((source) => source === path || (path.endsWith("/") && source.startsWith(path)));
    return files.length === 0 || files.some((file) => tests.has(testOf(file)));
  });
  assertEquals(wrong, []);
});

Deno.test("no file of the project is past 400 lines", () => {
  const long = [...sources, ...tests, "main.ts"]
    .filter((path) => Deno.readTextFileSync(new URL(path, ROOT)).split("\n").length > 401);
  assertEquals(long, []);
});
