/**
 * The registry as tables of Flink SQL: one on the Kafka topic, with the fields of all types, and a view for each type.
 *
 * @module
 */
import { type AttributeSpec, ENVELOPE, type EventDefinition } from "../events/definition.ts";
import type { FieldSpec } from "../events/fields.ts";
import { accountOf, BEFORE_PATH, deletesOf, ERASED, goesWithAccount, orderColumns, REMOVED } from "./fold.ts";
import { ATTRIBUTE_PREFIX, type SqlColumn, sqlColumns, sqlLiteral, sqlTable } from "./sql_columns.ts";

/** The end of the year 9999: no time is after it, whatever a host claims. */
const NEVER_AGAIN = "TO_TIMESTAMP_LTZ(253402300799999, 3)";

/** Statements for these types; broker, topic and group are examples to be replaced. */
export function flinkSql(types: readonly EventDefinition[]): string {
  const account = accountOf(types);
  const first = account === undefined ? [] : typeViews(account, types);
  const others = types.filter((each) => each !== account).flatMap((each) => typeViews(each, types));
  return [topicTable(types), ...first, ...removal(types), ...others].join("\n\n") + "\n";
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

function typeViews(definition: EventDefinition, types: readonly EventDefinition[]): string[] {
  const { type } = definition;
  const table = sqlTable(definition);
  const columns = sqlColumns(definition);
  const names = columns.map(({ name }) => quoted(name)).join(", ");
  const deletes = deletesOf(definition, types);
  const all = deletes === undefined ? table : `${table}_changes`;
  const order = orderColumns(definition, ATTRIBUTE_PREFIX).map((name) => `${quoted(name)} DESC`).join(", ");
  const hides = goesWithAccount(definition) && accountOf(types) !== undefined;
  const read = `SELECT
  ${columns.map((column) => `${expression(column)} AS ${quoted(column.name)}`).join(",\n  ")}
FROM bluesky`;
  const ranked = `(
  SELECT *, ROW_NUMBER() OVER (PARTITION BY ${quoted(definition.key)} ORDER BY ${order}) AS row_num
  FROM ${all}
)`;
  const isLatest = `WHERE row_num = 1${deletes === undefined ? "" : " AND `event_action` <> 'delete'"}`;
  return [
    ...deletes === undefined ? [`CREATE VIEW ${table} AS\n${read}\nWHERE \`type\` = '${type}';`] : [
      `CREATE VIEW ${all} AS\n${read}\nWHERE \`type\` IN ('${type}', '${deletes.type}');`,
      `CREATE VIEW ${table} AS SELECT * FROM ${all} WHERE \`event_action\` <> 'delete';`,
    ],
    hides
      ? `CREATE VIEW ${table}_latest AS
SELECT ${names}
FROM (
  SELECT ${names}, CAST(\`event_time\` AS TIMESTAMP_LTZ(3)) AS written FROM ${ranked.replaceAll("\n", "\n  ")}
  ${isLatest}
) LEFT JOIN bluesky_removed ON removed = did
WHERE removed IS NULL OR written > until;`
      : `CREATE VIEW ${table}_latest AS\nSELECT ${names}\nFROM ${ranked}\n${isLatest};`,
  ];
}

/** The accounts whose rows are not to be seen. */
function removal(types: readonly EventDefinition[]): string[] {
  const account = accountOf(types);
  if (account === undefined) return [];
  const accounts = sqlTable(account);
  return [`-- Accounts of which nothing is to be seen that is not after "until".
CREATE VIEW bluesky_removed AS
SELECT did AS removed, MAX(until) AS until
FROM (
  SELECT did, ${NEVER_AGAIN} AS until FROM ${accounts}_latest
  WHERE status IN (${REMOVED.map(sqlLiteral).join(", ")})
  UNION ALL
  SELECT did, CAST(event_time AS TIMESTAMP_LTZ(3)) AS until FROM ${accounts} WHERE status = '${ERASED}'
)
GROUP BY did;`];
}

function expression({ name, attribute, field }: SqlColumn): string {
  if (field !== null) return `\`data\`.${quoted(name)}`;
  return attribute === null
    ? `'at://' || \`subject\` || REGEXP_REPLACE(\`id\`, '${BEFORE_PATH}', '')`
    : quoted(attribute.name);
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
