import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { kqlScript } from "../../src/schemas/kql.ts";
import { ENVELOPE, type EventDefinition, shortName } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { recordedEvents } from "../support/events.ts";

function keptOf({ kind }: EventDefinition): string[] {
  const kept = ["___type", "___source", "___id", "___time", "___subject", "___action"];
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
  assertEquals(commands.length, 3 + 6 * EVENT_TYPES.length);
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

Deno.test("kqlScript() has a view of the latest state of each record: by uri, of profiles by did, and of the stream by the id", () => {
  for (const definition of EVENT_TYPES) {
    const { type } = definition;
    const table = shortName(definition);
    const { [type]: key = "uri" }: Record<string, string> = {
      "Bluesky.Actor.Profile": "did",
      "Atproto.Identity": "did",
      "Atproto.Account": "did",
      "Atproto.Sync": "did",
      "Bluesky.Stream.Gap": "gap_id",
      "Bluesky.Stream.DeadLetter": "dead_letter_id",
    };
    const view = find(commands, `.create-or-alter materialized-view ${table}Latest on table ['${table}'] `);
    assertStringIncludes(view, `{ ['${table}'] | summarize arg_max(___time, *) by ['${key}'] }`);
  }
});
