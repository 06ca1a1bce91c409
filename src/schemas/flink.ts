/**
 * The registry as tables of Flink SQL: one on the Kafka topic, with the fields of all types, and a view for each type.
 *
 * @module
 */
import { type AttributeSpec, ENVELOPE, type EventDefinition } from "../events/definition.ts";
import type { FieldSpec } from "../events/fields.ts";
import { sqlColumns, sqlTable } from "./sql_columns.ts";

/** Statements for these types; broker, topic and group are examples to be replaced. */
export function flinkSql(types: readonly EventDefinition[]): string {
  return [topicTable(types), ...types.flatMap(typeViews)].join("\n\n") + "\n";
}

function topicTable(types: readonly EventDefinition[]): string {
  const fields = new Map(types.flatMap(({ fields }) => Object.entries(fields)));
  const row = [...fields].map(([name, { type }]) => `${quoted(name)} ${fieldType(type)}`);
  const attributes = Object.entries<AttributeSpec>(ENVELOPE).map(([name, { type }]) =>
    `${quoted(name)} ${type === "timestamp" ? "TIMESTAMP_LTZ(3)" : type === "integer" ? "INT" : "STRING"}`
  );
  return `CREATE TABLE bluesky (
  ${attributes.join(",\n  ")},
  \`data\` ROW<
    ${row.join(",\n    ")}
  >,
  WATERMARK FOR \`time\` AS \`time\` - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.group.id' = 'flink',
  'properties.isolation.level' = 'read_committed',
  'topic' = 'bluesky',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);`;
}

function typeViews(definition: EventDefinition): string[] {
  const { type, key } = definition;
  const table = sqlTable(definition);
  const columns = sqlColumns(definition);
  const names = columns.map(({ name }) => quoted(name));
  const selected = columns.map(({ name, attribute }) =>
    attribute === null ? `\`data\`.${quoted(name)} AS ${quoted(name)}` : `${quoted(attribute.name)} AS ${quoted(name)}`
  );
  return [
    `CREATE VIEW ${table} AS
SELECT
  ${selected.join(",\n  ")}
FROM bluesky
WHERE \`type\` = '${type}';`,
    `CREATE VIEW ${table}_latest AS
SELECT ${names.join(", ")}
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY ${quoted(key)} ORDER BY \`event_time\` DESC) AS row_num
  FROM ${table}
)
WHERE row_num = 1;`,
  ];
}

function fieldType(type: FieldSpec["type"]): string {
  return {
    "string": "STRING",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "string[]": "ARRAY<STRING>",
    "object": "STRING",
  }[type];
}

function quoted(name: string): string {
  return `\`${name}\``;
}
