import { assert, assertEquals } from "@std/assert";
import { clickhouseSql } from "../../src/events/forms/clickhouse.ts";
import { postgresSql } from "../../src/events/forms/postgres.ts";
import { sqlTable } from "../../src/events/forms/sql_columns.ts";
import { TYPES } from "../../src/events/schema.ts";
import { readFile, shellBlocks } from "../support/documents.ts";
import { kafkaTest } from "../support/kafka.ts";
import { testNeeding } from "../support/needs.ts";
import { programCommand, runProgram } from "../support/program.ts";
import { assertLatest, recipeEvents, recipeFolder } from "../support/recipes.ts";

const TABLES = TYPES.map(sqlTable);
const EVENTS = await recipeEvents();
/** Some come twice, and all of them once more with the latest first. */
const INPUTS = [EVENTS, EVENTS.slice(0, 400), EVENTS.toReversed()];

/** What the recipe pipes the lines of `consume` into. */
function intake(): string {
  const lines = shellBlocks(readFile("docs/recipes/postgres.md")).flatMap(({ lines }) => lines);
  const [, command] = /\| (psql -c .+)$/.exec(lines.find((line) => line.includes("bluesky_intake")) ?? "") ?? [];
  if (command === undefined) throw new Error("The recipe takes no events");
  return command;
}

async function printed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

function support(name: string): string {
  return new URL(`../support/${name}`, import.meta.url).pathname;
}

testNeeding(["long", "postgres"], {
  name: "the recipe for PostgreSQL keeps the latest state of each record, whatever comes twice or late",
  fn: async () => {
    await using folder = await recipeFolder(postgresSql(TYPES), INPUTS);
    const script = [
      "psql -q -v ON_ERROR_STOP=1 < schema.sql",
      ...INPUTS.map((_, i) => `${intake()} < ${i}.ndjson > copied`),
      ...TABLES.map((table) => `psql -At -c "select coalesce(json_agg(t), '[]') from ${table} t" | tr -d '\\n'; echo`),
    ].join("\n");
    assertLatest(await printed("sh", [support("postgres.sh"), folder.path, script]), EVENTS);
  },
});

/** The events that one run of the demo writes. */
const DEMO_EVENTS = 300;

kafkaTest("the recipe for PostgreSQL fills its tables from a topic, as pasted", async ({ bootstrapServers, topic }) => {
  const connection = ["--kafka-bootstrap-servers", bootstrapServers, "--kafka-topic", topic];
  const { code, stderr } = await runProgram(["demo", "--events", String(DEMO_EVENTS), "--create-topic", ...connection]);
  assertEquals(code, 0, stderr);
  const pasted = shellBlocks(readFile("docs/recipes/postgres.md")).flatMap(({ lines }) => lines)
    .map((line) =>
      line.replace("localhost:9092", bootstrapServers).replace("--kafka-topic bluesky", `--kafka-topic ${topic}`)
    );
  assertEquals(pasted.length, 2);
  const program = programCommand([]).map((part) => `'${part}'`).join(" ");
  const script = [
    // What waits for more than there is does not end by itself.
    `bluesky_firehose() { timeout 60 ${program} "$@" 2>> log || echo "$? by $*" >> failed; }`,
    // Twice, as rows that are there already must change nothing.
    ...[...pasted, pasted[1]].map((line) => `${line} > printed`),
    `psql -At -c "select ${TABLES.map((table) => `(select count(*) from ${table})`).join(" + ")}"`,
    "if test -e failed; then cat failed log >&2; exit 1; fi",
  ].join("\n");
  await using folder = await recipeFolder("", []);
  const rows = Number(await printed("sh", [support("postgres.sh"), folder.path, script]));
  // Some events are of records that others are of.
  assert(rows > DEMO_EVENTS / 2 && rows <= DEMO_EVENTS, `${rows} rows of ${DEMO_EVENTS} events`);
}, ["long", "postgres"]);

testNeeding(["long", "chdb"], {
  name: "the recipe for ClickHouse keeps the latest state of each record, whatever comes twice or late",
  fn: async () => {
    await using folder = await recipeFolder(clickhouseSql(TYPES), INPUTS);
    const inputs = INPUTS.map((_, i) => folder.file(`${i}.ndjson`));
    const args = [support("clickhouse.py"), folder.file("schema.sql"), ...inputs, TABLES.join()];
    assertLatest(await printed("python3", args), EVENTS);
  },
});
