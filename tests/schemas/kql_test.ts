import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { kqlScript } from "../../src/schemas/kql.ts";
import { ENVELOPE, type EventDefinition, shortName } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { goesWithAccount } from "../../src/schemas/fold.ts";
import { recordedEvents } from "../support/events.ts";
import { type KqlNames, type KqlRow, queryRows } from "../support/kql.ts";
import { assertLatest, fromAnotherRelay, recipeEvents } from "../support/recipes.ts";

function keptOf({ kind }: EventDefinition): string[] {
  const kept = ["___type", "___source", "___id", "___time", "___subject", "___action", "___rev"];
  return ["records", "deletes"].includes(kind) ? kept : kept.slice(0, 5);
}

/** The commands of a script that `.execute database script` would run, one after the other. */
function commandsOf(script: string): string[] {
  const [head = "", ...commands] = script.trimEnd().split("\n//\n");
  assertEquals(head, ".execute database script <|");
  return commands.map((command) => command.replace(/^\/\/ .*\n/, ""));
}

function find(commands: readonly string[], start: string): string {
  const found = commands.filter((command) => command.startsWith(start));
  assertEquals(found.length, 1, start);
  return found[0] ?? "";
}

/** The JSON between three backquotes. */
function blockOf<T>(command: string): T {
  return JSON.parse(/```([^]*)```/.exec(command)?.[1] ?? "");
}

/** The value at a path like `$.data.uri`. */
function at(event: unknown, path: string): unknown {
  return path.slice(2).split(".").reduce((found, name) => (found as Record<string, unknown>)[name], event);
}

function columnsOf(command: string): string[] {
  return [...command.matchAll(/^ {2}\['(\w+)'\]: \w+,?$/gm)].map(([, name = ""]) => name);
}

const commands = commandsOf(kqlScript(EVENT_TYPES));

Deno.test("kqlScript() is one script of control commands, without an empty line, with its brackets in pairs", () => {
  assert(!kqlScript(EVENT_TYPES).includes("\n\n"));
  const filtered = EVENT_TYPES.filter(goesWithAccount).length;
  assertEquals(commands.length, 3 + 6 * EVENT_TYPES.length + 2 + filtered);
  for (const command of commands) {
    assert(/^\.(?:create|alter)/.test(command), command);
    const bare = command.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/'[^']*'/g, "");
    for (const [open = "", close = ""] of ["()", "[]", "{}"]) {
      assertEquals(bare.split(open).length, bare.split(close).length, `${open}${close} in ${command}`);
    }
  }
});

Deno.test("kqlScript() gives each type a table with every field and the attributes, mapped from where events have them", async () => {
  const events = await recordedEvents();
  for (const definition of EVENT_TYPES) {
    const { type, fields } = definition;
    const table = shortName(definition);
    const wanted = [...Object.keys(fields), ...keptOf(definition)];
    assertEquals(columnsOf(find(commands, `.create-merge table ['${table}'] `)), wanted);
    const mapping = blockOf<{ column: string; path: string }[]>(
      find(commands, `.create-or-alter table ['${table}'] ingestion json mapping "${table}_json_ce_structured" `),
    );
    assertEquals(mapping.map(({ column }) => column), wanted);
    assertEquals(mapping.find(({ column }) => column === "___time")?.path, "$.time");
    const event = events.find((made) => made.event.type === type)?.event;
    if (event === undefined) continue;
    for (const { column, path } of mapping) {
      const field = column.startsWith("___") ? at(event, `$.${column.slice(3)}`) : at(event, `$.data.${column}`);
      assertEquals(at(event, path), field, `${column} ${path}`);
      assert(field !== undefined || fields[column]?.isOptional === true, column);
    }
  }
});

Deno.test("kqlScript() takes whole events in one table and files them by update policies", () => {
  const dispatch = find(commands, ".create-merge table ['_cloudevents_dispatch'] ");
  assertEquals(columnsOf(dispatch), [...Object.keys(ENVELOPE), "data"]);
  for (const definition of EVENT_TYPES) {
    const { type, fields } = definition;
    const table = shortName(definition);
    const [policy] = blockOf<{ Source: string; Query: string; IsTransactional: boolean }[]>(
      find(commands, `.alter table ['${table}'] policy update `),
    );
    assertEquals([policy?.Source, policy?.IsTransactional], ["_cloudevents_dispatch", true]);
    assertStringIncludes(policy?.Query ?? "", `['type'] == '${type}'`);
    const projected = [...(policy?.Query ?? "").matchAll(/\['(\w+)'\] = /g)].map(([, name = ""]) => name);
    assertEquals(projected, [...Object.keys(fields), ...keptOf(definition)]);
  }
});

/** What the script makes of events: every table, view and function by its name. */
function namesAfter(events: readonly KqlRow[]): KqlNames {
  // A column that an event does not have is null; a text is empty then.
  const dispatched = events.map((event) => ({ ...NO_ATTRIBUTES, ...event }));
  const names = new Map<string, readonly KqlRow[] | string>([["_cloudevents_dispatch", dispatched]]);
  for (const command of commands) {
    const [, table] = /^\.alter table \['(\w+)'\] policy update /.exec(command) ?? [];
    if (table !== undefined) {
      const [policy] = blockOf<{ Query: string }[]>(command);
      names.set(table, queryRows(policy?.Query ?? "", names));
    }
    const [, view, query] = /^\.create-or-alter (?:materialized-view|function) (\w+)[^{]*\{([^]*)\}$/.exec(command) ??
      [];
    if (view !== undefined && query !== undefined) names.set(view, query);
  }
  return names;
}

const NO_ATTRIBUTES = Object.fromEntries(Object.keys(ENVELOPE).map((name) => [name, ""]));

/** A row with the names that the tables of SQL have. */
function asSql(row: KqlRow): KqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.replace(/^___/, "event_"), value]));
}

Deno.test("kqlScript() has the latest state of each record, without what was deleted, whatever comes twice or late", async () => {
  const recipe = await recipeEvents();
  const inputs = [recipe.events, recipe.events.slice(0, 400), fromAnotherRelay(recipe.events).toReversed()];
  const names = namesAfter(inputs.flat());
  const tables = EVENT_TYPES.map((definition) =>
    JSON.stringify(queryRows(`${shortName(definition)}Latest`, names).map(asSql))
  );
  assertLatest(tables.join("\n"), recipe, EVENT_TYPES, (value) => value ?? "");
});
