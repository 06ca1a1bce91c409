/**
 * The registry as a script for Azure Data Explorer and Fabric Eventhouse: one table that takes every event, a table
 * for each type that an update policy fills from it, ingestion mappings, and what has the latest state of each record: a
 * materialized view, and where deletes and accounts bear on it a function that reads the view.
 * Tables, columns and mappings have the names that the Python bridge's script has.
 *
 * @module
 */
import { type AttributeSpec, ENVELOPE, envelopeOf, type EventDefinition, shortName } from "../events/definition.ts";
import { accountOf, BEFORE_PATH, deletesOf, ERASED, goesWithAccount, hasKey, orderColumns, REMOVED } from "./fold.ts";

const DISPATCH = "_cloudevents_dispatch";
const ERASED_VIEW = "AccountErased";
/** No time is after it, whatever a host claims. */
const NEVER_AGAIN = "datetime(9999-12-31T23:59:59.9999999Z)";
const REMOVED_FUNCTION = "AccountRemoved";
/** Begins the names of columns that hold attributes, as no field has it. */
const ATTRIBUTE_PREFIX = "___";

/** The attributes that stand beside the data in the table of a type, under a name that no field has. */
const KEPT = ["type", "source", "id", "time", "subject", "action", "rev"] as const satisfies (keyof typeof ENVELOPE)[];

const COLUMN_TYPES = {
  "string": "string",
  "integer": "long",
  "boolean": "bool",
  "string[]": "dynamic",
  "object": "dynamic",
} as const;
const CASTS = {
  "string": "tostring",
  "integer": "tolong",
  "boolean": "tobool",
  "string[]": "todynamic",
  "object": "todynamic",
} as const;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly path: string;
  /** What the update policy makes it from. */
  readonly from: string;
  readonly doc: string;
}

/**
 * The script for these types. Run as a whole it may be run again: what is there is altered and keeps its rows. It has
 * no empty line, as editors take one for the end of a command.
 */
export function kqlScript(types: readonly EventDefinition[]): string {
  const commands = [
    ...dispatchCommands(),
    ...types.flatMap((each) => typeCommands(each, types)),
    ...removalCommands(types),
    ...types.flatMap((each) => latestCommands(each, types)),
  ];
  return `.execute database script <|\n//\n${commands.join("\n//\n")}\n`;
}

function dispatchCommands(): string[] {
  const columns = [
    ...Object.entries<AttributeSpec>(ENVELOPE).map(([name, { type, doc }]) => ({
      name,
      type: type === "timestamp" ? "datetime" : type === "integer" ? "int" : "string",
      path: `$.${name}`,
      from: "",
      doc,
    })),
    { name: "data", type: "dynamic", path: "$.data", from: "", doc: "the fields of the event" },
  ];
  return [
    `// Every event as it comes from Kafka. The mapping is for the connection that reads the topic.\n${
      tableCommand(DISPATCH, columns)
    }`,
    mappingCommand(DISPATCH, `${DISPATCH}_json`, columns),
    `// The tables of the types hold the rows, so these may go.\n` +
    `.alter-merge table ${DISPATCH} policy retention softdelete = 1d recoverability = disabled`,
  ];
}

function typeCommands(definition: EventDefinition, types: readonly EventDefinition[]): string[] {
  const { type, doc } = definition;
  const table = shortName(definition);
  const columns = columnsOf(definition);
  const docs = columns.map((column) => `${quoted(column.name)}: ${literal(column.doc)}`);
  return [
    `// ${type}\n${tableCommand(table, columns)}`,
    `.alter table ${quoted(table)} docstring ${literal(doc)}`,
    `.alter table ${quoted(table)} column-docstrings (${docs.join(", ")})`,
    mappingCommand(table, `${table}_json_ce_structured`, columns),
    `.alter table ${quoted(table)} policy update ${block(JSON.stringify([policy(type, columns)], null, 2))}`,
    viewCommand(stateName(definition, types), definition),
  ];
}

/** The view of the latest events; it has the name of the latest state where that is the same. */
function stateName(definition: EventDefinition, types: readonly EventDefinition[]): string {
  return `${shortName(definition)}${isFiltered(definition, types) ? "State" : "Latest"}`;
}

/** Whether not every latest event is to be seen. */
function isFiltered(definition: EventDefinition, types: readonly EventDefinition[]): boolean {
  return deletesOf(definition, types) !== undefined || goesWithAccount(definition) && accountOf(types) !== undefined;
}

function viewCommand(name: string, definition: EventDefinition): string {
  const table = quoted(shortName(definition));
  const { key } = definition;
  const [order = ""] = orderColumns(definition, ATTRIBUTE_PREFIX);
  const uri = hasKey(definition)
    ? ""
    : `| extend ${key} = strcat('at://', ___subject, replace_regex(___id, @'${BEFORE_PATH}', '')) `;
  return `.create-or-alter materialized-view ${name} on table ${table} ` +
    `{ ${table} ${uri}| summarize arg_max(${order}, *) by ${quoted(key)} }`;
}

/** What knows the accounts whose rows are not to be seen. */
function removalCommands(types: readonly EventDefinition[]): string[] {
  const account = accountOf(types);
  if (account === undefined) return [];
  const table = quoted(shortName(account));
  const statuses = REMOVED.map((status) => `'${status}'`).join(", ");
  return [
    `// When accounts were deleted; what they wrote before stays gone if they come back.\n` +
    `.create-or-alter materialized-view ${ERASED_VIEW} on table ${table} ` +
    `{ ${table} | where status == '${ERASED}' | summarize until = max(___time) by did }`,
    `// Accounts of which nothing is to be seen that is not after "until".\n` +
    `.create-or-alter function ${REMOVED_FUNCTION}() {\n` +
    `  ${stateName(account, types)} | where status in (${statuses}) | project did, until = ${NEVER_AGAIN}\n` +
    `  | union (${ERASED_VIEW} | project did, until)\n` +
    `  | summarize until = max(until) by did\n}`,
  ];
}

function latestCommands(definition: EventDefinition, types: readonly EventDefinition[]): string[] {
  if (!isFiltered(definition, types)) return [];
  const deletes = deletesOf(definition, types);
  const account = goesWithAccount(definition) ? accountOf(types) : undefined;
  const lines = [
    stateName(definition, types),
    ...deletes === undefined ? [] : [
      `| join kind=leftouter (${stateName(deletes, types)} | project uri, deleted = ___rev) on uri`,
      "| where isempty(deleted) or strcmp(___rev, deleted) > 0",
      "| project-away uri1, deleted",
    ],
    ...account === undefined ? [] : [
      `| join kind=leftouter (${REMOVED_FUNCTION}()) on did`,
      "| where isnull(until) or ___time > until",
      "| project-away did1, until",
    ],
  ];
  return [
    `// What there is: without what was deleted, and without the accounts that were.\n` +
    `.create-or-alter function ${shortName(definition)}Latest() {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`,
  ];
}

function columnsOf(definition: EventDefinition): Column[] {
  const fields = Object.entries(definition.fields).map(([name, { type, doc }]) => ({
    name,
    type: COLUMN_TYPES[type],
    path: `$.data.${name}`,
    from: `${CASTS[type]}(data.${quoted(name)})`,
    doc,
  }));
  const envelope = envelopeOf(definition);
  const attributes = KEPT.flatMap((name) => {
    const spec = envelope[name];
    if (spec === undefined) return [];
    const columnType = spec.type === "timestamp" ? "datetime" : "string";
    return [{
      name: `${ATTRIBUTE_PREFIX}${name}`,
      type: columnType,
      path: `$.${name}`,
      from: quoted(name),
      doc: spec.doc,
    }];
  });
  return [...fields, ...attributes];
}

function tableCommand(table: string, columns: readonly Column[]): string {
  const list = columns.map(({ name, type }) => `${quoted(name)}: ${type}`);
  return `.create-merge table ${quoted(table)} (\n  ${list.join(",\n  ")}\n)`;
}

function mappingCommand(table: string, mapping: string, columns: readonly Column[]): string {
  const rows = columns.map(({ name, path }) => `  ${JSON.stringify({ column: name, path })}`);
  return `.create-or-alter table ${quoted(table)} ingestion json mapping "${mapping}" ` +
    block(`[\n${rows.join(",\n")}\n]`);
}

function policy(type: string, columns: readonly Column[]) {
  const projected = columns.map(({ name, from }) => `${quoted(name)} = ${from}`).join(", ");
  return {
    IsEnabled: true,
    Source: DISPATCH,
    Query: `${DISPATCH} | where specversion == '1.0' and ['type'] == '${type}' | project ${projected}`,
    // A row that cannot be filed is tried again with its whole batch, rather than lost in silence.
    IsTransactional: true,
    PropagateIngestionProperties: true,
  };
}

function block(text: string): string {
  return "```\n" + text + "\n```";
}

/** A name that is never taken for a keyword. */
function quoted(name: string): string {
  return `['${name}']`;
}

function literal(text: string): string {
  return JSON.stringify(text);
}
