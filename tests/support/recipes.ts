/**
 * Events for the recipes of databases, and what their tables must hold afterwards.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { goesWithAccount, hasKey } from "../../src/schemas/fold.ts";
import { sqlTable } from "../../src/schemas/sql_columns.ts";
import { type Churn, churn, isRemoved, visible } from "./churn.ts";
import { TestFolder } from "./folder.ts";
import { gapEvent, GAPS, REPO_GAP, repoGapEvent } from "./gaps.ts";
import { letterEvent, LETTERS } from "./letters.ts";
import { type NetworkEvent, networkEvents, WholeNetwork } from "./network_events.ts";

/** An event, or a row of a table. */
export type Row = Readonly<Record<string, unknown>>;

/** After all that the network does. */
const COMEBACK = { time: "2026-02-01T00:00:00.000Z", rev: "3zzzzzzzzzz2a", rkey: "comeback" };

const LATEST_TIME = "9999-12-31T23:59:59.999999999Z";

/** Events for a recipe, and which records there are after them. */
export interface RecipeEvents {
  readonly events: readonly NetworkEvent[];
  /** The CID of each by its AT-URI. */
  readonly records: ReadonlyMap<string, string>;
}

/** The events of a network where accounts come and go. */
export function eventsOfChurn({ frames, live }: Churn): RecipeEvents {
  const network = new WholeNetwork();
  const events = frames.flatMap(({ bytes }) => networkEvents(network, bytes));
  return { events, records: new Map([...visible(live)].map(([uri, { cid }]) => [uri, cid])) };
}

/**
 * Events of all types, in order. One account comes back after it was deleted. The clocks of hosts went back, so that what
 * happens to a record has an earlier time than its creation; and accounts that were taken down had dated their likes as
 * late as can be.
 */
export async function recipeEvents(): Promise<RecipeEvents> {
  const made = await churn(1500);
  const { events: honest, records } = eventsOfChurn(made);
  const events = honest.map((event) => {
    const isTakenDown = made.live.accounts.get(event.subject)?.status === "takendown";
    if (isTakenDown && event.type === "Bluesky.Feed.Like") return { ...event, time: LATEST_TIME };
    return ["update", "delete"].includes(String(event["action"])) ? { ...event, time: setBack(event.time) } : event;
  });
  const [erased] =
    [...made.live.accounts].find(([did, { status }]) =>
      status === "deleted" && events.some(({ type, subject }) => type === "Bluesky.Feed.Post" && subject === did)
    ) ?? [];
  const last = (type: string) => events.findLast((each) => each.type === type && each["subject"] === erased);
  const [deleted, post] = [last("Atproto.Account"), last("Bluesky.Feed.Post")];
  if (deleted === undefined || post === undefined) throw new Error("No account that wrote was deleted");
  const { time, rev, rkey } = COMEBACK;
  const uri = `at://${erased}/app.bsky.feed.post/${rkey}`;
  const comeback = [
    { ...deleted, id: `${erased}/account/${time}`, time, data: { ...deleted.data, active: true, status: null } },
    { ...post, id: `${erased}/${rev}/app.bsky.feed.post/${rkey}`, time, rev, data: { ...post.data, uri } },
  ];
  const stream = [
    ...GAPS.map(gapEvent),
    repoGapEvent(REPO_GAP),
    ...LETTERS.map(letterEvent),
  ] as unknown as NetworkEvent[];
  return {
    events: [...events, ...comeback, ...stream],
    records: new Map([...records, [uri, String(post.data["cid"])]]),
  };
}

function setBack(time: string): string {
  return new Date(Date.parse(time) - 3_600_000).toISOString();
}

/** The same events from another relay, which counts from 1. */
export function fromAnotherRelay(events: readonly NetworkEvent[]): NetworkEvent[] {
  const source = "wss://relay.example/xrpc/com.atproto.sync.subscribeRepos";
  return events.map((event, i) =>
    event.type.startsWith("Bluesky.Stream.") ? event : { ...event, source, data: { ...event.data, seq: i + 1 } }
  );
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

/** What a recipe names as the place of the latest state of a type's rows. */
export function latestTable(definition: EventDefinition): string {
  return `${sqlTable(definition)}${goesWithAccount(definition) ? "_latest" : ""}`;
}

/**
 * Fails unless the tables, as lines of JSON in the order of the types, hold exactly the latest state of each record that
 * there is, and of whatever else there are events of. `canonical` makes one value of those that a database does not tell
 * apart.
 */
export function assertLatest(
  lines: string,
  { events, records }: RecipeEvents,
  types: readonly EventDefinition[] = EVENT_TYPES,
  canonical: (value: unknown) => unknown = (value) => value,
): void {
  const comparable = (row: Row, definition: EventDefinition) =>
    valuesOf(row, definition).map(([name, value]) => [name, canonical(value)]);
  const tables = lines.trimEnd().split("\n").map((line): Row[] => JSON.parse(line));
  assertEquals(tables.length, types.length);
  const isHidden = hiding(events);
  const seen = new Map<string, unknown>();
  for (const [i, definition] of types.entries()) {
    const { type, kind } = definition;
    const latest = latestOf(events, definition);
    const wanted = new Map(
      [...latest].filter(([key, event]) =>
        kind === "records" ? records.has(key) : !goesWithAccount(definition) || !isHidden(event)
      ),
    );
    const rows = new Map((tables[i] ?? []).map((row) => [keyOf(row, definition), row]));
    assertEquals([...rows.keys()].toSorted(), [...wanted.keys()].toSorted(), type);
    assertEquals(tables[i]?.length, rows.size, type);
    for (const [key, row] of rows) {
      const event = wanted.get(key);
      assertEquals(comparable(row, definition), comparable(rowOf(event), definition), key);
      if (kind === "records") seen.set(key, row["cid"] ?? records.get(key));
    }
  }
  assertEquals(seen, new Map<string, unknown>(records));
  assert(seen.size > 200, `${seen.size}`);
}

function rowOf(event: NetworkEvent | undefined): Row {
  return { ...event?.data, event_id: event?.id, event_rev: event?.["rev"] };
}

/** What must be equal, whichever relay the row is from. */
function valuesOf(row: Row, { fields }: EventDefinition): [string, unknown][] {
  const names = Object.keys(fields).filter((name) => name !== "seq");
  return [...names, "event_id", "event_rev"].map((name) => [name, valueIn(row, name)]);
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

/** The latest event of each row of a type, deletes of its records apart. */
function latestOf(events: readonly NetworkEvent[], definition: EventDefinition): Map<string, NetworkEvent> {
  const latest = new Map<string, NetworkEvent>();
  const orderOf = (event: NetworkEvent) => String(event["rev"] ?? event.data["rev"] ?? event.time);
  for (const event of events) {
    if (event.type !== definition.type) continue;
    const key = hasKey(definition) ? keyOf(event.data, definition) : uriOf(event.id);
    const before = latest.get(key);
    if (before === undefined || orderOf(before) <= orderOf(event)) latest.set(key, event);
  }
  return latest;
}

function keyOf(row: Row, definition: EventDefinition): string {
  return String(row[definition.key]);
}

function uriOf(id: string): string {
  const [did, , ...path] = id.split("/");
  return `at://${did}/${path.join("/")}`;
}

/** Tells whether an event is of an account that is removed, or was when it was deleted once. */
function hiding(events: readonly NetworkEvent[]): (event: NetworkEvent) => boolean {
  const accounts = events.filter(({ type }) => type === "Atproto.Account");
  return ({ subject, time }) => {
    const own = accounts.filter((each) => each.subject === subject).toSorted((a, b) => a.time < b.time ? -1 : 1);
    return isRemoved(own.at(-1)?.data["status"]) ||
      own.some((each) => each.data["status"] === "deleted" && time <= each.time);
  };
}
