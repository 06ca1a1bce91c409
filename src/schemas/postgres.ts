/**
 * The registry as tables of PostgreSQL: for each type a table of the latest state of each record, views without the rows
 * of removed accounts, and a table that takes events as text and files them by a trigger.
 *
 * @module
 */
import type { EventDefinition } from "../events/definition.ts";
import { accountOf, BEFORE_PATH, deletesOf, ERASED, goesWithAccount, orderColumns, REMOVED } from "./fold.ts";
import { ATTRIBUTE_PREFIX, type SqlColumn, sqlColumns, sqlLiteral, sqlTable } from "./sql_columns.ts";

/** Statements for these types. */
export function postgresSql(types: readonly EventDefinition[]): string {
  return [...types.map(typeTable), ...removal(types), ...intake(types)].join("\n\n") + "\n";
}

function typeTable(definition: EventDefinition): string {
  const table = sqlTable(definition);
  const columns = sqlColumns(definition);
  const lines = columns.map((column) => `${column.name} ${columnType(column)}${isNullable(column) ? "" : " NOT NULL"}`);
  const comments = columns.map(({ name, doc }) => `COMMENT ON COLUMN ${table}.${name} IS ${sqlLiteral(doc)};`);
  return `CREATE TABLE IF NOT EXISTS ${table} (
  ${lines.join(",\n  ")},
  PRIMARY KEY (${definition.key})
);
${comments.join("\n")}`;
}

/** What hides the rows of accounts that are deleted or taken down, and what removes them. */
function removal(types: readonly EventDefinition[]): string[] {
  const hiding = types.filter(goesWithAccount);
  const account = accountOf(types);
  if (account === undefined) {
    return hiding.map((each) => `CREATE OR REPLACE VIEW ${sqlTable(each)}_latest AS SELECT * FROM ${sqlTable(each)};`);
  }
  const removable = types.filter(({ fields, kind }) => Object.hasOwn(fields, "did") && kind !== "account");
  const isGone = "a.did = r.did AND r.event_time <= a.until";
  return [
    `-- When accounts were deleted; what they wrote before stays gone if they come back.
CREATE TABLE IF NOT EXISTS bluesky_erased (did text PRIMARY KEY, event_time timestamptz NOT NULL);`,
    `-- Accounts of which nothing is to be seen that is not after "until".
CREATE OR REPLACE VIEW bluesky_removed AS
SELECT did, event_time AS since, 'infinity'::timestamptz AS until FROM ${sqlTable(account)}
WHERE status IN (${REMOVED.map(sqlLiteral).join(", ")})
UNION ALL SELECT did, event_time, event_time FROM bluesky_erased;`,
    ...hiding.map((each) =>
      `CREATE OR REPLACE VIEW ${sqlTable(each)}_latest AS
SELECT * FROM ${sqlTable(each)} r WHERE NOT EXISTS (SELECT FROM bluesky_removed a WHERE ${isGone});`
    ),
    `-- Removes the rows of accounts that were deleted or taken down longer ago than "kept".
CREATE OR REPLACE PROCEDURE bluesky_erase(kept interval) LANGUAGE sql AS $$
${
      removable.map((each) =>
        `  DELETE FROM ${sqlTable(each)} r USING bluesky_removed a
  WHERE ${isGone} AND a.since < now() - kept;`
      ).join("\n")
    }
$$;`,
  ];
}

function intake(types: readonly EventDefinition[]): string[] {
  return [
    `-- Takes every event as it stands in Kafka, files it and keeps nothing.
CREATE TABLE IF NOT EXISTS bluesky_intake (event text);`,
    `CREATE OR REPLACE FUNCTION bluesky_file() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- Posts may hold U+0000, which PostgreSQL can keep in no text.
  event jsonb := regexp_replace(NEW.event, '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1', 'g');
  -- A tombstone has no data: what a delete needs is in its attributes.
  path text := regexp_replace(event ->> 'id', '${BEFORE_PATH}', '');
  filed jsonb := jsonb_build_object(
      'uri', 'at://' || (event ->> 'subject') || path, 'did', event -> 'subject', 'rkey', split_part(path, '/', 3),
      'collection', event -> 'collection', 'indexed_at', event -> 'time', 'seq', 0
    ) || coalesce(event -> 'data', '{}') || jsonb_build_object(
      'event_id', event -> 'id', 'event_time', event -> 'time', 'event_source', event -> 'source',
      'event_action', event -> 'action', 'event_rev', event -> 'rev'
    );
BEGIN
  CASE event ->> 'type'
${types.map((each) => typeCase(each, types)).join("\n")}
  ELSE
    -- Another type, perhaps of a later version.
  END CASE;
  RETURN NULL;
END $$;`,
    `CREATE OR REPLACE TRIGGER bluesky_file BEFORE INSERT ON bluesky_intake
FOR EACH ROW EXECUTE FUNCTION bluesky_file();`,
  ];
}

function typeCase(definition: EventDefinition, types: readonly EventDefinition[]): string {
  const table = sqlTable(definition);
  const { key } = definition;
  const names = sqlColumns(definition).map(({ name }) => name);
  const order = orderColumns(definition, ATTRIBUTE_PREFIX);
  const ordered = (of: string) =>
    order.length > 1 ? `(${order.map((name) => `${of}.${name}`).join(", ")})` : `${of}.${order[0]}`;
  const deletes = deletesOf(definition, types);
  const unlessDeleted = deletes === undefined ? "" : ` r
    WHERE NOT EXISTS (SELECT FROM ${sqlTable(deletes)} d WHERE d.uri = r.uri AND d.event_rev >= r.event_rev)`;
  return `  WHEN ${sqlLiteral(definition.type)} THEN
    INSERT INTO ${table}
    SELECT * FROM jsonb_populate_record(NULL::${table}, filed)${unlessDeleted}
    ON CONFLICT (${key}) DO UPDATE SET (${names.join(", ")}) = (SELECT excluded.*)
    WHERE ${ordered("excluded")} >= ${ordered(table)};${
    effects(definition, types).map((line) => `\n    ${line}`).join("")
  }`;
}

/** What an event does to other tables than its own. */
function effects(definition: EventDefinition, types: readonly EventDefinition[]): readonly string[] {
  if (definition.kind === "deletes") {
    const records = types.find((each) => deletesOf(each, types) === definition);
    return records === undefined ? [] : [
      `DELETE FROM ${sqlTable(records)} r WHERE r.uri = filed ->> 'uri' AND r.event_rev <= filed ->> 'event_rev';`,
    ];
  }
  if (definition.kind !== "account") return [];
  return [
    "INSERT INTO bluesky_erased",
    `SELECT did, event_time FROM jsonb_populate_record(NULL::${
      sqlTable(definition)
    }, filed) WHERE status = '${ERASED}'`,
    "ON CONFLICT (did) DO UPDATE SET event_time = greatest(bluesky_erased.event_time, excluded.event_time);",
  ];
}

function isNullable({ field }: SqlColumn): boolean {
  return field !== null && (field.nullable || field.isOptional === true);
}

function columnType({ name, field, attribute }: SqlColumn): string {
  // Revisions are in the order of their bytes, which a language's own order need not be.
  if (field === null && name === "event_rev" || name === "rev") return 'text COLLATE "C"';
  if (field === null) return attribute?.spec.type === "timestamp" ? "timestamptz" : "text";
  return {
    "string": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "string[]": "text[]",
    "object": "jsonb",
  }[field.type];
}
