/**
 * Events that the core has written together, and their records.
 *
 * @module
 */
import type { CompiledTypes } from "../events/compiled.ts";
import type { Envelope } from "../events/framing.ts";
import { recordTimeMs } from "../events/record_layout.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import type { EventSlot } from "./event_slots.ts";
import {
  floats as memoryFloats,
  O_DID,
  O_HEADERS,
  O_KEY,
  O_SEQ,
  O_TIME_MS,
  O_VALUE,
  OUT,
  R_KEY_IS_URI,
  R_SENT,
  words as memoryWords,
} from "./memory.ts";

/** What holds the memory of events until all of them have ended. */
export interface Holder {
  readonly bytes: Uint8Array;
  hold(): void;
  release(): void;
}

/** Rows of operations, and how to read them. */
export interface Rows {
  /** Where they stand in the core's memory; null where they were copied out of it. */
  readonly at: number | null;
  readonly words: Uint32Array;
  readonly floats: Float64Array;
  /** What is to be added to an address in a row to have the place in the holder's bytes. */
  readonly shift: number;
  /** When their messages were received, in milliseconds since 1970; Infinity where the core has looked at that. */
  readonly receivedMs: number;
}

/** Rows of operations, and what their events stand in: a slot of the core's memory, or a buffer of its own. */
export class WrittenBatch {
  readonly types: CompiledTypes;
  readonly holder: Holder;
  /** How the core is to write records of it: the flags of RECORDS. */
  readonly flags: number;
  readonly #rows: Rows;
  /** What is to be added to the place of a row among those of OPS. */
  readonly #base: number;

  constructor(types: CompiledTypes, holder: Holder, rows: Rows) {
    this.types = types;
    this.holder = holder;
    this.flags = (types.layout.key === "uri" ? R_KEY_IS_URI : 0) | (types.layout.time === "send" ? R_SENT : 0);
    this.#rows = rows;
    this.#base = rows.at ?? 0;
  }

  /** Rows that the core has moved to `rowsAt` of a slot, their events behind them. */
  static inSlot(types: CompiledTypes, slot: EventSlot, rowsAt: number): WrittenBatch {
    const receivedMs = Infinity;
    return new WrittenBatch(types, slot, {
      at: rowsAt,
      words: memoryWords,
      floats: memoryFloats,
      shift: 0,
      receivedMs,
    });
  }

  /**
   * A copy of the rows of OPS, and the events of OUT from `at` on in a buffer. `receivedMs` is when their messages were
   * received, in milliseconds since 1970.
   */
  static copied(
    types: CompiledTypes,
    rows: ArrayBuffer,
    buffer: Holder,
    at: number,
    receivedMs: number,
  ): WrittenBatch {
    const [words, floats] = [new Uint32Array(rows), new Float64Array(rows)];
    return new WrittenBatch(types, buffer, { at: null, words, floats, shift: at - OUT, receivedMs });
  }

  /** Where the rows stand in the core's memory; null where they were copied out of it. */
  get rowsAt(): number | null {
    return this.#rows.at;
  }

  /** The place in the holder's bytes that a field of the row at `at` of OPS gives. */
  placeAt(at: number, field: number): number {
    return (this.#rows.words[(this.#base + at + field) >>> 2] ?? 0) + this.#rows.shift;
  }

  /** The number of the message that the row at `at` is of. */
  seqAt(at: number): number {
    return this.#rows.floats[(this.#base + at + O_SEQ) >>> 3] ?? 0;
  }

  /** The time of its record, in milliseconds since 1970. */
  timeMsAt(at: number): number {
    return recordTimeMs(this.#rows.floats[(this.#base + at + O_TIME_MS) >>> 3] ?? 0, this.#rows.receivedMs);
  }
}

/** A record whose places stand in the row of its operation. */
export class WrittenRecord extends ProducerRecord {
  override readonly topic: string;
  override readonly type: string;
  readonly #batch: WrittenBatch;
  readonly #at: number;

  /** The record of the row that begins at `at`. Holds the batch's buffer, until it is released. */
  constructor({ topic, type }: Envelope, batch: WrittenBatch, at: number) {
    super();
    this.topic = topic;
    this.type = type;
    this.#batch = batch;
    this.#at = at;
    batch.holder.hold();
  }

  /** Where its row stands in the core's memory; null where it does not. */
  get row(): number | null {
    const { rowsAt } = this.#batch;
    return rowsAt === null ? null : rowsAt + this.#at;
  }

  /** How the core is to write it: flags of RECORDS. */
  get flags(): number {
    return this.#batch.flags;
  }

  override get bytes(): Uint8Array {
    return this.#batch.holder.bytes;
  }

  override get keyStart(): number {
    return this.#batch.placeAt(this.#at, this.#isByUri ? O_KEY : O_DID);
  }

  override get keyEnd(): number {
    return this.#isByUri ? this.#batch.placeAt(this.#at, O_HEADERS) : this.#batch.placeAt(this.#at, O_DID + 4);
  }

  get #isByUri(): boolean {
    return this.#batch.types.layout.key === "uri";
  }

  override get partitionKeyStart(): number {
    return this.#batch.placeAt(this.#at, O_DID);
  }

  override get partitionKeyEnd(): number {
    return this.#batch.placeAt(this.#at, O_DID + 4);
  }

  override get valueStart(): number {
    return this.#batch.placeAt(this.#at, O_VALUE);
  }

  override get valueEnd(): number {
    return this.#batch.placeAt(this.#at, O_VALUE + 4);
  }

  override get headersStart(): number {
    return this.#batch.placeAt(this.#at, O_HEADERS);
  }

  override get headersEnd(): number {
    return this.#batch.placeAt(this.#at, O_VALUE);
  }

  override get timestampMs(): number | null {
    return this.#batch.types.layout.time === "event" ? this.#batch.timeMsAt(this.#at) : null;
  }

  override get seq(): number {
    return this.#batch.seqAt(this.#at);
  }

  override get uri(): string {
    return this.#batch.types.framing.uriOf(this);
  }

  override release(): void {
    this.#batch.holder.release();
  }
}
