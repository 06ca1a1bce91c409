import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { clickhouseSql } from "../../src/schemas/clickhouse.ts";
import { flinkSql } from "../../src/schemas/flink.ts";
import { postgresSql } from "../../src/schemas/postgres.ts";
import { sqlTable } from "../../src/schemas/sql_columns.ts";
import { ENVELOPE, type EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";

function keptOf({ kind }: EventDefinition): string[] {
  const kept = ["event_id", "event_time", "event_source", "event_action", "event_rev"];
  return ["records", "deletes"].includes(kind) ? kept : kept.slice(0, 3);
}

function columnsOf(definition: EventDefinition): string[] {
  const uri = definition.type === "Bluesky.Actor.Profile" ? ["uri"] : [];
  return [...uri, ...Object.keys(definition.fields), ...keptOf(definition)];
}

function keyOf({ type, kind }: EventDefinition): string {
  if (["Bluesky.Stream.Gap", "Bluesky.Stream.RepoGap"].includes(type)) return "gap_id";
  if (type === "Bluesky.Stream.DeadLetter") return "dead_letter_id";
  return ["identity", "account", "sync"].includes(kind) ? "did" : "uri";
}

const DELETES = new Map(
  EVENT_TYPES.filter(({ kind }) => kind === "deletes").map((each) => [each.collection, each]),
);

/** The type of the deletes of a type of records. */
function deletesOf({ kind, collection }: EventDefinition): EventDefinition | undefined {
  return kind === "records" ? DELETES.get(collection) : undefined;
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
    const compared = bare.replaceAll(/ (?:<>|[<>]=?|->>?) /g, " ");
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
      ...["identity", "account", "sync", "gap", "repogap", "deadletter"],
    ].map((name) => `bluesky_${name}`),
  );
});

Deno.test("clickhouseSql() reads each field from where events have it, into a table that keeps the latest by its key", () => {
  const sql = clickhouseSql(EVENT_TYPES);
  assertBalanced(sql);
  for (const definition of EVENT_TYPES) {
    const { type, kind, fields } = definition;
    const table = sqlTable(definition);
    const created = statement(sql, `CREATE TABLE IF NOT EXISTS ${table} (`);
    const deletes = deletesOf(definition);
    const columns = [...created.matchAll(/^ {2}(\w+) \S/gm)].map(([, name]) => name);
    const added = [...kind === "stream" ? [] : ["version"], ...deletes === undefined ? [] : ["is_deleted"]];
    assertEquals(columns, [...columnsOf(definition), ...added]);
    const order = kind === "stream" ? "event_time" : added.join(", ");
    assertStringIncludes(created, `ENGINE = ReplacingMergeTree(${order})\nORDER BY ${keyOf(definition)}`);
    const reader = statement(sql, `CREATE MATERIALIZED VIEW IF NOT EXISTS ${table}_reader TO ${table} AS`);
    const read = [...reader.matchAll(/JSONExtract(?:Raw)?\(event, 'data', '(\w+)'(?:, '[\w()]+')?\) AS (\w+)/g)];
    assertEquals(
      read.map(([, from, to]) => [from, to]),
      Object.keys(fields).map((name) => [name, name]),
    );
    for (const name of keptOf(definition)) assertStringIncludes(reader, ` AS ${name}`);
    assertStringIncludes(reader, `WHERE JSONExtractString(event, 'type') = '${type}'`);
    if (deletes === undefined) continue;
    const remover = statement(sql, `CREATE MATERIALIZED VIEW IF NOT EXISTS ${table}_remover TO ${table} AS`);
    for (const name of ["uri", "did", ...keptOf(definition), "is_deleted"]) {
      assertStringIncludes(remover, ` AS ${name}`);
    }
    assertStringIncludes(remover, `WHERE JSONExtractString(event, 'type') = '${deletes.type}'`);
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
    const table = sqlTable(definition);
    const deletes = deletesOf(definition);
    const view = statement(sql, `CREATE VIEW ${table}${deletes === undefined ? "" : "_changes"} AS`);
    assertEquals([...view.matchAll(/ AS `(\w+)`/g)].map(([, name]) => name), columnsOf(definition));
    const types = deletes === undefined ? `= '${definition.type}'` : `IN ('${definition.type}', '${deletes.type}')`;
    assertStringIncludes(view, `WHERE \`type\` ${types}`);
    const latest = statement(sql, `CREATE VIEW ${table}_latest AS`);
    const order = definition.kind === "sync"
      ? "rev"
      : keptOf(definition).includes("event_rev")
      ? "event_rev"
      : "event_time";
    assertStringIncludes(latest, `PARTITION BY \`${keyOf(definition)}\` ORDER BY \`${order}\` DESC`);
  }
});

Deno.test("postgresSql() has a table of each type by its key, and a trigger that never overwrites the newer", () => {
  const sql = postgresSql(EVENT_TYPES);
  assertBalanced(sql.replace(/regexp_replace\(NEW.*\)/, ""));
  const built = statement(sql, "coalesce(event -> 'data', '{}') || jsonb_build_object(\n      'event_id'");
  for (const name of ["id", "time", "source", "action", "rev"]) {
    assertStringIncludes(built, `'event_${name}', event -> '${name}'`);
  }
  for (const definition of EVENT_TYPES) {
    const { type, fields } = definition;
    const table = sqlTable(definition);
    const created = statement(sql, `CREATE TABLE IF NOT EXISTS ${table} (`);
    assertEquals([...created.matchAll(/^ {2}(\w+) [a-z]/gm)].map(([, name]) => name), columnsOf(definition));
    assertStringIncludes(created, `PRIMARY KEY (${keyOf(definition)})`);
    for (const [name, { nullable, isOptional = false }] of Object.entries(fields)) {
      assertEquals(new RegExp(`^ {2}${name} .+ NOT NULL,`, "m").test(created), !nullable && !isOptional, name);
    }
    const filed = statement(sql, `  WHEN '${type}' THEN`);
    const columns = columnsOf(definition).join(", ");
    assertStringIncludes(filed, `ON CONFLICT (${keyOf(definition)}) DO UPDATE SET (${columns}) = (SELECT excluded.*)`);
    assertStringIncludes(filed, definition.kind === "sync" ? `WHERE excluded.rev >= ${table}.rev` : `>= `);
  }
});

const FORMS = { clickhouseSql, flinkSql, postgresSql };
for (const [name, print] of Object.entries(FORMS)) {
  Deno.test(`${name}() of one type names no table that it does not make`, () => {
    for (const definition of EVENT_TYPES) {
      const sql = print([definition]).replaceAll(/--.*$|'[^']*'/gm, "");
      const made = [...sql.matchAll(/(?:TABLE|VIEW|PROCEDURE|FUNCTION|TRIGGER) (?:IF NOT EXISTS )?(bluesky\w*)/g)];
      const names = new Set(made.map(([, each = ""]) => each));
      for (const [used] of sql.matchAll(/\bbluesky(?:_\w+)?\b/g)) {
        assert(names.has(used), `${definition.type}: ${used}`);
      }
    }
  });
}
