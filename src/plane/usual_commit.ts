/**
 * A commit that the core has decoded: what is asked of it is read from its row, while that is there.
 *
 * @module
 */
import { CommitFrame, type CommitSpans, decodeFrame } from "../atproto/frame.ts";
import type { Messages } from "../atproto/bytes/messages.ts";
import { copyPair, type Span } from "../atproto/bytes/span.ts";
import {
  bytes as memory,
  F_BLOCKS,
  F_DID,
  F_FINGERPRINT,
  F_LENGTH,
  F_OPS,
  F_REV,
  F_REVISION_MS,
  F_SEQ,
  F_START,
  F_TIME,
  F_TIME_MS,
  floats,
  wordAt,
} from "./memory.ts";

/** The messages whose rows are in the memory; a newer one takes the place of an older one. */
export interface Chunk {
  isCurrent: boolean;
}

/** A commit with a row. */
export class UsualCommit extends CommitFrame {
  readonly chunk: Chunk;
  readonly row: number;
  readonly #messages: Messages;
  readonly #place: number;
  #bytes: Uint8Array | null = null;
  #spans: CommitSpans | null = null;

  /** The message at `place` of some; `row` is of FRAMES. */
  constructor(messages: Messages, place: number, chunk: Chunk, row: number) {
    super(floats[(row + F_SEQ) >>> 3] ?? 0);
    this.#messages = messages;
    this.#place = place;
    this.chunk = chunk;
    this.row = row;
  }

  /** @throws {TypeError} once the messages are freed */
  override get bytes(): Uint8Array {
    this.#bytes ??= this.#messages.at(this.#place) ?? null;
    if (this.#bytes === null) throw new TypeError("Cannot read a commit: its message is gone");
    return this.#bytes;
  }

  override get size(): number {
    return this.chunk.isCurrent ? wordAt(this.row + F_LENGTH) : this.bytes.length;
  }

  override get spans(): CommitSpans {
    return this.#spans ??= this.chunk.isCurrent ? this.#spansOfRow() : spansOf(this.bytes);
  }

  #spansOfRow(): CommitSpans {
    const start = wordAt(this.row + F_START);
    const span = (field: number): Span => ({
      start: wordAt(this.row + field) - start,
      end: wordAt(this.row + field + 4) - start,
    });
    return { did: span(F_DID), rev: span(F_REV), time: span(F_TIME), blocks: span(F_BLOCKS), ops: span(F_OPS) };
  }

  override get fingerprint(): number {
    return this.chunk.isCurrent ? floats[(this.row + F_FINGERPRINT) >>> 3] ?? 0 : super.fingerprint;
  }

  override get utcMs(): number | null {
    return this.chunk.isCurrent ? floats[(this.row + F_TIME_MS) >>> 3] ?? 0 : super.utcMs;
  }

  override get revisionMs(): number {
    return this.chunk.isCurrent ? floats[(this.row + F_REVISION_MS) >>> 3] ?? NaN : super.revisionMs;
  }

  override copyId(target: Uint8Array, at: number, room: number): number {
    if (!this.chunk.isCurrent) return super.copyId(target, at, room);
    const { row } = this;
    const did = row + F_DID;
    const rev = row + F_REV;
    return copyPair(memory, wordAt(did), wordAt(did + 4), wordAt(rev), wordAt(rev + 4), target, at, room);
  }
}

function spansOf(bytes: Uint8Array): CommitSpans {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit") throw new TypeError("Cannot read a commit: its message is gone");
  return frame.spans;
}
