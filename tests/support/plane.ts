/**
 * The core against the way of src/atproto, src/filter and src/events, on the same messages.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type CommitFrame, decodeFrame, type Frame } from "../../src/atproto/frame.ts";
import type { Rejected } from "../../src/atproto/rejected.ts";
import type { RepoOp } from "../../src/atproto/repo_op.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { NO_MORE } from "../../src/events/verdict.ts";
import { Filter } from "../../src/filter/filter.ts";
import { EventMaker, type EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { encodeRecords } from "../../src/kafka/protocol/record_batch.ts";
import { CoreRecords } from "../../src/plane/core_records.ts";
import { EncodedWrite } from "../../src/plane/encoded_write.ts";
import { encodeTextHeaders } from "../../src/record/headers.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import { SOURCE } from "./events.ts";

const RECEIVED_MS = Date.UTC(2026, 6, 1);
const SENT_MS = RECEIVED_MS + 5;
const HEADERS = encodeTextHeaders([["content-type", "application/json"]]);
const utf8 = new TextDecoder();

/** What the core took. */
export interface Taken {
  commits: number;
  usual: number;
  events: number;
  byCore: number;
}

/** Makes events by the core, and the same ones by the generic path alone. */
export class BothWays {
  readonly #maker: EventMaker;
  readonly #filter: Filter;
  readonly #options: EventMakerOptions;
  #encoder: EventEncoder;
  /** What was made of the messages that are compared. */
  #records: ProducerRecord[] = [];
  readonly taken: Taken = { commits: 0, usual: 0, events: 0, byCore: 0 };
  /** Records that the core wrote together, as they stand in a batch for Kafka. */
  batched = 0;

  constructor(options: EventMakerOptions) {
    this.#options = options;
    this.#maker = new EventMaker(options, SOURCE);
    this.#filter = new Filter(options.selection);
    this.#encoder = this.#encoderOf(SOURCE);
  }

  #encoderOf(source: string): EventEncoder {
    const { wholeRecords, layout, handles } = this.#options;
    const types = wholeRecords ? WHOLE_RECORD_TYPES : RECORD_TYPES;
    return new EventEncoder({
      types,
      source,
      layout,
      sampledRate: (each) => this.#filter.sampledRate(each),
      handles,
      more: NO_MORE,
    });
  }

  set source(source: string) {
    this.#maker.source = source;
    this.#encoder = this.#encoderOf(source);
  }

  /** Makes the events of a message as the producer does; nothing is compared or counted. This can be timed. */
  make(message: Uint8Array): void {
    const { counts } = this.#maker.filter;
    const { filtered, ...others } = structuredClone(counts);
    this.#maker.decoder.begin([message]);
    const frame = this.#maker.decoder.frame(0);
    if (frame.kind === "commit") this.#makeEvents(frame);
    Object.assign(counts, others);
    Object.assign(counts.filtered, filtered);
  }

  #makeEvents(frame: CommitFrame): void {
    const events = this.#maker.events(frame, RECEIVED_MS);
    for (let place = 0; place < events; place++) this.#maker.recordAt(frame, place)?.release();
    if (events >= 0) return;
    for (const op of this.#maker.read(frame, RECEIVED_MS)) {
      const record = op.kind === "rejected" ? op : this.#maker.encode(op, RECEIVED_MS);
      if (!("kind" in record)) record.release();
    }
  }

  /** Fails unless both make the same of messages that came together. Between frames `between` may change something. */
  compare(messages: readonly Uint8Array[], between: (place: number) => void = () => {}): void {
    this.#maker.decoder.begin(messages);
    for (const [place, bytes] of messages.entries()) {
      between(place);
      const frame = this.#maker.decoder.frame(place);
      const other = decodeFrame(bytes);
      assertSame(fieldsOf(frame), fieldsOf(other));
      if (frame.kind !== "commit" || other.kind !== "commit") continue;
      this.taken.commits++;
      const takes = [this.#maker.filter.takes(frame), this.#filter.takes(other)];
      assertEquals(takes[0], takes[1]);
      if (takes[0] === true) this.#compareCommits(frame, other);
      assertSame(this.#maker.filter.counts, this.#filter.counts);
    }
    this.#compareBatch();
  }

  /** What goes to Kafka of all the records together. */
  #compareBatch(): void {
    const records = this.#records.splice(0);
    const written = new CoreRecords().write(records, HEADERS, SENT_MS);
    if (written !== null) {
      assertSameBytes(written.bytes, encodeRecords(records, HEADERS, SENT_MS));
      this.batched += records.length;
    }
    for (const record of records) record.release();
  }

  #compareCommits(frame: CommitFrame, other: CommitFrame): void {
    const wanted = this.#filter.read(other);
    const events = this.#maker.events(frame, RECEIVED_MS);
    if (events >= 0) return this.#compareEvents(frame, events, wanted);
    const found = this.#maker.read(frame, RECEIVED_MS);
    const [first] = found;
    if (first === undefined || first instanceof EncodedWrite) this.taken.usual++;
    assertEquals(found.length, wanted.length);
    found.forEach((op, i) => {
      const expected = wanted[i];
      if (expected === undefined || op.kind === "rejected" || expected.kind === "rejected") {
        return assertSame(op, expected);
      }
      const record = this.#maker.encode(op, RECEIVED_MS);
      assertSame(partsOf(record), partsOf(this.#generic(expected)));
      this.taken.events++;
      if (op instanceof EncodedWrite) this.taken.byCore++;
      if (!("kind" in record)) this.#records.push(record);
    });
  }

  /** A commit all of whose events the core has written. */
  #compareEvents(frame: CommitFrame, count: number, wanted: readonly (RepoOp | Rejected)[]): void {
    const records = Array.from({ length: count }, (_, place) => this.#maker.recordAt(frame, place))
      .filter((record) => record !== null);
    assertEquals(records.length, wanted.length);
    records.forEach((record, i) => {
      const expected = wanted[i];
      if (expected === undefined || expected.kind === "rejected") throw new Error(JSON.stringify(expected));
      assertSame(partsOf(record), partsOf(this.#generic(expected)));
      assertEquals(record.seq, frame.seq);
      this.#records.push(record);
    });
    this.taken.usual++;
    this.taken.events += records.length;
    this.taken.byCore += records.length;
  }

  #generic(op: RepoOp): ProducerRecord | Rejected {
    return op.kind === "delete" ? this.#encoder.encode(op, RECEIVED_MS) : this.#encoder.encodeGeneric(op, RECEIVED_MS);
  }
}

/** Fails unless both are the same bytes, and says where they differ. */
function assertSameBytes(found: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, i) => found[i] !== byte);
  assertEquals([found.length, at], [expected.length, -1]);
}

/** Fails unless both have the same JSON. The difference is looked for only then, as that takes longer. */
function assertSame(found: unknown, expected: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  assertEquals(found, expected);
  throw new Error(`${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
}

/** What there is of a frame, with texts where it has places. */
function fieldsOf(frame: Frame | Rejected): unknown {
  if (frame.kind !== "commit") return frame;
  const { kind, seq, spans, did, rev, time, fingerprint, revisionMs } = frame;
  return { kind, seq, spans, did, rev, time, fingerprint, revisionMs };
}

function partsOf(record: ProducerRecord | Rejected): unknown {
  if ("kind" in record) return record;
  const { key, partitionKey, value, headers, topic, type, uri, timestampMs, isTombstone } = record;
  return {
    value: utf8.decode(value),
    key: utf8.decode(key),
    partitionKey: utf8.decode(partitionKey),
    headers: headers && utf8.decode(headers),
    rest: [topic, type, uri, timestampMs, isTombstone],
  };
}
