import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { clickhouseSql } from "../../src/schemas/clickhouse.ts";
import { flinkSql } from "../../src/schemas/flink.ts";
import { postgresSql } from "../../src/schemas/postgres.ts";
import { sqlTable } from "../../src/schemas/sql_columns.ts";
import { ENVELOPE, type EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";

function keptOf({ kind }: EventDefinition): string[] {
  const kept = ["event_id", "event_time", "event_source", "event_action"];
  return ["records", "deletes"].includes(kind) ? kept : kept.slice(0, 3);
}

function columnsOf(definition: EventDefinition): string[] {
  return [...Object.keys(definition.fields), ...keptOf(definition)];
}

function keyOf({ type, kind }: EventDefinition): string {
  if (type === "Bluesky.Stream.Gap") return "gap_id";
  if (type === "Bluesky.Stream.DeadLetter") return "dead_letter_id";
  return type === "Bluesky.Actor.Profile" || ["identity", "account", "sync"].includes(kind) ? "did" : "uri";
}

/** The statement that begins so, up to the semicolon at the end of a line. */
function statement(sql: string, start: string): string {
  const at = sql.indexOf(start);
  assert(at >= 0, `${start} is missing`);
  assertEquals(sql.indexOf(start, at + 1), -1, `${start} stands there twice`);
  return sql.slice(at, sql.indexOf(";\n", at));
}

function assertBalanced(sql: string): void {
  const bare = sql.replace(/'(?:[^']|'')*'/g, "").replace(/`[^`]*`/g, "").replace(/--.*$/gm, "");
  assertEquals([bare.includes("'"), bare.includes("`")], [false, false]);
  for (const [open = "", close = ""] of ["()", "<>"]) {
    const compared = bare.replaceAll(">=", "").replaceAll("->>", "").replaceAll("->", "");
    assertEquals(compared.split(open).length, compared.split(close).length, `${open}${close}`);
  }
}

Deno.test("sqlTable() is no keyword of SQL", () => {
  assertEquals(
    EVENT_TYPES.map(sqlTable),
    [
      ...["post", "like", "repost", "follow", "block", "profile", "record"],
      ...[
        "postdeleted",
        "likedeleted",
        "repostdeleted",
        "followdeleted",
        "blockdeleted",
        "profiledeleted",
        "recorddeleted",
      ],
      ...["identity", "account", "sync", "gap", "deadletter"],
    ].map((name) => `bluesky_${name}`),
  );
});

Deno.test("clickhouseSql() reads each field from where events have it, into a table that keeps the latest by its key", () => {
  const sql = clickhouseSql(EVENT_TYPES);
  assertBalanced(sql);
  for (const definition of EVENT_TYPES) {
    const { type, fields } = definition;
    const table = sqlTable(definition);
    const created = statement(sql, `CREATE TABLE IF NOT EXISTS ${table} (`);
    assertEquals([...created.matchAll(/^ {2}(\w+) \S/gm)].map(([, name]) => name), columnsOf(definition));
    assertStringIncludes(created, `ENGINE = ReplacingMergeTree(event_time)\nORDER BY ${keyOf(definition)}`);
    const reader = statement(sql, `CREATE MATERIALIZED VIEW IF NOT EXISTS ${table}_reader TO ${table} AS`);
    const read = [...reader.matchAll(/JSONExtract(?:Raw)?\(event, 'data', '(\w+)'(?:, '[\w()]+')?\) AS (\w+)/g)];
    assertEquals(
      read.map(([, from, to]) => [from, to]),
      Object.keys(fields).map((name) => [name, name]),
    );
    for (const name of keptOf(definition)) assertStringIncludes(reader, ` AS ${name}`);
    assertStringIncludes(reader, `WHERE JSONExtractString(event, 'type') = '${type}'`);
  }
});

Deno.test("flinkSql() has a table of all fields and attributes, and for each type a view and its latest by its key", () => {
  const sql = flinkSql(EVENT_TYPES);
  assertBalanced(sql);
  const topic = statement(sql, "CREATE TABLE bluesky (");
  assertEquals([...topic.matchAll(/^ {2}`(\w+)` /gm)].map(([, name]) => name), [...Object.keys(ENVELOPE), "data"]);
  const row = [...topic.matchAll(/^ {4}`(\w+)` /gm)].map(([, name = ""]) => name);
  assertEquals(new Set(row).size, row.length);
  assertEquals(new Set(row), new Set(EVENT_TYPES.flatMap(({ fields }) => Object.keys(fields))));
  for (const definition of EVENT_TYPES) {
    const view = statement(sql, `CREATE VIEW ${sqlTable(definition)} AS`);
    assertEquals([...view.matchAll(/ AS `(\w+)`/g)].map(([, name]) => name), columnsOf(definition));
    assertStringIncludes(view, `WHERE \`type\` = '${definition.type}'`);
    const latest = statement(sql, `CREATE VIEW ${sqlTable(definition)}_latest AS`);
    assertStringIncludes(latest, `PARTITION BY \`${keyOf(definition)}\` ORDER BY \`event_time\` DESC`);
  }
});

Deno.test("postgresSql() has a table of each type by its key, and a trigger that never overwrites the newer", () => {
  const sql = postgresSql(EVENT_TYPES);
  assertBalanced(sql.replace(/regexp_replace\(.*\)/, ""));
  for (const definition of EVENT_TYPES) {
    const { type, fields } = definition;
    const table = sqlTable(definition);
    const created = statement(sql, `CREATE TABLE IF NOT EXISTS ${table} (`);
    assertEquals([...created.matchAll(/^ {2}(\w+) [a-z]/gm)].map(([, name]) => name), columnsOf(definition));
    assertStringIncludes(created, `PRIMARY KEY (${keyOf(definition)})`);
    for (const [name, { nullable, isOptional = false }] of Object.entries(fields)) {
      assertEquals(new RegExp(`^ {2}${name} \\S+ NOT NULL,`, "m").test(created), !nullable && !isOptional, name);
    }
    const filed = statement(sql, `  WHEN '${type}' THEN`);
    for (const name of keptOf(definition)) {
      assertStringIncludes(filed, `'${name}', event -> '${name.slice("event_".length)}'`);
    }
    assertStringIncludes(filed, `ON CONFLICT (${keyOf(definition)}) DO UPDATE SET`);
    assertStringIncludes(filed, `WHERE excluded.event_time >= ${table}.event_time`);
    const changed = [...filed.matchAll(/^ {6}(\w+) = excluded\.(\w+),?$/gm)];
    assertEquals(changed.map(([, name]) => name), columnsOf(definition).filter((name) => name !== keyOf(definition)));
  }
});
