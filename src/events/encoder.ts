/**
 * What happened to a record or an account to the bytes of its event, in structured or in binary content mode.
 *
 * @module
 */
import type { Rejected } from "../atproto/rejected.ts";
import type { RecordDelete, RecordWrite, RepoOp, RepoRecord } from "../atproto/repo_op.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import { type AboutAccount, encodeAccountEvent } from "./account_event.ts";
import { encodeEvent } from "./cloudevent.ts";
import { CompiledTypes, type EncoderOptions } from "./compiled.ts";
import { type DeleteDefinition, EVERY_OTHER, type RecordDefinition } from "./definition.ts";
import { toEvent } from "./envelope.ts";
import { FastEncoder } from "./fast_path.ts";
import { DELETE_TYPES } from "./registry.ts";
import { RECORD_DELETED } from "./types/record_deleted.ts";

/** Encodes what comes from one source. */
export class EventEncoder {
  readonly #types: ReadonlyMap<string, RecordDefinition>;
  readonly #deletes: ReadonlyMap<string, DeleteDefinition>;
  readonly #options: EncoderOptions;
  readonly #fast: FastEncoder;
  /** The types of records as it writes them. */
  readonly compiled: CompiledTypes;

  constructor(options: EncoderOptions) {
    this.#types = new Map(options.types.map((definition) => [definition.collection, definition]));
    this.#deletes = new Map(DELETE_TYPES.map((definition) => [definition.collection, definition]));
    this.#options = options;
    this.compiled = new CompiledTypes(options);
    this.#fast = new FastEncoder(this.compiled);
  }

  /**
   * The finished event of an operation, or why there is none. `receivedMs` (since 1970) stands in for a time that the
   * commit does not have.
   *
   * @throws {TypeError} if no type is for the operation: the filter must not let it through, nor is it dropped in silence
   */
  encode(op: RepoOp, receivedMs: number): ProducerRecord | Rejected {
    if (op.kind === "delete") return this.#encodeDelete(op, receivedMs);
    return this.#fast.encode(op, receivedMs) ?? this.encodeGeneric(op, receivedMs);
  }

  /** The finished event of a message about an account. */
  encodeAccount(frame: AboutAccount, receivedMs: number): ProducerRecord {
    const { source, layout, handles, more } = this.#options;
    return encodeAccountEvent(frame, source, receivedMs, layout, handles, more);
  }

  /** The same by the generic path, which records of an unusual form take. */
  encodeGeneric(op: RecordWrite, receivedMs: number): ProducerRecord | Rejected {
    const definition = this.#types.get(op.collection) ?? this.#types.get(EVERY_OTHER);
    if (definition === undefined) throw withoutType(op);
    const decoded = op.decode();
    if (decoded.kind === "rejected") return decoded;
    return this.#encode(definition, op, decoded.record, receivedMs);
  }

  /** There is no block to read, so one path is enough. */
  #encodeDelete(op: RecordDelete, receivedMs: number): ProducerRecord {
    const definition = this.#deletes.get(op.collection) ?? RECORD_DELETED;
    return this.#encode(definition, op, {}, receivedMs);
  }

  #encode(
    definition: RecordDefinition | DeleteDefinition,
    op: RepoOp,
    record: RepoRecord,
    receivedMs: number,
  ): ProducerRecord {
    const { source, layout, sampledRate, handles, more } = this.#options;
    const receivedAt = new Date(receivedMs).toISOString();
    const rate = sampledRate(op.collection);
    const event = toEvent(definition, op, record, source, receivedAt, rate, handles, more);
    const { uri, collection } = op;
    return encodeEvent({ ...event }, { uri, key: uri, kind: definition.kind, collection }, layout, receivedMs);
  }
}

function withoutType({ kind, collection }: RepoOp): TypeError {
  return new TypeError(`Cannot encode the ${kind} of a record: ${collection} has no event type for it`);
}
