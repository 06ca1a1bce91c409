/**
 * Events that the core has written together, and their records.
 *
 * @module
 */
import type { CompiledTypes } from "../events/compiled.ts";
import type { EventBuffer } from "../events/event_buffer.ts";
import type { Envelope } from "../events/framing.ts";
import { recordTimeMs } from "../events/record_layout.ts";
import { ProducerRecord } from "../record/producer_record.ts";
import { O_DID, O_HEADERS, O_KEY, O_SEQ, O_TIME_MS, O_VALUE, OUT } from "./memory.ts";

/** Rows of operations, and the buffer that their events stand in. */
export class WrittenBatch {
  readonly types: CompiledTypes;
  readonly buffer: EventBuffer;
  readonly #words: Uint32Array;
  readonly #floats: Float64Array;
  /** What is to be added to an address in the core's memory to have the place in the buffer. */
  readonly #shift: number;
  /** When what they tell of was received, in milliseconds since 1970. */
  readonly receivedMs: number;

  /** `rows` is a copy of the rows of OPS; the events, which began at OUT, stand from `at` on in the buffer. */
  constructor(types: CompiledTypes, rows: ArrayBuffer, buffer: EventBuffer, at: number, receivedMs: number) {
    this.types = types;
    this.buffer = buffer;
    this.#words = new Uint32Array(rows);
    this.#floats = new Float64Array(rows);
    this.#shift = at - OUT;
    this.receivedMs = receivedMs;
  }

  /** The place in the buffer that a field of the row at `at` gives. */
  placeAt(at: number, field: number): number {
    return (this.#words[(at + field) >>> 2] ?? 0) + this.#shift;
  }

  /** The number of the message that the row at `at` is of. */
  seqAt(at: number): number {
    return this.#floats[(at + O_SEQ) >>> 3] ?? 0;
  }

  /** Its time, in milliseconds since 1970. */
  timeMsAt(at: number): number {
    return this.#floats[(at + O_TIME_MS) >>> 3] ?? 0;
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
    batch.buffer.hold();
  }

  override get bytes(): Uint8Array {
    return this.#batch.buffer.bytes;
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
    const { types, receivedMs } = this.#batch;
    return types.layout.time === "event" ? recordTimeMs(this.#batch.timeMsAt(this.#at), receivedMs) : null;
  }

  override get seq(): number {
    return this.#batch.seqAt(this.#at);
  }

  override get uri(): string {
    return this.#batch.types.framing.uriOf(this);
  }

  override release(): void {
    this.#batch.buffer.release();
  }
}
