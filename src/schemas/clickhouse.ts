/**
 * The registry as tables of ClickHouse: a queue on the Kafka topic, for each type a table of the latest state of each
 * record with a materialized view that fills it, and views without the rows of removed accounts.
 *
 * @module
 */
import type { EventDefinition } from "../events/definition.ts";
import { accountOf, BEFORE_PATH, deletesOf, ERASED, goesWithAccount, orderColumns, REMOVED } from "./fold.ts";
import { ATTRIBUTE_PREFIX, type SqlColumn, sqlColumns, sqlLiteral, sqlTable } from "./sql_columns.ts";

/** No time is after it, whatever a host claims. */
const NEVER_AGAIN = "toDateTime64('9999-12-31 23:59:59.999999', 6, 'UTC')";

/** Statements for these types; broker, topic and group are examples to be replaced. */
export function clickhouseSql(types: readonly EventDefinition[]): string {
  return [
    `CREATE TABLE IF NOT EXISTS bluesky_queue (event String)
ENGINE = Kafka
SETTINGS kafka_broker_list = 'localhost:9092', kafka_topic_list = 'bluesky', kafka_group_name = 'clickhouse',
         kafka_format = 'JSONAsString';`,
    ...types.flatMap((each) => typeStatements(each, types)),
    ...removal(types),
  ].join("\n\n") + "\n";
}

function typeStatements(definition: EventDefinition, types: readonly EventDefinition[]): string[] {
  const table = sqlTable(definition);
  const columns = sqlColumns(definition);
  const deletes = deletesOf(definition, types);
  const version = versionExpression(orderColumns(definition, ATTRIBUTE_PREFIX));
  const lines = [
    ...columns.map((column) => `${column.name} ${columnType(column)} COMMENT ${sqlLiteral(column.doc)}`),
    ...version === null ? [] : [`version UInt128 MATERIALIZED ${version}`],
    ...deletes === undefined ? [] : ["is_deleted UInt8"],
  ];
  const deleting = columns.filter(({ name, attribute }) => attribute !== null || ["uri", "did"].includes(name));
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
  ${lines.join(",\n  ")}
)
ENGINE = ReplacingMergeTree(${version === null ? "event_time" : "version"}${
      deletes === undefined ? "" : ", is_deleted"
    })
ORDER BY ${definition.key};`,
    reader(`${table}_reader`, table, definition.type, columns.map((column) => [expression(column), column.name])),
    ...deletes === undefined ? [] : [
      reader(`${table}_remover`, table, deletes.type, [
        ...deleting.map((column): [string, string] => [expression(deletedColumn(column, deletes)), column.name]),
        ["1", "is_deleted"],
      ]),
    ],
  ];
}

/** The column of a delete's event that says the same. */
function deletedColumn({ name }: SqlColumn, deletes: EventDefinition): SqlColumn {
  const column = sqlColumns(deletes).find((each) => each.name === name);
  if (column === undefined) throw new TypeError(`Cannot delete by ${name}: ${deletes.type} does not have it`);
  return column;
}

function reader(name: string, table: string, type: string, columns: readonly (readonly string[])[]): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name} TO ${table} AS
SELECT
  ${columns.map(([from, to]) => `${from} AS ${to}`).join(",\n  ")}
FROM bluesky_queue
WHERE JSONExtractString(event, 'type') = ${sqlLiteral(type)};`;
}

/** What hides the rows of accounts that are deleted or taken down. */
function removal(types: readonly EventDefinition[]): string[] {
  const account = accountOf(types);
  const hiding = types.filter(goesWithAccount);
  const view = (definition: EventDefinition, except: readonly string[], rest: string) => {
    const left = [...deletesOf(definition, types) === undefined ? [] : ["is_deleted"], ...except];
    const columns = left.length === 0 ? "*" : `* EXCEPT (${left.join(", ")})`;
    return `CREATE VIEW IF NOT EXISTS ${sqlTable(definition)}_latest AS
SELECT ${columns} FROM ${sqlTable(definition)} FINAL${rest};`;
  };
  if (account === undefined) return hiding.map((each) => view(each, [], ""));
  const accounts = sqlTable(account);
  return [
    `-- When accounts were deleted; what they wrote before stays gone if they come back.
CREATE TABLE IF NOT EXISTS bluesky_erased (did String, event_time DateTime64(6, 'UTC'))
ENGINE = ReplacingMergeTree(event_time)
ORDER BY did;`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS bluesky_erased_reader TO bluesky_erased AS
SELECT
  JSONExtractString(event, 'subject') AS did,
  parseDateTime64BestEffort(JSONExtractString(event, 'time'), 6, 'UTC') AS event_time
FROM bluesky_queue
WHERE JSONExtractString(event, 'type') = ${sqlLiteral(account.type)}
  AND JSONExtractString(event, 'data', 'status') = '${ERASED}';`,
    `-- Accounts of which nothing is to be seen that is not after "until".
CREATE VIEW IF NOT EXISTS bluesky_removed AS
SELECT did AS removed, max(event_time) AS since, max(to) AS until
FROM (
  SELECT did, event_time, ${NEVER_AGAIN} AS to FROM ${accounts} FINAL
  WHERE status IN (${REMOVED.map(sqlLiteral).join(", ")})
  UNION ALL SELECT did, event_time, event_time FROM bluesky_erased
)
GROUP BY did;`,
    ...hiding.map((each) =>
      view(
        each,
        ["removed", "since", "until"],
        ` LEFT JOIN bluesky_removed ON removed = did
WHERE coalesce(removed, '') = '' OR event_time > until`,
      )
    ),
  ];
}

/** A number that grows as the columns do; null where the time is that number. */
function versionExpression([first = "", second]: readonly string[]): string | null {
  if (second !== undefined) {
    return `bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(${first}), 0)), 64) + toUInt64(${second})`;
  }
  // The bytes of a text, the first one most significant.
  return first.endsWith("rev") ? `reinterpretAsUInt128(reverse(toFixedString(left(${first}, 16), 16)))` : null;
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
  if (attribute === null) {
    const path = `replaceRegexpOne(JSONExtractString(event, 'id'), '${BEFORE_PATH}', '')`;
    return `concat('at://', JSONExtractString(event, 'subject'), ${path})`;
  }
  const text = `JSONExtractString(event, ${sqlLiteral(attribute.name)})`;
  return attribute.spec.type === "timestamp" ? `parseDateTime64BestEffort(${text}, 6, 'UTC')` : text;
}
