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
import { type MessageList, Messages } from "../atproto/bytes/messages.ts";
import { spanText } from "../atproto/bytes/span.ts";
import { type CommitFrame, decodeFrame, type Frame } from "../atproto/frame.ts";
import type { FrameDecoder } from "../atproto/frame_decoder.ts";
import type { Rejected } from "../atproto/rejected.ts";
import { RecordDelete, RecordWrite, type RepoOp } from "../atproto/repo_op.ts";
import type { CompiledTypes } from "../events/compiled.ts";
import { type EventBuffer, EventBuffers } from "../events/event_buffer.ts";
import type { Filter } from "../filter/filter.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import { type KnownCollection, Tables } from "./compile.ts";
import { EncodedWrite } from "./encoded_write.ts";
import { slotFor } from "./event_slots.ts";
import {
  bytes as memory,
  configure,
  CREATE,
  decode,
  DECODED,
  DELETE,
  DONE,
  encode,
  ENCODED,
  F_DELETES,
  F_DID,
  F_FIRST_OP,
  F_HANDLE,
  F_IS_SKIPPED,
  F_LENGTH,
  F_OP_COUNT,
  F_OPERATIONS,
  F_OTHER_COLLECTION,
  F_START,
  F_STATE,
  F_UNKNOWN,
  F_WRITES,
  FRAME_ROW,
  FRAMES,
  HANDLE_BYTES,
  HANDLES,
  INPUT,
  INPUT_BYTES,
  keep,
  O_BLOCK,
  O_CID,
  O_COLLECTION,
  O_IS_SKIPPED,
  O_KIND,
  O_PATH,
  O_STATE,
  OP_ROW,
  OPS,
  opsEnd,
  OUT,
  outEnd,
  UNUSUAL,
  wordAt,
  words,
  WRITTEN,
} from "./memory.ts";
import { type Chunk, UsualCommit } from "./usual_commit.ts";
import { WrittenBatch, WrittenRecord } from "./written_batch.ts";

/** So many frames are handled together: more gain nothing, and their events would not fit a buffer. */
const CHUNK_FRAMES = 128;
/** How often a chunk is decoded again because it has collections that the core did not know. */
const MOST_PASSES = 4;
const CID_BYTES = 36;
const NULL = new TextEncoder().encode("null");
const QUOTE = 0x22;

/** Whose chunk is in the memory. */
let owner: Plane | null = null;

/** Decodes what one stream receives, and writes its events. */
export class Plane implements FrameDecoder {
  readonly #filter: Filter;
  #types: CompiledTypes;
  #tables: Tables | null = null;
  readonly #buffers = new EventBuffers();
  /** What is written into while no slot is free; null: nothing yet. */
  #buffer: EventBuffer | null = null;
  #bufferAt = 0;
  #messages = new Messages();
  /** The messages that are in the memory, from the place `#first` on. */
  #chunk: Chunk = { isCurrent: false };
  #first = 0;
  #count = 0;
  /** The frames before have events, which are in the batch. */
  #encodedTo = 0;
  #batch: WrittenBatch | null = null;

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

  begin(messages: MessageList): void {
    this.#messages = Messages.of(messages);
    this.#first = this.#count = 0;
    this.#chunk.isCurrent = false;
  }

  frame(place: number): Frame | Rejected {
    if (place >= this.#messages.length) throw new RangeError(`There is no message at place ${place}`);
    if (place >= this.#first + this.#count || !this.#chunk.isCurrent) this.#load(place);
    else this.#refresh();
    const row = FRAMES + (place - this.#first) * FRAME_ROW;
    if (wordAt(row + F_STATE) !== UNUSUAL) return new UsualCommit(this.#messages, place, this.#chunk, row);
    return decodeFrame(this.#messages.at(place) ?? new Uint8Array());
  }

  /**
   * How many operations of a commit are wanted, if {@linkcode recordAt} has the events of all of them; else -1. The filter
   * counts what it leaves out. `receivedMs` is when it was received, in milliseconds since 1970.
   */
  events(frame: CommitFrame, receivedMs: number): number {
    const row = this.#encoded(frame, receivedMs);
    if (row === null || wordAt(row + F_STATE) !== WRITTEN) return -1;
    this.#report(row);
    return wordAt(row + F_OP_COUNT);
  }

  /** The event of an operation of the commit asked about last; null where it is not in the sample. */
  recordAt(frame: CommitFrame, place: number): ProducerRecord | null {
    const batch = this.#batch;
    if (!(frame instanceof UsualCommit) || batch === null) throw new TypeError("The commit has no events");
    const op = firstOpOf(frame.row) + place * OP_ROW;
    if (wordAt(op + O_IS_SKIPPED) !== 0) return null;
    return new WrittenRecord(envelopeOf(this.#collectionOf(op)), batch, op - OPS);
  }

  /** The wanted operations of a commit; null where all of it is for the other way. The filter counts what it leaves out. */
  read(frame: CommitFrame, receivedMs: number): readonly RepoOp[] | null {
    const row = this.#encoded(frame, receivedMs);
    if (row === null) return null;
    this.#report(row);
    const found: RepoOp[] = [];
    const last = opsEndOf(row);
    for (let op = firstOpOf(row); op < last; op += OP_ROW) {
      if (wordAt(op + O_IS_SKIPPED) === 0) found.push(this.#opOf(frame, wordAt(row + F_START), op));
    }
    return this.#filter.takePosts(found);
  }

  /** The row of a commit whose operations are encoded as far as they can be; null where it is for the other way. */
  #encoded(frame: CommitFrame, receivedMs: number): number | null {
    if (!(frame instanceof UsualCommit) || frame.chunk !== this.#chunk || !this.#chunk.isCurrent) return null;
    this.#refresh();
    const { row } = frame;
    const place = (row - FRAMES) / FRAME_ROW;
    if (place >= this.#encodedTo) this.#encode(place, receivedMs);
    return wordAt(row + F_STATE) < ENCODED || wordAt(row + F_IS_SKIPPED) !== 0 ? null : row;
  }

  #report(row: number): void {
    let sampledOut = 0;
    if (this.#filter.takesSample) {
      const last = opsEndOf(row);
      for (let op = firstOpOf(row); op < last; op += OP_ROW) sampledOut += wordAt(op + O_IS_SKIPPED);
    }
    this.#filter.count(
      wordAt(row + F_OPERATIONS),
      wordAt(row + F_OTHER_COLLECTION),
      wordAt(row + F_WRITES),
      wordAt(row + F_DELETES),
      sampledOut,
    );
  }

  #opOf(frame: CommitFrame, start: number, op: number): RepoOp {
    const collection = this.#collectionOf(op);
    const { name } = collection;
    const span = (field: number) => ({ start: wordAt(op + field) - start, end: wordAt(op + field + 4) - start });
    const path = span(O_PATH);
    const kind = wordAt(op + O_KIND);
    if (kind === DELETE) {
      return new RecordDelete(frame, name, path, wordAt(op + O_BLOCK) === 0 ? null : span(O_BLOCK));
    }
    const action = kind === CREATE ? "create" : "update";
    const cidStart = wordAt(op + O_CID) - start;
    const cid = { start: cidStart, end: cidStart + CID_BYTES };
    const block = span(O_BLOCK);
    if (wordAt(op + O_STATE) !== DONE || this.#batch === null) {
      return new RecordWrite(action, frame, name, path, cid, block);
    }
    const envelope = envelopeOf(collection);
    return new EncodedWrite(action, frame, name, path, cid, block, envelope, this.#batch, op - OPS);
  }

  #collectionOf(op: number): KnownCollection {
    const collection = this.#tables?.collectionAt(wordAt(op + O_COLLECTION));
    if (collection === undefined) throw new TypeError("An operation has no collection");
    return collection;
  }

  /** Decodes the chunk once more where the types have changed. */
  #refresh(): void {
    if (this.#tables !== null) return;
    this.#configure();
    this.#decode();
  }

  /** Takes messages from a place on. */
  #load(place: number): void {
    if (owner !== this) this.#own();
    this.#chunk.isCurrent = false;
    this.#chunk = { isCurrent: true };
    this.#copyIn(place);
    if (this.#tables === null) this.#configure();
    this.#decode();
  }

  /** Takes the memory from whose it was. */
  #own(): void {
    if (owner !== null) owner.#chunk.isCurrent = false;
    owner = this;
    this.#tables = null;
  }

  #copyIn(place: number): void {
    this.#first = place;
    this.#count = 0;
    const messages = this.#messages;
    const inputEnd = INPUT + INPUT_BYTES;
    let at = INPUT;
    let buffer: Uint8Array | undefined;
    /** What is to be copied of it, and where to: its messages lie one behind the other. */
    let from = 0;
    let to = 0;
    let target = 0;
    for (; this.#count < CHUNK_FRAMES; this.#count++) {
      const next = place + this.#count;
      if (next >= messages.length) break;
      const start = messages.startOf(next);
      const end = messages.endOf(next);
      const other = messages.bufferOf(next);
      if (other !== buffer || start < to) {
        if (buffer !== undefined) memory.set(buffer.subarray(from, to), target);
        at += to - from;
        buffer = other;
        from = to = start;
        target = at;
      }
      const fits = end - from <= inputEnd - target;
      if (!fits && this.#count > 0) break;
      const row = FRAMES + this.#count * FRAME_ROW;
      // What is larger than all of the room is left to the other way, as a message of nothing is.
      words[(row + F_START) >>> 2] = target + start - from;
      words[(row + F_LENGTH) >>> 2] = fits ? end - start : 0;
      if (fits) to = end;
    }
    if (buffer !== undefined) memory.set(buffer.subarray(from, to), target);
  }

  #configure(): void {
    const filter = this.#filter;
    const tables = new Tables(this.#types);
    this.#tables = tables;
    const { names } = filter.collections;
    let hasAll = names !== null;
    for (const name of names ?? []) hasAll = tables.add(name, true) && hasAll;
    // Where the table has no room for all of them, what it lacks may be wanted.
    const others = hasAll ? tables.unwanted : 0;
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
    const { collections } = this.#filter;
    if (collections.names !== null) return false;
    let learned = false;
    for (let row = FRAMES; row < FRAMES + this.#count * FRAME_ROW; row += FRAME_ROW) {
      const start = wordAt(row + F_UNKNOWN);
      if (start === 0) continue;
      const name = spanText(memory, { start, end: wordAt(row + F_UNKNOWN + 4) });
      learned = (this.#tables?.add(name, collections.wants(name)) ?? false) || learned;
    }
    return learned;
  }

  /** Writes the events from a place of the chunk on, of the frames that are wanted. */
  #encode(from: number, receivedMs: number): void {
    this.#mark(from);
    encode(from, this.#count);
    this.#encodedTo = this.#count;
    const length = outEnd() - OUT;
    const slot = slotFor(opsEnd() - OPS + length);
    const place = slot?.placeFor(0) ?? null;
    if (slot !== null && place !== null) {
      slot.writtenTo(keep(place, receivedMs));
      this.#batch = WrittenBatch.inSlot(this.#types, slot, place);
      return;
    }
    const buffer = this.#bufferFor(length);
    buffer.bytes.set(memory.subarray(OUT, OUT + length), this.#bufferAt);
    const rows = memory.buffer.slice(OPS, opsEnd());
    this.#batch = WrittenBatch.copied(this.#types, rows, buffer, this.#bufferAt, receivedMs);
    this.#bufferAt += length;
  }

  /** A buffer with room for so many bytes behind the place where it was written to. */
  #bufferFor(bytes: number): EventBuffer {
    const buffer = this.#buffer;
    if (buffer !== null && buffer.bytes.length - this.#bufferAt >= bytes) return buffer;
    buffer?.release();
    this.#bufferAt = 0;
    return this.#buffer = this.#buffers.take(bytes);
  }

  /** Marks what is not wanted, so that nothing is written of it. */
  #mark(from: number): void {
    const filter = this.#filter;
    const { handles } = this.#types;
    if (!filter.choosesAccounts && !filter.takesSample && handles === null) return;
    for (let row = FRAMES + from * FRAME_ROW; row < FRAMES + this.#count * FRAME_ROW; row += FRAME_ROW) {
      if (wordAt(row + F_STATE) < DECODED) continue;
      const did = { start: wordAt(row + F_DID), end: wordAt(row + F_DID + 4) };
      const isWanted = filter.dropsAccount(memory, did) === null;
      words[(row + F_IS_SKIPPED) >>> 2] = isWanted ? 0 : 1;
      // Nobody is asked about an account that nobody wants.
      if (handles !== null && isWanted) writeHandle(row, handles.handleOf(memory, did));
      if (!filter.takesSample) continue;
      const last = opsEndOf(row);
      for (let op = firstOpOf(row); op < last; op += OP_ROW) {
        const path = { start: wordAt(op + O_PATH), end: wordAt(op + O_PATH + 4) };
        const isIn = filter.isSampled(memory, did, path, this.#collectionOf(op).name);
        words[(op + O_IS_SKIPPED) >>> 2] = isIn ? 0 : 1;
      }
    }
  }
}

/** Lays the handle of a frame's account where the core finds it, as JSON. */
function writeHandle(row: number, handle: Uint8Array | null): void {
  let at = HANDLES + (row - FRAMES) / FRAME_ROW * HANDLE_BYTES;
  words[(row + F_HANDLE) >>> 2] = at;
  if (handle === null) {
    memory.set(NULL, at);
    at += NULL.length;
  } else {
    memory[at] = QUOTE;
    memory.set(handle, at + 1);
    at += handle.length + 1;
    memory[at++] = QUOTE;
  }
  words[(row + F_HANDLE + 4) >>> 2] = at;
}

/** Where the rows of a frame's operations begin. */
function firstOpOf(row: number): number {
  return OPS + wordAt(row + F_FIRST_OP) * OP_ROW;
}

/** Where they end. */
function opsEndOf(row: number): number {
  return firstOpOf(row) + wordAt(row + F_OP_COUNT) * OP_ROW;
}

function envelopeOf({ name, compiled }: KnownCollection) {
  if (compiled === null) throw new TypeError(`Records of ${name} have no event`);
  return compiled.envelope;
}
