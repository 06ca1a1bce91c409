/**
 * The usual commits of a batch by the core: from messages to finished events in its memory, some 128 at a time. Of
 * whatever is not usual it gives nothing, and the way of src/atproto and src/events decides; for usual ones both give the
 * same, byte for byte, which tests/plane/ holds.
 *
 * A frame is decoded when it is asked for, with those after it. Events are written when the first of them is asked for, as
 * what is wanted, and the source in them, may change between frames.
 *
 * @module
 */
import { spanText } from "../atproto/bytes/span.ts";
import { CommitFrame, decodeFrame, type Frame, type FrameDecoder } from "../atproto/frame.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { CompiledTypes } from "../events/compiled.ts";
import { EventBuffers } from "../events/event_buffer.ts";
import type { Filter } from "../filter/filter.ts";
import { Tables } from "./compile.ts";
import { EncodedWrite } from "./encoded_write.ts";
import {
  bytes as memory,
  configure,
  decode,
  DECODED,
  encode,
  ENCODED,
  F_BLOCKS,
  F_DELETES,
  F_DID,
  F_FINGERPRINT,
  F_FIRST_OP,
  F_IS_SKIPPED,
  F_LENGTH,
  F_OP_COUNT,
  F_OPERATIONS,
  F_OPS,
  F_OTHER_COLLECTION,
  F_REV,
  F_SEQ,
  F_START,
  F_STATE,
  F_TIME,
  F_TIME_MS,
  F_UNKNOWN,
  F_WRITES,
  floats,
  FRAME_ROW,
  FRAMES,
  INPUT,
  INPUT_BYTES,
  O_BLOCK,
  O_CID,
  O_COLLECTION,
  O_DID,
  O_HEADERS,
  O_IS_SKIPPED,
  O_IS_UPDATE,
  O_KEY,
  O_PATH,
  O_VALUE,
  OP_ROW,
  OPS,
  OUT,
  outEnd,
  wordAt,
  words,
} from "./memory.ts";

/** So many frames are handled together: more gain nothing, and their events would not fit a buffer. */
const CHUNK_FRAMES = 128;
/** How often a chunk is decoded again because it has collections that the core did not know. */
const MOST_PASSES = 4;
const CID_BYTES = 36;

/** A commit that the core has decoded. Its row is good while the chunk is the plane's. */
class UsualCommit extends CommitFrame {
  readonly chunk: object;
  readonly row: number;
  readonly #fingerprint: number;

  constructor(bytes: Uint8Array, chunk: object, row: number) {
    const start = wordAt(row + F_START);
    const span = (field: number) => ({ start: wordAt(row + field) - start, end: wordAt(row + field + 4) - start });
    const spans = { did: span(F_DID), rev: span(F_REV), time: span(F_TIME), blocks: span(F_BLOCKS), ops: span(F_OPS) };
    super(floats[(row + F_SEQ) >>> 3] ?? 0, bytes, spans, floats[(row + F_TIME_MS) >>> 3]);
    this.chunk = chunk;
    this.row = row;
    this.#fingerprint = floats[(row + F_FINGERPRINT) >>> 3] ?? 0;
  }

  override get fingerprint(): number {
    return this.#fingerprint;
  }
}

/** Whose chunk is in the memory. */
let owner: Plane | null = null;

/** Decodes what one stream receives, and writes its events. */
export class Plane implements FrameDecoder {
  readonly #filter: Filter;
  #types: CompiledTypes;
  #tables: Tables | null = null;
  readonly #buffers = new EventBuffers();
  #buffer = this.#buffers.take(0);
  #bufferAt = 0;
  /** Where the events that were written last begin in the buffer, less where they begin in the memory. */
  #shift = 0;
  #messages: readonly Uint8Array[] = [];
  /** Identifies the messages that are in the memory, from the place `#first` on. */
  #chunk = {};
  #first = 0;
  #count = 0;
  /** The frames from here on have no events yet. */
  #encodedTo = 0;

  /** Takes what the filter wants, as events of these types. */
  constructor(filter: Filter, types: CompiledTypes) {
    this.#filter = filter;
    this.#types = types;
  }

  /** Writes events of other types, or of another source, from now on. */
  set types(types: CompiledTypes) {
    this.#types = types;
    this.#tables = null;
  }

  begin(messages: readonly Uint8Array[]): void {
    this.#messages = messages;
    this.#first = this.#count = 0;
  }

  frame(place: number): Frame | Rejected {
    const bytes = this.#messages[place];
    if (bytes === undefined) throw new RangeError(`There is no message at place ${place}`);
    if (place >= this.#first + this.#count) this.#load(place);
    else this.#claim();
    const row = FRAMES + (place - this.#first) * FRAME_ROW;
    return wordAt(row + F_STATE) === DECODED || wordAt(row + F_STATE) === ENCODED
      ? new UsualCommit(bytes, this.#chunk, row)
      : decodeFrame(bytes);
  }

  /**
   * The wanted records of a commit, each with its event; null where the commit is for the other way. The filter counts
   * what it leaves out.
   */
  read(frame: CommitFrame): readonly EncodedWrite[] | null {
    if (!(frame instanceof UsualCommit) || frame.chunk !== this.#chunk) return null;
    this.#claim();
    const { row } = frame;
    const place = (row - FRAMES) / FRAME_ROW;
    if (place >= this.#encodedTo) this.#encode(place);
    if (wordAt(row + F_STATE) !== ENCODED || wordAt(row + F_IS_SKIPPED) !== 0) return null;
    const ops = wordAt(row + F_OP_COUNT);
    const writes: EncodedWrite[] = [];
    const first = OPS + wordAt(row + F_FIRST_OP) * OP_ROW;
    let sampledOut = 0;
    for (let op = first; op < first + ops * OP_ROW; op += OP_ROW) {
      if (wordAt(op + O_IS_SKIPPED) !== 0) sampledOut++;
      else writes.push(this.#writeOf(frame, op));
    }
    this.#filter.count({
      operations: wordAt(row + F_OPERATIONS),
      collection: wordAt(row + F_OTHER_COLLECTION),
      write: wordAt(row + F_WRITES),
      delete: wordAt(row + F_DELETES),
      sampledOut,
    });
    return this.#filter.takePosts(writes);
  }

  #writeOf(frame: UsualCommit, op: number): EncodedWrite {
    const start = wordAt(frame.row + F_START);
    const collection = this.#tables?.collectionAt(wordAt(op + O_COLLECTION));
    if (collection === undefined || collection.compiled === null) throw new TypeError("An operation has no event type");
    const cid = wordAt(op + O_CID) - start;
    const shift = this.#shift;
    return new EncodedWrite(
      wordAt(op + O_IS_UPDATE) === 0 ? "create" : "update",
      frame,
      collection.name,
      { start: wordAt(op + O_PATH) - start, end: wordAt(op + O_PATH + 4) - start },
      { start: cid, end: cid + CID_BYTES },
      { start: wordAt(op + O_BLOCK) - start, end: wordAt(op + O_BLOCK + 4) - start },
      {
        types: this.#types,
        envelope: collection.compiled.envelope,
        buffer: this.#buffer,
        places: {
          start: wordAt(op + O_KEY) + shift,
          headers: wordAt(op + O_HEADERS) + shift,
          value: wordAt(op + O_VALUE) + shift,
          didStart: wordAt(op + O_DID) + shift,
          didEnd: wordAt(op + O_DID + 4) + shift,
          end: wordAt(op + O_VALUE + 4) + shift,
        },
      },
    );
  }

  /** Makes sure that the memory holds this plane's chunk, decoded for its types. */
  #claim(): void {
    if (owner === this && this.#tables !== null) return;
    if (owner !== this) this.#copyIn(this.#first);
    this.#configure();
    this.#decode();
  }

  /** Takes messages from a place on. */
  #load(place: number): void {
    this.#copyIn(place);
    if (this.#tables === null) this.#configure();
    this.#decode();
  }

  #copyIn(place: number): void {
    if (owner !== this) this.#tables = null;
    owner = this;
    this.#chunk = {};
    this.#first = place;
    this.#count = 0;
    let at = INPUT;
    for (; this.#count < CHUNK_FRAMES; this.#count++) {
      const message = this.#messages[place + this.#count];
      if (message === undefined) break;
      const fits = message.length <= INPUT + INPUT_BYTES - at;
      if (!fits && this.#count > 0) break;
      const row = FRAMES + this.#count * FRAME_ROW;
      // What is larger than all of the room is left to the other way, as a message of nothing is.
      const length = fits ? message.length : 0;
      words[(row + F_START) >>> 2] = at;
      words[(row + F_LENGTH) >>> 2] = length;
      if (fits) memory.set(message, at);
      at += length;
    }
  }

  #configure(): void {
    const filter = this.#filter;
    const tables = new Tables(this.#types);
    this.#tables = tables;
    const { names } = filter.collections;
    for (const name of names ?? []) tables.add(name, true);
    const others = names === null ? 0 : tables.unwanted;
    configure(tables.table, others, filter.takesKind("records"), filter.takesKind("deletes"));
  }

  #decode(): void {
    this.#encodedTo = 0;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      decode(this.#count);
      if (!this.#learn()) break;
    }
  }

  /** Adds the collections that stopped frames; whether there were any. */
  #learn(): boolean {
    if (this.#filter.collections.names !== null) return false;
    let learned = false;
    for (let row = FRAMES; row < FRAMES + this.#count * FRAME_ROW; row += FRAME_ROW) {
      const start = wordAt(row + F_UNKNOWN);
      if (start === 0) continue;
      const name = spanText(memory, { start, end: wordAt(row + F_UNKNOWN + 4) });
      learned = (this.#tables?.add(name, this.#filter.collections.wants(name)) ?? false) || learned;
    }
    return learned;
  }

  /** Writes the events from a place of the chunk on, of the frames that are wanted. */
  #encode(from: number): void {
    this.#mark(from);
    encode(from, this.#count);
    this.#encodedTo = this.#count;
    const length = outEnd() - OUT;
    if (this.#buffer.bytes.length - this.#bufferAt < length) {
      this.#buffer.release();
      this.#buffer = this.#buffers.take(length);
      this.#bufferAt = 0;
    }
    this.#buffer.bytes.set(memory.subarray(OUT, OUT + length), this.#bufferAt);
    this.#shift = this.#bufferAt - OUT;
    this.#bufferAt += length;
  }

  /** Marks what is not wanted, so that nothing is written of it. */
  #mark(from: number): void {
    const filter = this.#filter;
    if (!filter.choosesAccounts && !filter.takesSample) return;
    for (let row = FRAMES + from * FRAME_ROW; row < FRAMES + this.#count * FRAME_ROW; row += FRAME_ROW) {
      if (wordAt(row + F_STATE) !== DECODED) continue;
      const did = { start: wordAt(row + F_DID), end: wordAt(row + F_DID + 4) };
      words[(row + F_IS_SKIPPED) >>> 2] = filter.dropsAccount(memory, did) === null ? 0 : 1;
      if (!filter.takesSample) continue;
      const first = OPS + wordAt(row + F_FIRST_OP) * OP_ROW;
      for (let op = first; op < first + wordAt(row + F_OP_COUNT) * OP_ROW; op += OP_ROW) {
        const path = { start: wordAt(op + O_PATH), end: wordAt(op + O_PATH + 4) };
        const name = this.#tables?.collectionAt(wordAt(op + O_COLLECTION))?.name ?? "";
        words[(op + O_IS_SKIPPED) >>> 2] = filter.isSampled(memory, did, path, name) ? 0 : 1;
      }
    }
  }
}
