/**
 * Events for the recipes of databases, and what their tables must hold afterwards.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { simulatedEvents } from "./events.ts";
import { TestFolder } from "./folder.ts";
import { gapEvent, GAPS } from "./gaps.ts";
import { letterEvent, LETTERS } from "./letters.ts";
import { manyNetworkEvents } from "./network_events.ts";

/** An event, or a row of a table. */
export type Row = Readonly<Record<string, unknown>>;

/** Events of all types, in order. */
export async function recipeEvents(): Promise<Row[]> {
  const records = (await simulatedEvents(1500)).map(({ event }) => event);
  return [...records, ...await manyNetworkEvents(600), ...GAPS.map(gapEvent), ...LETTERS.map(letterEvent)].map((
    event,
  ) => ({ ...event }));
}

/** A folder with the statements of a recipe as `schema.sql`, and each list of events as `0.ndjson` and so on. */
export async function recipeFolder(sql: string, inputs: readonly (readonly Row[])[]): Promise<TestFolder> {
  const folder = new TestFolder();
  await Deno.writeTextFile(folder.file("schema.sql"), sql);
  for (const [i, events] of inputs.entries()) {
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    await Deno.writeTextFile(folder.file(`${i}.ndjson`), text);
  }
  return folder;
}

/** Fails unless the tables, as lines of JSON in the order of the types, hold the latest state of each record alone. */
export function assertLatest(lines: string, events: readonly Row[]): void {
  const tables = lines.trimEnd().split("\n").map((line): Row[] => JSON.parse(line));
  assertEquals(tables.length, EVENT_TYPES.length);
  let compared = 0;
  for (const [i, { type }] of EVENT_TYPES.entries()) {
    const latest = latestOf(events, type);
    assert(latest.size > 0, type);
    const rows = tables[i] ?? [];
    assertEquals(rows.length, latest.size, type);
    for (const row of rows) {
      const wanted = latest.get(keyOf(row)) ?? {};
      const values = (of: Row) => Object.keys(wanted).map((name) => [name, valueIn(of, name)]);
      assertEquals(values(row), values(wanted), type);
      compared++;
    }
  }
  assert(compared > 1000, `${compared}`);
}

/**
 * What a column or a field holds. A whole record may be the text of its JSON. PostgreSQL keeps no U+0000, and its json_agg
 * does not print U+10FFFF; ClickHouse puts integers beyond 64 bits into quotes.
 */
function valueIn(row: Row, name: string): unknown {
  const value = row[name];
  if (name !== "record" || value === undefined) return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return JSON.parse(text.replaceAll("\\u0000", "").replaceAll("\u{10ffff}", "").replaceAll(/"(-?\d{19,})"/g, "$1"));
}

function latestOf(events: readonly Row[], type: string): Map<unknown, Row> {
  const latest = new Map<unknown, Row>();
  for (const event of events) {
    const data = event["data"] as Row;
    if (event["type"] !== type) continue;
    latest.set(keyOf(data), { ...data, event_id: event["id"], event_source: event["source"] });
  }
  return latest;
}

function keyOf(row: Row): unknown {
  return row["uri"] ?? row["gap_id"] ?? row["dead_letter_id"] ?? row["did"];
}
