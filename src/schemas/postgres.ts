/**
 * The registry as tables of PostgreSQL: for each type a table of the latest state of each record, and a table that
 * takes events as text and files them by a trigger.
 *
 * @module
 */
import type { EventDefinition } from "../events/definition.ts";
import { type SqlColumn, sqlColumns, sqlLiteral, sqlTable } from "./sql_columns.ts";

/** Statements for these types. */
export function postgresSql(types: readonly EventDefinition[]): string {
  return [...types.map(typeTable), ...intake(types)].join("\n\n") + "\n";
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

function intake(types: readonly EventDefinition[]): string[] {
  return [
    `-- Takes every event as it stands in Kafka, files it and keeps nothing.
CREATE TABLE IF NOT EXISTS bluesky_intake (event text);`,
    `CREATE OR REPLACE FUNCTION bluesky_file() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- Posts may hold U+0000, which PostgreSQL can keep in no text.
  event jsonb := regexp_replace(NEW.event, '(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000', '\\1', 'g');
BEGIN
  CASE event ->> 'type'
${types.map(typeCase).join("\n")}
  ELSE
    -- Another type, perhaps of a later version.
  END CASE;
  RETURN NULL;
END $$;`,
    `CREATE OR REPLACE TRIGGER bluesky_file BEFORE INSERT ON bluesky_intake
FOR EACH ROW EXECUTE FUNCTION bluesky_file();`,
  ];
}

function typeCase(definition: EventDefinition): string {
  const { type, key } = definition;
  const table = sqlTable(definition);
  const columns = sqlColumns(definition);
  const attributes = columns.flatMap(({ name, attribute }) =>
    attribute === null ? [] : [`${sqlLiteral(name)}, event -> ${sqlLiteral(attribute.name)}`]
  );
  const changes = columns.filter(({ name }) => name !== key).map(({ name }) => `${name} = excluded.${name}`);
  return `  WHEN ${sqlLiteral(type)} THEN
    INSERT INTO ${table}
    SELECT * FROM jsonb_populate_record(NULL::${table}, event -> 'data' || jsonb_build_object(
      ${attributes.join(", ")}
    ))
    ON CONFLICT (${key}) DO UPDATE SET
      ${changes.join(",\n      ")}
    WHERE excluded.event_time >= ${table}.event_time;`;
}

function isNullable({ field }: SqlColumn): boolean {
  return field !== null && (field.nullable || field.isOptional === true);
}

function columnType({ field, attribute }: SqlColumn): string {
  if (field === null) return attribute?.spec.type === "timestamp" ? "timestamptz" : "text";
  return {
    "string": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "string[]": "text[]",
    "object": "jsonb",
  }[field.type];
}
