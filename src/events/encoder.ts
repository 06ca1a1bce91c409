/**
 * A record to the bytes of its event, in structured or in binary content mode.
 *
 * @module
 */
import { encodeTextHeaders } from "../record/headers.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { RecordBlock, RecordOp } from "../atproto/commit.ts";
import { OutRecord } from "../record/out_record.ts";
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
  readonly #fast: FastEncoder;

  /** `source` is the firehose URL without its query. */
  constructor(types: readonly RecordDefinition[], source: string, mode: ContentMode) {
    this.#types = new Map(types.map((definition) => [definition.collection, definition]));
    this.#source = source;
    this.#mode = mode;
    this.#fast = new FastEncoder(types, source, mode);
  }

  /**
   * The finished event of a record, or why there is none. `receivedMs` (since 1970) stands in for a time that the commit
   * does not have.
   *
   * @throws {TypeError} if no type has the record's collection, which a filter must not let through
   */
  encode(block: RecordBlock, receivedMs: number): OutRecord | Rejected {
    return this.#fast.encode(block) ?? this.encodeGeneric(block, receivedMs);
  }

  /** The same by the generic path, which records of an unusual form take. */
  encodeGeneric(block: RecordBlock, receivedMs: number): OutRecord | Rejected {
    const definition = this.#types.get(block.collection);
    if (definition === undefined) throw new TypeError(`Cannot encode a record: no type has ${block.collection}`);
    const op = block.decode();
    if (op.kind === "rejected") return op;
    const event = toEvent(definition, op, this.#source, new Date(receivedMs).toISOString());
    return encodeEvent(event, op, this.#mode);
  }
}

/** Encodes the event of `op`; the key is the DID. */
export function encodeEvent(event: BlueskyEvent, op: RecordOp, mode: ContentMode): OutRecord {
  return OutRecord.of({
    key: utf8.encode(op.did),
    value: utf8.encode(JSON.stringify(mode === "binary" ? event.data : event)),
    headers: mode === "binary" ? encodeTextHeaders(binaryHeaders(event)) : null,
    uri: op.uri,
    type: event.type,
  });
}
