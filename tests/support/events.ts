/**
 * Events for tests: made by the producer's own stages from recorded messages and from the simulator's.
 *
 * @module
 */
import { type BlueskyEvent, toEvent } from "../../src/events/envelope.ts";
import type { RecordDefinition } from "../../src/events/definition.ts";
import type { EncoderOptions } from "../../src/events/compiled.ts";
import type { HandleSource } from "../../src/events/handle_source.ts";
import type { EventPlace } from "../../src/events/cloudevent.ts";
import { type ContentMode, PLAIN_LAYOUT, type RecordLayout } from "../../src/events/record_layout.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";
import { type CommitFrame, decodeFrame } from "../../src/atproto/frame.ts";
import { NO_MORE } from "../../src/events/verdict.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { createWorld } from "../../src/simulator/world.ts";
import { RECORDED, recorded } from "./messages.ts";

/** Takes every record of the six collections. */
export const ALL_RECORDS = new Filter({
  collections: rulesOf(COLLECTIONS),
  ...UNFILTERED,
});

/** Takes every record. */
const EVERY_RECORD = new Filter({ collections: rulesOf(["*"]), ...UNFILTERED });

/** The `source` of the events made here. */
export const SOURCE = "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos";

/** An encoder of lines, of which nothing is sampled. */
export function encoderOptions(types: readonly RecordDefinition[], mode: ContentMode, source = SOURCE): EncoderOptions {
  return { types, source, layout: layoutOf(mode), sampledRate: () => null, more: NO_MORE, handles: null };
}

/** Handles of two accounts in three, of every length; of the third none is known. */
export const SOME_HANDLES: HandleSource = {
  handleOf(bytes, { start, end }) {
    let sum = 0;
    for (let at = start; at < end; at++) sum += bytes[at] ?? 0;
    const length = 3 + sum % 251;
    return sum % 3 === 0 ? null : new TextEncoder().encode(`${"a".repeat(length - 2)}.b`);
  },
};

/** The layout of records of one topic. */
export function layoutOf(mode: ContentMode, topic = ""): RecordLayout {
  return { ...PLAIN_LAYOUT, mode, topicOf: () => topic };
}

/** The place of an event about a record with this AT-URI. */
export function placeOf(uri: string): EventPlace {
  return { uri, key: uri, kind: "records", collection: "app.bsky.feed.post" };
}

/** An event, and the record it was made from. */
export interface MadeEvent {
  readonly event: BlueskyEvent;
  readonly op: RecordWrite;
}

/** The events of a message; a record that cannot be used is an error. */
export function eventsOf(bytes: Uint8Array): MadeEvent[] {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit") return [];
  return ALL_RECORDS.read(frame).map((op) => {
    const decoded = op instanceof RecordWrite ? op.decode() : op;
    if (!(op instanceof RecordWrite) || decoded.kind !== "record") throw new Error(JSON.stringify(decoded));
    const definition = RECORD_TYPES.find(({ collection }) => collection === op.collection);
    if (definition === undefined) throw new Error(op.collection);
    return { event: toEvent(definition, op, decoded.record, SOURCE, "2026-01-01T00:00:00Z", null, null), op };
  });
}

/** The records of a message that can be used. */
export function blocksOf(bytes: Uint8Array): RecordWrite[] {
  const frame = decodeFrame(bytes);
  return frame.kind === "commit" ? EVERY_RECORD.read(frame).filter((each) => each instanceof RecordWrite) : [];
}

/** The only record of a frame. */
export function blockOf(frame: CommitFrame): RecordWrite {
  const [block] = EVERY_RECORD.read(frame);
  if (!(block instanceof RecordWrite)) throw new Error(`No record: ${JSON.stringify(block)}`);
  return block;
}

/** The records of all recorded messages. */
export async function recordedBlocks(): Promise<RecordWrite[]> {
  const blocks: RecordWrite[] = [];
  for (const file of RECORDED) for (const bytes of await recorded(file)) blocks.push(...blocksOf(bytes));
  return blocks;
}

/** The events of all recorded messages. */
export async function recordedEvents(): Promise<MadeEvent[]> {
  const events: MadeEvent[] = [];
  for (const file of RECORDED) for (const bytes of await recorded(file)) events.push(...eventsOf(bytes));
  return events;
}

/** The events of so many messages of the simulator. */
export async function simulatedEvents(messages: number): Promise<MadeEvent[]> {
  const world = await createWorld({
    seed: 5,
    accounts: 20,
    firstSeq: 31_500_000_000,
    startMs: 1_767_225_600_000,
    stepMs: 5,
    // Small commits cost less, and have the same records.
    pastRecords: 40,
  });
  const events: MadeEvent[] = [];
  for (let i = 0; i < messages; i++) events.push(...eventsOf((await world.next()).bytes));
  return events;
}
