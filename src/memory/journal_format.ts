/**
 * A memory as a file: a line of JSON that says whose it is, and blocks. A block of the base has entries as they stood when
 * they were written; a block of the log has changes in their order, each with the sequence number of its message, and says
 * which part of which relay's stream it covers. The base is written while the memory changes, so it holds only together
 * with the log up to the place that ends it. All numbers are little-endian; each block has a checksum.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** What a block holds. */
export type BlockKind = "base" | "whole" | "log";

/** The part of a relay's stream that a block of the log covers: after `from`, up to `reached`. */
export interface Extent {
  readonly host: string;
  readonly from: number;
  readonly reached: number;
}

/** One block. `whole` ends the base: with all before, the file has everything up to `reached`. */
export interface Block extends Extent {
  readonly kind: BlockKind;
  /** Entries; in a log each is preceded by two words of its number, the high one first. */
  readonly words: Uint32Array;
}

/** Where a block stands in the file. */
export interface PlacedBlock extends Block {
  readonly start: number;
  readonly end: number;
}

/** Words before each entry of a log. */
export const SEQ_WORDS = 2;

const KINDS: readonly BlockKind[] = ["base", "whole", "log"];
const MAGIC = 0x314d4642;
const HEAD_BYTES = 40;
/** What is longer is no block of ours. */
const MOST_BLOCK_BYTES = 268_435_456;
const LONGEST_LINE = 4096;
const NEWLINE = 0x0a;

/** The first line of a file: what is kept, how, and whose it is. */
export function journalHead(what: string, entryWords: number, owner: string): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ memory: what, version: 1, entryWords, owner })}\n`);
}

/** A block as bytes. */
export function encodeBlock({ kind, host, from, reached, words }: Block): Uint8Array {
  const hostBytes = new TextEncoder().encode(host);
  const bytes = new Uint8Array(HEAD_BYTES + hostBytes.length + words.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, KINDS.indexOf(kind), true);
  view.setUint32(12, hostBytes.length, true);
  view.setUint32(16, words.byteLength, true);
  view.setFloat64(24, from, true);
  view.setFloat64(32, reached, true);
  bytes.set(hostBytes, HEAD_BYTES);
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), HEAD_BYTES + hostBytes.length);
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** Reads bytes in their order: `length` of them, which hold until the next call, or null where there are no more. */
export type ReadBytes = (length: number) => Promise<Uint8Array | null>;

/** Whether the file begins with this line. */
export async function hasHead(read: ReadBytes, head: Uint8Array): Promise<boolean> {
  if (head.length > LONGEST_LINE) return false;
  const line = await read(head.length);
  return line !== null && line.every((byte, i) => byte === head[i]) && line.at(-1) === NEWLINE;
}

/** The blocks from `start` on, up to the first that is not whole or not valid. */
export async function* readBlocks(read: ReadBytes, start: number): AsyncGenerator<PlacedBlock> {
  for (let at = start;;) {
    const head = (await read(HEAD_BYTES))?.slice();
    if (head === undefined) return;
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const [hostBytes, wordBytes] = [view.getUint32(12, true), view.getUint32(16, true)];
    const kind = KINDS[view.getUint32(8, true)];
    if (view.getUint32(0, true) !== MAGIC || kind === undefined || wordBytes % 4 !== 0) return;
    if (hostBytes + wordBytes > MOST_BLOCK_BYTES) return;
    const body = await read(hostBytes + wordBytes);
    if (body === null || crc32(body, crc32(head.subarray(8))) !== view.getUint32(4, true)) return;
    // A copy, as words must be aligned.
    const words = new Uint32Array(body.slice(hostBytes).buffer);
    const host = new TextDecoder().decode(body.subarray(0, hostBytes));
    const end = at + HEAD_BYTES + body.length;
    yield { kind, host, from: view.getFloat64(24, true), reached: view.getFloat64(32, true), words, start: at, end };
    at = end;
  }
}

/** The number of the log entry that begins at `at`. */
export function seqAt(words: Uint32Array, at: number): number {
  return (words[at] ?? 0) * 2 ** 32 + (words[at + 1] ?? 0);
}
