/**
 * The stages that work on frames in memory.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import type { RecordWrite } from "../src/atproto/repo_op.ts";
import type { RecordDefinition } from "../src/events/definition.ts";
import { RECORD_TYPES } from "../src/events/registry.ts";
import { RECORD } from "../src/events/types/record.ts";
import type { EventMaker } from "../src/pipeline/event_maker.ts";
import { type Figures, measurePasses } from "./measure.ts";
import {
  encoderOf,
  finisher,
  FRAMES_IN_MEMORY,
  load,
  makerOf,
  recordsOf,
  type StageInput,
  wanting,
} from "./stage_input.ts";

/** Frames to the records that are wanted, their hashes checked. */
export function decode(input: StageInput): Promise<Figures> {
  const commits = wanting(input.collections);
  return overMemory(input, (bytes) => void recordsOf(bytes, commits));
}

/** Frames to finished events, as stream makes them. */
export function map(input: StageInput): Promise<Figures> {
  return overBatches(input, input.collections);
}

/** The same by the way of unusual frames alone. */
export function mapUnusual(input: StageInput): Promise<Figures> {
  const commits = wanting(input.collections);
  return overMemory(input, finisher(commits));
}

/** The same frames, none of whose records is wanted. */
export function unwanted(input: StageInput): Promise<Figures> {
  return overBatches(input, ["app.bsky.graph.listitem"]);
}

async function overBatches(input: StageInput, collections: readonly string[]): Promise<Figures> {
  return await passesOf(makerOf(collections, ""), await framesWithRecords(input), input);
}

/** Frames to finished events by a maker, a batch at a time. */
export async function passesOf(maker: EventMaker, frames: Uint8Array[], input: StageInput): Promise<Figures> {
  return await measurePasses(frames, input, (all) => {
    maker.decoder.begin(all);
    const nowMs = Date.now();
    for (let place = 0; place < all.length; place++) {
      const frame = maker.decoder.frame(place);
      if (frame.kind !== "commit") continue;
      const events = maker.events(frame, nowMs);
      for (let i = 0; i < events; i++) maker.recordAt(frame, i)?.release();
      if (events >= 0) continue;
      for (const op of maker.read(frame, nowMs)) {
        if (op.kind === "rejected") continue;
        const record = maker.encode(op, nowMs);
        if (!("kind" in record)) record.release();
      }
    }
  });
}

/** Records to events of their types; a "frame" of the figures is a byte that is written. */
export function typed(input: StageInput): Promise<Figures> {
  return encodedBytes(input, RECORD_TYPES);
}

/** The same records to events with the whole record and no other field of it, in the same measure. */
export function wholeRecords(input: StageInput): Promise<Figures> {
  return encodedBytes(input, [RECORD]);
}

async function encodedBytes(input: StageInput, types: readonly RecordDefinition[]): Promise<Figures> {
  const commits = wanting(input.collections);
  const records = (await framesWithRecords(input)).flatMap((bytes) => recordsOf(bytes, commits));
  const encoder = encoderOf(types, "");
  let written = 0;
  const encode = (all: readonly RecordWrite[]) => {
    written = 0;
    for (const record of all) {
      const encoded = encoder.encode(record, 0);
      if (!("kind" in encoded)) written += encoded.value?.length ?? 0;
    }
  };
  const figures = await measurePasses(records, input, encode);
  return { ...figures, frames: figures.frames / records.length * written };
}

/** The same frames by the official library, which parses and does no more. */
export async function atprotoSync(input: StageInput): Promise<Figures> {
  const commits = (await framesWithRecords(input))
    .map((bytes) => [...decodeAll(bytes)][1] as unknown as Parameters<typeof parseCommitUnauthenticated>[0]);
  return await measurePasses(commits, input, async (all) => {
    for (const commit of all) await parseCommitUnauthenticated(commit);
  });
}

async function overMemory(input: StageInput, handle: (bytes: Uint8Array) => void): Promise<Figures> {
  const frames = await framesWithRecords(input);
  return await measurePasses(frames, input, (all) => {
    for (const bytes of all) handle(bytes);
  });
}

/** Frames each of which has a record that is wanted. */
export async function framesWithRecords({ file, collections }: StageInput): Promise<Uint8Array[]> {
  const commits = wanting(collections);
  const frames = (await load(file, Infinity)).filter((bytes) => recordsOf(bytes, commits).length > 0);
  return frames.slice(0, FRAMES_IN_MEMORY).map((bytes) => bytes.slice());
}
