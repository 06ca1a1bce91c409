/**
 * The registry as tables of ClickHouse: a queue on the Kafka topic, and for each type a table of the latest state of
 * each record with a materialized view that fills it.
 *
 * @module
 */
import type { EventDefinition } from "../events/definition.ts";
import { type SqlColumn, sqlColumns, sqlLiteral, sqlTable } from "./sql_columns.ts";

/** Statements for these types; broker, topic and group are examples to be replaced. */
export function clickhouseSql(types: readonly EventDefinition[]): string {
  return [
    `CREATE TABLE IF NOT EXISTS bluesky_queue (event String)
ENGINE = Kafka
SETTINGS kafka_broker_list = 'localhost:9092', kafka_topic_list = 'bluesky', kafka_group_name = 'clickhouse',
         kafka_format = 'JSONAsString';`,
    ...types.flatMap(typeStatements),
  ].join("\n\n") + "\n";
}

function typeStatements(definition: EventDefinition): string[] {
  const { type, key } = definition;
  const table = sqlTable(definition);
  const columns = sqlColumns(definition);
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  ${columns.map((column) => `${column.name} ${columnType(column)} COMMENT ${sqlLiteral(column.doc)}`).join(",\n  ")}
)
ENGINE = ReplacingMergeTree(event_time)
ORDER BY ${key};`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${table}_reader TO ${table} AS
SELECT
  ${columns.map((column) => `${expression(column)} AS ${column.name}`).join(",\n  ")}
FROM bluesky_queue
WHERE JSONExtractString(event, 'type') = ${sqlLiteral(type)};`,
  ];
}

function columnType({ field, attribute }: SqlColumn): string {
  if (field === null) return attribute?.spec.type === "timestamp" ? "DateTime64(6, 'UTC')" : "String";
  const base = {
    "string": "String",
    "integer": "Int64",
    "boolean": "Bool",
    "string[]": "Array(String)",
    "object": "String",
  }[field.type];
  return field.nullable ? `Nullable(${base})` : base;
}

function expression(column: SqlColumn): string {
  const { name, field, attribute } = column;
  if (field?.type === "object") return `JSONExtractRaw(event, 'data', ${sqlLiteral(name)})`;
  if (field !== null) return `JSONExtract(event, 'data', ${sqlLiteral(name)}, ${sqlLiteral(columnType(column))})`;
  const text = `JSONExtractString(event, ${sqlLiteral(attribute?.name ?? name)})`;
  return attribute?.spec.type === "timestamp" ? `parseDateTime64BestEffort(${text}, 6, 'UTC')` : text;
}
