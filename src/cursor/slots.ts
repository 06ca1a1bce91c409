/**
 * A text in a file that is written in place: in records at multiples of 4,096 bytes, each with a counter and a checksum,
 * written alternately to two halves of the file, so that a write that is cut off leaves the record before it. The text
 * may be of any length and form. A file without records is the text itself, as it stands where files are replaced.
 *
 * A record is `\x1e{"slot":COUNTER,"bytes":LENGTH,"by":WRITER,"crc32":HEX}\n`, the text, and spaces up to the next
 * multiple; `jq --seq` reads it.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** What a file holds, and which of its bytes must stay for that. */
export interface Stored {
  readonly text: Uint8Array;
  /** 0 where the file is the text itself, else 1 and up. */
  readonly counter: number;
  /** Who wrote it; empty where the file is the text itself. */
  readonly by: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes to write at a place, after which the file holds `stored`. */
export interface SlotWrite {
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly stored: Stored;
}

const ALIGNMENT = 4096;
const LONGEST_HEADER = 1024;
/** RS begins a text of a JSON text sequence (RFC 7464); no text of JSON holds it. */
const MARK = 0x1e;
const SPACE = 0x20;
const NEWLINE = 0x0a;

/** The newest record that is whole; without one, what stands before the first record or the first zero byte. */
export function readStored(bytes: Uint8Array): Stored {
  let newest: Stored | null = null;
  for (let start = 0; start < bytes.length; start += ALIGNMENT) {
    const record = readRecord(bytes, start);
    if (record !== null && record.counter > (newest?.counter ?? 0)) newest = record;
  }
  if (newest !== null) return newest;
  const end = bytes.findIndex((byte) => byte === MARK || byte === 0);
  const text = end < 0 ? bytes : bytes.subarray(0, end);
  return { text, counter: 0, by: "", start: 0, end: text.length };
}

/**
 * The write that leaves `text` in a file that holds `stored`, without touching a block of what it holds.
 *
 * @example The two halves take turns
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const text = new TextEncoder().encode('{"cursor":2}');
 * const first = nextWrite(readStored(new TextEncoder().encode('{"cursor":1}')), text, "me");
 * const second = nextWrite(first.stored, text, "me");
 * assertEquals([first.at, second.at, nextWrite(second.stored, text, "me").at], [4096, 0, 4096]);
 * ```
 */
export function nextWrite(stored: Stored, text: Uint8Array, by: string): SlotWrite {
  const counter = stored.counter + 1;
  const header = JSON.stringify({ slot: counter, bytes: text.length, by, crc32: checksum(counter, by, text) });
  const head = new TextEncoder().encode(`${String.fromCharCode(MARK)}${header}\n`);
  const bytes = new Uint8Array(aligned(head.length + text.length)).fill(SPACE);
  bytes.set(head);
  bytes.set(text, head.length);
  const at = bytes.length <= stored.start ? 0 : aligned(stored.end);
  return { at, bytes, stored: { text, counter, by, start: at, end: at + bytes.length } };
}

function readRecord(bytes: Uint8Array, start: number): Stored | null {
  if (bytes[start] !== MARK) return null;
  const line = bytes.subarray(start + 1, start + LONGEST_HEADER);
  const length = line.indexOf(NEWLINE);
  const header = length < 0 ? null : readHeader(new TextDecoder().decode(line.subarray(0, length)));
  if (header === null) return null;
  const { counter, by } = header;
  const from = start + 1 + length + 1;
  const text = bytes.subarray(from, from + header.length);
  if (text.length !== header.length || checksum(counter, by, text) !== header.crc32) return null;
  return { text, counter, by, start, end: aligned(from + header.length) };
}

interface Header {
  readonly counter: number;
  readonly length: number;
  readonly by: string;
  readonly crc32: string;
}

function readHeader(text: string): Header | null {
  try {
    const { slot: counter, bytes: length, by, crc32 } = JSON.parse(text);
    if (!Number.isSafeInteger(counter) || counter < 1 || !Number.isSafeInteger(length) || length < 0) return null;
    return typeof by === "string" && typeof crc32 === "string" ? { counter, length, by, crc32 } : null;
  } catch {
    return null;
  }
}

function checksum(counter: number, by: string, text: Uint8Array): string {
  return crc32(text, crc32(JSON.stringify([counter, by]))).toString(16).padStart(8, "0");
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
