/**
 * What a stage of the bench is told, and what all of them work with.
 *
 * @module
 */
import { EventEncoder } from "../src/events/encoder.ts";
import type { RecordDefinition } from "../src/events/definition.ts";
import { PLAIN_LAYOUT, type RecordLayout } from "../src/events/record_layout.ts";
import { RECORD_TYPES } from "../src/events/registry.ts";
import { NO_MORE } from "../src/events/verdict.ts";
import { decodeFrame } from "../src/atproto/frame.ts";
import { RecordWrite } from "../src/atproto/repo_op.ts";
import { rulesOf } from "../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../src/filter/filter.ts";
import { readRecording } from "../src/upstream/recording.ts";
import { EventMaker } from "../src/pipeline/event_maker.ts";
import type { HandleSource } from "../src/events/handle_source.ts";
import type { ProducerRecord } from "../src/record/producer_record.ts";

/** What a stage works on. */
export interface StageInput {
  /** A recording of the frames. */
  readonly file: string;
  /** Frames before the measurement begins, so that what is measured is a program that has been running. */
  readonly warm: number;
  /** Frames that are measured. */
  readonly frames: number;
  /** A firehose that serves so many; empty where there is none. */
  readonly url: string;
  /** A broker, and a topic of its own for this run; null where there is none. */
  readonly kafka: { readonly brokers: string; readonly topic: string } | null;
  /** How many accounts the frames are of. */
  readonly accounts: number;
  /** Collections that are wanted. */
  readonly collections: readonly string[];
}

/** CloudEvents `source` of what is produced. */
export const SOURCE = "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos";
/** Frames in memory: as many as stay in the processor's cache, as frames that have just arrived do. */
export const FRAMES_IN_MEMORY = 500;

/** The first so many frames of a recording. */
export async function load(file: string, frames: number): Promise<Uint8Array[]> {
  const loaded: Uint8Array[] = [];
  for await (const { bytes } of readRecording(file)) if (loaded.push(bytes) === frames) break;
  return loaded;
}

/** The wanted records of a frame. */
export function recordsOf(bytes: Uint8Array, filter: Filter): readonly RecordWrite[] {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit") return [];
  return filter.read(frame).filter((each) => each instanceof RecordWrite);
}

/** Makes finished events of frames, for a topic. */
export function finisher(filter: Filter, topic = ""): (bytes: Uint8Array) => ProducerRecord[] {
  const encoder = encoderOf(RECORD_TYPES, topic);
  return (bytes) => finish(recordsOf(bytes, filter), encoder);
}

/** Makes events of these types, for a topic. */
export function encoderOf(types: readonly RecordDefinition[], topic: string): EventEncoder {
  return new EventEncoder({
    types,
    source: SOURCE,
    layout: layoutOf(topic),
    sampledRate: () => null,
    more: NO_MORE,
    handles: null,
  });
}

/** Makes events of the records of these collections, for a topic, as stream does it. */
export function makerOf(
  collections: readonly string[],
  topic: string,
  handles: HandleSource | null = null,
): EventMaker {
  const selection = { collections: rulesOf(collections), ...UNFILTERED };
  return new EventMaker(
    { selection, layout: layoutOf(topic), wholeRecords: false, usualVerdict: null, handles },
    SOURCE,
  );
}

/** As stream has it by default. */
function layoutOf(topic: string): RecordLayout {
  return { ...PLAIN_LAYOUT, topicOf: () => topic, time: "event" };
}

function finish(records: readonly RecordWrite[], encoder: EventEncoder): ProducerRecord[] {
  const finished: ProducerRecord[] = [];
  for (const record of records) {
    const encoded = encoder.encode(record, Date.now());
    if (!("kind" in encoded)) finished.push(encoded);
  }
  return finished;
}

/** Finds the records of these collections. */
export function wanting(collections: readonly string[]): Filter {
  return new Filter({ collections: rulesOf(collections), ...UNFILTERED });
}

/** The broker of a stage that cannot do without. */
export function brokerOf({ kafka }: StageInput): { readonly brokers: string; readonly topic: string } {
  if (kafka === null) throw new TypeError("Cannot run this stage: it needs a broker");
  return kafka;
}
