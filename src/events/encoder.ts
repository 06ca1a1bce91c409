/**
 * A record to the bytes of its event, in structured or in binary content mode.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { RecordWrite, RepoOp } from "../atproto/repo_op.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import type { RecordDefinition } from "./definition.ts";
import { type BlueskyEvent, toEvent } from "./envelope.ts";
import { FastEncoder } from "./fast_path.ts";
import { binaryHeaders, type ContentMode } from "./framing.ts";

const utf8 = new TextEncoder();

/** Encodes the records of one source. */
export class EventEncoder {
  readonly #types: ReadonlyMap<string, RecordDefinition>;
  readonly #source: string;
  readonly #mode: ContentMode;
  readonly #topic: string;
  readonly #fast: FastEncoder;

  /** `source` is the firehose URL without its query. */
  constructor(types: readonly RecordDefinition[], source: string, mode: ContentMode, topic = "") {
    this.#types = new Map(types.map((definition) => [definition.collection, definition]));
    this.#source = source;
    this.#mode = mode;
    this.#topic = topic;
    this.#fast = new FastEncoder(types, source, mode, topic);
  }

  /**
   * The finished event of an operation, or why there is none. `receivedMs` (since 1970) stands in for a time that the
   * commit does not have.
   *
   * @throws {TypeError} if no type is for the operation: the filter must not let it through, nor is it dropped in silence
   */
  encode(op: RepoOp, receivedMs: number): ProducerRecord | Rejected {
    if (op.kind === "delete") throw withoutType(op);
    return this.#fast.encode(op) ?? this.encodeGeneric(op, receivedMs);
  }

  /** The same by the generic path, which records of an unusual form take. */
  encodeGeneric(op: RecordWrite, receivedMs: number): ProducerRecord | Rejected {
    const definition = this.#types.get(op.collection);
    if (definition === undefined) throw withoutType(op);
    const decoded = op.decode();
    if (decoded.kind === "rejected") return decoded;
    const event = toEvent(definition, op, decoded.record, this.#source, new Date(receivedMs).toISOString());
    return encodeEvent(event, op, this.#mode, this.#topic);
  }
}

function withoutType({ kind, collection }: RepoOp): TypeError {
  return new TypeError(`Cannot encode the ${kind} of a record: ${collection} has no event type for it`);
}

/** Encodes the event of `op`; the key is the DID. */
export function encodeEvent(event: BlueskyEvent, op: RepoOp, mode: ContentMode, topic = ""): ProducerRecord {
  return ProducerRecord.of({
    topic,
    key: utf8.encode(op.did),
    value: utf8.encode(JSON.stringify(mode === "binary" ? event.data : event)),
    headers: mode === "binary" ? encodeTextHeaders(binaryHeaders(event)) : null,
    uri: op.uri,
    type: event.type,
  });
}
