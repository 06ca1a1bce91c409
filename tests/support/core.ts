/**
 * What the tests of core/ share: messages byte by byte, and whether the core took them. Each check also compares what
 * the core makes with what the generic path makes, byte for byte.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import * as b from "../fuzz/bytes.ts";
import { layoutOf } from "./events.ts";
import { BothWays } from "./plane.ts";

/** The six collections, structured. */
export const TYPED: EventMakerOptions = {
  selection: { ...UNFILTERED, collections: rulesOf(COLLECTIONS) },
  layout: { ...layoutOf("structured", "t"), time: "event" },
  wholeRecords: false,
  handles: null,
  usualVerdict: null,
};
/** The same as binary events, keyed by URI. */
export const BINARY: EventMakerOptions = { ...TYPED, layout: { ...layoutOf("binary", "t"), key: "uri" } };
/** Every collection, with whole records. */
export const WHOLE: EventMakerOptions = {
  ...TYPED,
  selection: { ...UNFILTERED, collections: rulesOf(["*"]) },
  wholeRecords: true,
  handles: null,
  usualVerdict: null,
};

/** A collection whose events have little of its records. */
export const LIKE = "app.bsky.feed.like";
/** A collection whose events have texts, lists and JSON. */
export const POST = "app.bsky.feed.post";
/** A collection without a type of its own. */
export const OTHER = "com.example.thing";

const WAYS = new Map<EventMakerOptions, BothWays>();

/** How many events there are of messages that come together, and how many of them the core made. */
export function eventsOf(
  messages: readonly Uint8Array[],
  options: EventMakerOptions = TYPED,
): { readonly events: number; readonly byCore: number } {
  let ways = WAYS.get(options);
  if (ways === undefined) WAYS.set(options, ways = new BothWays(options));
  const { events, byCore } = ways.taken;
  ways.compare(messages);
  return { events: ways.taken.events - events, byCore: ways.taken.byCore - byCore };
}

/** Fails unless the core makes so many events of a message, and there are no others. */
export function assertTaken(message: Uint8Array, options: EventMakerOptions = TYPED, events = 1, what = ""): void {
  assertEquals(eventsOf([message], options), { events, byCore: events }, what);
}

/** Fails if the core makes an event of a message; `events` is of how many operations the generic path makes one, or rejects it. */
export function assertLeft(message: Uint8Array, events: number, options: EventMakerOptions = TYPED, what = ""): void {
  assertEquals(eventsOf([message], options), { events, byCore: 0 }, what);
}

/** Bytes of a text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A piece of a text, which need not be UTF-8. */
export type Piece = string | readonly number[] | Uint8Array;

/** A text item of any bytes. */
export function textOf(...parts: readonly Piece[]): Uint8Array {
  const content = b.concat(...parts.map((part) => typeof part === "string" ? utf8(part) : Uint8Array.from(part)));
  return b.concat(b.head(3, content.length), content);
}

/** A record with these fields, in this order. */
export function record(fields: { readonly [name: string]: Uint8Array }): Uint8Array {
  return b.map(Object.entries(fields));
}

/** A commit that creates one like of nothing, with these fields in place of its own, or beside them. */
export function commitWith(fields: { readonly [name: string]: Uint8Array }): Uint8Array {
  return commitOfRecords([[LIKE, EMPTY]], fields);
}

/** A record without fields. */
export const EMPTY: Uint8Array = b.map([]);

/** A commit that creates these records, each with a record key of its own. */
export function commitOfRecords(
  records: readonly (readonly [collection: string, record: Uint8Array])[],
  fields: { readonly [name: string]: Uint8Array } = {},
): Uint8Array {
  const ops = records.map(([collection, each], i) => b.op("create", `${collection}/3l${i}`, b.cidOf(each)));
  const sections = records.map(([, each]) => b.section(b.cidOf(each), each));
  return b.commit(ops, b.car(b.cidOf(EMPTY), sections), fields);
}

/** A commit that creates a record without fields at a path of any bytes. */
export function commitAt(...path: readonly Piece[]): Uint8Array {
  const cid = b.cidOf(EMPTY);
  const op = b.map([["cid", b.link(cid)], ["path", textOf(...path)], ["action", b.text("create")]]);
  return b.commit([op], b.car(cid, [b.section(cid, EMPTY)]));
}
