/**
 * A record to the bytes of its event, in structured or in binary content mode.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { RecordBlock, RecordOp } from "../atproto/commit.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { eventTypeOf } from "./data.ts";
import { DirectEncoder } from "./direct.ts";
import { type BlueskyEvent, toEvent } from "./envelope.ts";
import { binaryHeaders, type ContentMode } from "./framing.ts";

const utf8 = new TextEncoder();

/** Encodes the records of one source. */
export class EventEncoder {
  readonly #source: string;
  readonly #mode: ContentMode;
  readonly #topic: string;
  readonly #direct: DirectEncoder;

  /** `source` is the firehose URL without its query; the records are for `topic`. */
  constructor(source: string, mode: ContentMode, topic = "") {
    this.#source = source;
    this.#topic = topic;
    this.#mode = mode;
    this.#direct = new DirectEncoder(source, mode, topic);
  }

  /**
   * The finished event of a record, or why there is none; null for a collection that has no event type. `receivedMs`
   * (since 1970) stands in for a time that the commit does not have.
   */
  encode(block: RecordBlock, receivedMs: number): ProducerRecord | Rejected | null {
    return this.#direct.encode(block) ?? this.encodePlain(block, receivedMs);
  }

  /** The same by way of objects: what a record of an unusual shape takes. */
  encodePlain(block: RecordBlock, receivedMs: number): ProducerRecord | Rejected | null {
    const type = eventTypeOf(block.collection);
    if (type === null) return null;
    const op = block.decode();
    if (op.kind === "rejected") return op;
    const event = toEvent(type, op, this.#source, new Date(receivedMs).toISOString());
    return encodeEvent(event, op, this.#mode, this.#topic);
  }
}

/** Encodes the event of `op`; the key is the DID. */
export function encodeEvent(event: BlueskyEvent, op: RecordOp, mode: ContentMode, topic = ""): ProducerRecord {
  return ProducerRecord.of({
    topic,
    key: utf8.encode(op.did),
    value: utf8.encode(JSON.stringify(mode === "binary" ? event.data : event)),
    headers: mode === "binary" ? encodeTextHeaders(binaryHeaders(event)) : null,
    uri: op.uri,
    type: event.type,
  });
}
