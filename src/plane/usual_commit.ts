/**
 * A commit that the core has decoded: what is asked of it is read from its row, while that is there.
 *
 * @module
 */
import { CommitFrame, type CommitSpans, decodeFrame } from "../atproto/frame.ts";
import type { Span } from "../atproto/bytes/span.ts";
import {
  bytes as memory,
  F_BLOCKS,
  F_DID,
  F_FINGERPRINT,
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

const SLASH = 0x2f;

/** A commit with a row. */
export class UsualCommit extends CommitFrame {
  readonly chunk: Chunk;
  readonly row: number;
  #spans: CommitSpans | null = null;

  constructor(bytes: Uint8Array, chunk: Chunk, row: number) {
    super(floats[(row + F_SEQ) >>> 3] ?? 0, bytes);
    this.chunk = chunk;
    this.row = row;
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
    const did = wordAt(this.row + F_DID);
    const didEnd = wordAt(this.row + F_DID + 4);
    const rev = wordAt(this.row + F_REV);
    const revEnd = wordAt(this.row + F_REV + 4);
    const length = didEnd - did + 1 + revEnd - rev;
    if (length > room) return length;
    for (let i = did; i < didEnd; i++) target[at++] = memory[i] ?? 0;
    target[at++] = SLASH;
    for (let i = rev; i < revEnd; i++) target[at++] = memory[i] ?? 0;
    return length;
  }
}

function spansOf(bytes: Uint8Array): CommitSpans {
  const frame = decodeFrame(bytes);
  if (frame.kind !== "commit") throw new TypeError("Cannot read a commit: its message is gone");
  return frame.spans;
}
