import { assert, assertEquals } from "@std/assert";
import { clickhouseSql } from "../../src/schemas/clickhouse.ts";
import { postgresSql } from "../../src/schemas/postgres.ts";
import { goesWithAccount } from "../../src/schemas/fold.ts";
import { sqlColumns, sqlTable } from "../../src/schemas/sql_columns.ts";
import type { EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { readFile, shellBlocks } from "../support/documents.ts";
import { sqlClientArguments } from "../../scripts/flink_jars.ts";
import { createTopic, kafkaTest, type SharedKafka, testClient } from "../support/kafka.ts";
import { testNeeding } from "../support/needs.ts";
import type { NetworkEvent } from "../support/network_events.ts";
import type { TestFolder } from "../support/folder.ts";
import { programCommand } from "../support/program.ts";
import { churn, isRemoved, streamTwice } from "../support/churn.ts";
import {
  assertLatest,
  eventsOfChurn,
  fromAnotherRelay,
  latestTable,
  recipeEvents,
  recipeFolder,
  type Row,
} from "../support/recipes.ts";

const TABLES = EVENT_TYPES.map(latestTable);
const RECIPE = await recipeEvents();
const { events: EVENTS } = RECIPE;
/** Some come twice, and all of them once more from another relay, with the latest first. */
const INPUTS = [EVENTS, EVENTS.slice(0, 400), fromAnotherRelay(EVENTS).toReversed()];

/** What a topic is filled with. */
const CHURN = await churn(700);
const CHURNED = eventsOfChurn(CHURN);
const CHURN_TYPES = EVENT_TYPES.filter(({ kind }) => kind !== "stream");
const CHURN_TABLES = CHURN_TYPES.map(latestTable);

/** The command lines of a recipe, for this broker and topic. */
function pasted(recipe: string, { bootstrapServers, topic }: Omit<SharedKafka, keyof AsyncDisposable>): string[] {
  return shellBlocks(readFile(`docs/recipes/${recipe}.md`)).flatMap(({ lines }) => lines).map((line) =>
    line.replace("localhost:9092", bootstrapServers).replace("--kafka-topic bluesky", `--kafka-topic ${topic}`)
  );
}

/** The statements of a recipe that are no part of its schema: a view without accounts that are away. */
function activeView(recipe: string): string {
  const [, view] = /```sql\n(CREATE [A-Z ]*VIEW bluesky_post_active_latest[^`]*)```/.exec(
    readFile(`docs/recipes/${recipe}.md`),
  ) ?? [];
  if (view === undefined) throw new Error("The recipe has no view of active accounts");
  return view;
}

/** What that view has: the records of accounts that are served. */
function assertActive(rows: readonly { readonly uri: string }[], posts: readonly { readonly uri: string }[]): void {
  const away = new Set<unknown>();
  for (const { type, subject, data } of EVENTS.toSorted((one, other) => one.time < other.time ? -1 : 1)) {
    if (type !== "Atproto.Account") continue;
    if ((data as { active: boolean }).active) away.delete(subject);
    else away.add(subject);
  }
  const expected = posts.map(({ uri }) => uri).filter((uri) => !away.has(uri.split("/")[2]));
  assertEquals(rows.map(({ uri }) => uri).toSorted(), expected.toSorted());
  assert(expected.length > 0 && expected.length < posts.length, `${expected.length} of ${posts.length}`);
}

/** What the recipe for PostgreSQL pipes the lines of `consume` into. */
function intake(): string {
  const lines = pasted("postgres", { bootstrapServers: "", topic: "" });
  const [, command] = /\| (psql -c .+)$/.exec(lines.find((line) => line.includes("bluesky_intake")) ?? "") ?? [];
  if (command === undefined) throw new Error("The recipe takes no events");
  return command;
}

/** A function of the shell that is the program, and notes where it failed; what waits for more does not end by itself. */
function programFunction(): string {
  const program = programCommand([]).map((part) => `'${part}'`).join(" ");
  return `bluesky_firehose() { timeout 60 ${program} "$@" 2>> log || echo "$? by $*" >> failed; }`;
}

const UNLESS_FAILED = "if test -e failed; then cat failed log >&2; exit 1; fi";

/** Fills a topic with the events of the network, from one relay and then from another. */
async function fill({ bootstrapServers, topic }: SharedKafka): Promise<void> {
  const connection = ["--kafka-bootstrap-servers", bootstrapServers, "--kafka-topic", topic];
  await streamTwice(CHURN, CHURNED.events.length, connection);
}

/** A program of the shell in the folder `bin`, which is to be on the path. */
async function writeProgram(folder: TestFolder, name: string, lines: readonly string[]): Promise<void> {
  await Deno.mkdir(folder.file("bin"), { recursive: true });
  await Deno.writeTextFile(folder.file(`bin/${name}`), ["#!/bin/sh", "set -eu", ...lines, ""].join("\n"), {
    mode: 0o755,
  });
}

async function printed(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

function support(name: string): string {
  return new URL(`../support/${name}`, import.meta.url).pathname;
}

/** A delete as `consume` shows a tombstone: the attributes, and no data. */
function withoutData(event: NetworkEvent): Row {
  const { data: _, ...attributes } = event;
  return attributes;
}

testNeeding(["long", "postgres"], {
  name: "the recipe for PostgreSQL takes a tombstone for the delete that it is",
  fn: async () => {
    const { events } = CHURNED;
    const input = events.map((event) => event["action"] === "delete" ? withoutData(event) : event);
    await using folder = await recipeFolder(postgresSql(EVENT_TYPES), [input]);
    const keys = (table: string) => `psql -At -c "select coalesce(json_agg(uri order by uri), '[]') from ${table}"`;
    const records = EVENT_TYPES.filter(({ kind }) => kind === "records").map(latestTable);
    const script = ["psql -q -v ON_ERROR_STOP=1 < schema.sql", `${intake()} < 0.ndjson > copied`, ...records.map(keys)];
    const printedKeys = await printed("sh", [support("postgres.sh"), folder.path, script.join("\n")]);
    const seen = printedKeys.trimEnd().split("\n").flatMap((line): string[] => JSON.parse(line));
    assertEquals(seen.toSorted(), [...CHURNED.records.keys()].toSorted());
  },
});

testNeeding(["long", "postgres"], {
  name: "the recipe for PostgreSQL keeps the latest state of each record, whatever comes twice or late",
  fn: async () => {
    await using folder = await recipeFolder(postgresSql(EVENT_TYPES), INPUTS);
    const script = [
      "psql -q -v ON_ERROR_STOP=1 < schema.sql",
      ...INPUTS.map((_, i) => `${intake()} < ${i}.ndjson > copied`),
      ...TABLES.map(rowsOf),
      "psql -q -v ON_ERROR_STOP=1 < active.sql",
      ...["bluesky_post_active_latest", "bluesky_post_latest"].map(rowsOf),
    ].join("\n");
    await Deno.writeTextFile(folder.file("active.sql"), activeView("postgres"));
    const lines = (await printed("sh", [support("postgres.sh"), folder.path, script])).trimEnd().split("\n");
    assertLatest(lines.slice(0, -2).join("\n"), RECIPE);
    const [active, posts] = lines.slice(-2).map((line) => JSON.parse(line));
    assertActive(active, posts);
  },
});

/** Prints the rows of a table of PostgreSQL as one line of JSON. */
function rowsOf(table: string): string {
  return `psql -At -c "select coalesce(json_agg(t), '[]') from ${table} t" | tr -d '\\n'; echo`;
}

/** The tables whose rows go with their account. */
const REMOVABLE = EVENT_TYPES.filter(goesWithAccount).map(sqlTable);

kafkaTest("the recipe for PostgreSQL makes tables of what there is from a topic, as pasted", async (kafka) => {
  await fill(kafka);
  const lines = pasted("postgres", kafka);
  const [schema, load, erase] = lines;
  assertEquals(lines.length, 3);
  // Twice, as rows that are there already must change nothing, nor what comes again after it was erased.
  const script = [schema, load, erase, load].map((line) => `${line} > printed`);
  const counts = REMOVABLE.map((table) => `(select count(*) from ${table}) - (select count(*) from ${table}_latest)`);
  await using folder = await recipeFolder("", []);
  const text = await printed("sh", [
    support("postgres.sh"),
    folder.path,
    [
      programFunction(),
      ...script,
      ...CHURN_TABLES.map(rowsOf),
      `${erase} > printed`,
      `psql -At -c "select ${counts.join(" + ")}"`,
      UNLESS_FAILED,
    ].join("\n"),
  ]);
  const [hidden, ...tables] = text.trimEnd().split("\n").toReversed();
  assertEquals(hidden, "0");
  assertLatest(tables.toReversed().join("\n"), CHURNED, CHURN_TYPES);
}, ["long", "postgres"]);

testNeeding(["long", "chdb"], {
  name: "the recipe for ClickHouse keeps the latest state of each record, whatever comes twice or late",
  fn: async () => {
    await using folder = await recipeFolder(clickhouseSql(EVENT_TYPES), INPUTS);
    const inputs = INPUTS.map((_, i) => folder.file(`${i}.ndjson`));
    await Deno.writeTextFile(folder.file("active.sql"), activeView("clickhouse"));
    const tables = [...TABLES, "bluesky_post_active_latest", "bluesky_post_latest"];
    const args = [
      support("clickhouse.py"),
      folder.file("schema.sql"),
      ...inputs,
      folder.file("active.sql"),
      tables.join(),
    ];
    const lines = (await printed("python3", args)).trimEnd().split("\n");
    assertLatest(lines.slice(0, -2).join("\n"), RECIPE);
    const [active, posts] = lines.slice(-2).map((line) => JSON.parse(line));
    assertActive(active, posts);
  },
});

kafkaTest("the recipe for ClickHouse makes tables of what there is from a topic, as pasted", async (kafka) => {
  await fill(kafka);
  const lines = pasted("clickhouse", kafka);
  await using folder = await recipeFolder("", []);
  // The engine is a library here; the client's part is to take the statements.
  const next = 'n=0; while test -e "statements$n.sql"; do n=$((n + 1)); done';
  await writeProgram(folder, "clickhouse-client", ['test "$*" = --multiquery', next, 'cat > "statements$n.sql"']);
  const { bootstrapServers, topic } = kafka;
  const files = "statements0.sql 0.ndjson statements1.sql 0.ndjson";
  const script = [
    `cd '${folder.path}'; PATH="$PWD/bin:$PATH"`,
    programFunction(),
    ...lines,
    // In place of the engine's own consumer, which the library does not start.
    `bluesky_firehose consume --kafka-bootstrap-servers ${bootstrapServers} --kafka-topic ${topic} --until-end > 0.ndjson`,
    `python3 '${support("clickhouse.py")}' ${files} ${CHURN_TABLES.join()}`,
    `python3 '${support("clickhouse.py")}' statements0.sql 0.ndjson statements1.sql ${REMOVABLE.join()}`,
    UNLESS_FAILED,
  ].join("\n");
  const tables = (await printed("sh", ["-eu", "-c", script])).trimEnd().split("\n");
  assertLatest(tables.slice(0, CHURN_TABLES.length).join("\n"), CHURNED, CHURN_TYPES);
  const erased = tables.slice(CHURN_TABLES.length).flatMap((line): { did: string }[] => JSON.parse(line));
  assertEquals(erased.filter(({ did }) => isRemoved(CHURN.live.accounts.get(did)?.status)), []);
}, ["long", "chdb"]);

/** The events of {@linkcode INPUTS} in a topic, those of one account in one partition. */
async function produceInputs({ bootstrapServers, topic }: SharedKafka): Promise<void> {
  const producer = testClient({ bootstrapServers }).producer();
  await producer.connect();
  for (const events of INPUTS) {
    const messages = events.map((event) => ({ key: String(event["subject"]), value: JSON.stringify(event) }));
    for (let at = 0; at < messages.length; at += 500) {
      await producer.send({ topic, messages: messages.slice(at, at + 500) });
    }
  }
  await producer.disconnect();
}

/** The statements of one job that writes the latest state of each record to files. */
function flinkOutput(folder: string): string {
  const types = {
    "string": "STRING",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "string[]": "ARRAY<STRING>",
    "object": "STRING",
  };
  const columns = (definition: EventDefinition) =>
    sqlColumns(definition).map(({ name, field, attribute }) =>
      `\`${name}\` ${
        field === null ? attribute?.spec.type === "timestamp" ? "TIMESTAMP_LTZ(3)" : "STRING" : types[field.type]
      }`
    );
  const tables = EVENT_TYPES.map((definition) => {
    const table = sqlTable(definition);
    const place = `'connector' = 'filesystem', 'path' = '${folder}/${table}', 'format' = 'json'`;
    return `CREATE TABLE out_${table} (${columns(definition).join(", ")}) WITH (${place});`;
  });
  const inserts = EVENT_TYPES.map(sqlTable).map((table) => `INSERT INTO out_${table} SELECT * FROM ${table}_latest;`);
  return ["SET 'table.dml-sync' = 'true';", ...tables, "EXECUTE STATEMENT SET BEGIN", ...inserts, "END;"].join("\n");
}

/** The rows in the files of a folder, as one line of JSON. */
function rowsIn(folder: string): string {
  const texts = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map(({ name }) => Deno.readTextFileSync(`${folder}/${name}`));
  return `[${texts.join("").trimEnd().replaceAll("\n", ",")}]`;
}

kafkaTest("the recipe for Flink keeps the latest state of each record of a topic, as pasted", async (kafka) => {
  const { bootstrapServers, topic } = kafka;
  await createTopic(kafka, topic, 3);
  await produceInputs(kafka);
  const views = EVENT_TYPES.map(sqlTable).flatMap((table) => [table, `${table}_latest`]);
  await using folder = await recipeFolder("", []);
  await Deno.writeTextFile(folder.file("config.yaml"), "execution:\n  target: local\nparallelism:\n  default: 1\n");
  views.push("bluesky_post_active_latest");
  const explained = activeView("flink") + views.map((view) => `EXPLAIN SELECT * FROM ${view};`).join("\n");
  const counted = "SET 'sql-client.execution.result-mode' = 'tableau';\nSELECT COUNT(*) FROM bluesky_post_latest;";
  await Deno.writeTextFile(folder.file("bluesky.sql.queries"), `${explained}\n${counted}`);
  await Deno.writeTextFile(folder.file("batch.sql.queries"), flinkOutput(folder.path));
  const java = (await sqlClientArguments()).map((each) => `'${each}'`).join(" ");
  await writeProgram(folder, "sql-client.sh", [
    // What a user sets in the first statement, and types; and an end, as a query that runs has none.
    `sed "s/localhost:9092/${bootstrapServers}/; s/'topic' = 'bluesky'/'topic' = '${topic}'/;` +
    ` /scan.bounded/! s/'scan.startup.mode'/'scan.bounded.mode' = 'latest-offset', &/" "$2" > edited.sql`,
    `FLINK_CONF_DIR="$PWD" timeout 300 java ${java} "$1" edited.sql -f "$2.queries" -hist history`,
  ]);
  const script = [`cd '${folder.path}'; PATH="$PWD/bin:$PATH"`, programFunction(), ...pasted("flink", kafka)];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-eu", "-c", [...script, UNLESS_FAILED].join("\n")],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals([code, /^.*ERROR\].*$/m.exec(text)?.[0]], [0, undefined], text + new TextDecoder().decode(stderr));
  assertEquals(text.split("== Optimized Physical Plan ==").length - 1, views.length, text);
  // A running query counts up and down; what it says last is how many there are.
  const counts = [...text.matchAll(/^\| \+[IU] \|\s+(\d+) \|$/gm)].map(([, count]) => Number(count));
  assertEquals(counts.at(-1), [...RECIPE.records.keys()].filter((uri) => uri.includes("/app.bsky.feed.post/")).length);
  // How high it gets on the way depends on which partition is read first.
  assert(counts.some((count, i) => count < (counts[i - 1] ?? 0)), "nothing was taken back");
  assertLatest(EVENT_TYPES.map((each) => rowsIn(folder.file(sqlTable(each)))).join("\n"), RECIPE);
}, ["long", "flink"]);
