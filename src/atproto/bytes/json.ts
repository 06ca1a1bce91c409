/**
 * Pieces of JSON written as UTF-8 bytes, without strings in between.
 *
 * @module
 */
import { sequenceLength } from "./utf8.ts";

/** The most bytes that one byte of a text takes: a control character becomes `\u00XX`. */
export const MAX_ESCAPED_BYTES = 6;
/** A shorter run costs less copied byte by byte than the view on it that a bulk copy needs. */
const BULK_BYTES = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DIGIT_0 = 0x30;
const HEX = new TextEncoder().encode("0123456789abcdef");
const BASE64 = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

/** How each byte of a text is written: one of the three below, or the letter that follows the backslash. */
const KINDS = new Uint8Array(256);
/** As it is. */
const PLAIN = 0;
/** As `\u00XX`. */
const UNICODE = 1;
/** As it is, with the other bytes of its character. */
const NOT_ASCII = 2;
KINDS.fill(UNICODE, 0, 0x20);
KINDS.fill(NOT_ASCII, 0x80);
for (const [code, letter] of [[8, "b"], [9, "t"], [10, "n"], [12, "f"], [13, "r"], [QUOTE, '"'], [BACKSLASH, "\\"]]) {
  KINDS[Number(code)] = String(letter).charCodeAt(0);
}

/**
 * Writes UTF-8 from `start` to `end` of `source` as a JSON string at `at` of `target`, as `JSON.stringify` writes it.
 * Returns where it ends, or -1 if the source is not UTF-8. There must be room for {@linkcode MAX_ESCAPED_BYTES} a byte and
 * two quotes.
 *
 * @example A text with a line break
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const source = new TextEncoder().encode("a\nb");
 * const target = new Uint8Array(20);
 * const end = writeJsonText(target, 0, source, 0, source.length);
 * assertEquals(new TextDecoder().decode(target.subarray(0, end)), '"a\\nb"');
 * ```
 */
export function writeJsonText(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  target[at++] = QUOTE;
  const isLong = end - start >= BULK_BYTES;
  for (let i = start; i < end;) {
    const runEnd = isLong ? plainEnd(source, i, end) : i;
    if (runEnd > i) {
      at = copy(target, at, source, i, runEnd);
      i = runEnd;
      continue;
    }
    const code = source[i++] ?? 0;
    const kind = KINDS[code] ?? 0;
    if (kind === PLAIN) {
      target[at++] = code;
    } else if (kind === NOT_ASCII) {
      const length = sequenceLength(source, i - 1, end);
      if (length === 0) return -1;
      target[at++] = code;
      for (const last = i + length - 1; i < last;) target[at++] = source[i++] ?? 0;
    } else {
      at = writeEscape(target, at, code, kind);
    }
  }
  target[at++] = QUOTE;
  return at;
}

function plainEnd(source: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && KINDS[source[at] ?? 0] === PLAIN) at++;
  return at;
}

function copy(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  if (end - start >= BULK_BYTES) {
    target.set(source.subarray(start, end), at);
    return at + end - start;
  }
  for (let i = start; i < end; i++) target[at++] = source[i] ?? 0;
  return at;
}

function writeEscape(target: Uint8Array, at: number, code: number, kind: number): number {
  target[at++] = BACKSLASH;
  if (kind !== UNICODE) {
    target[at++] = kind;
    return at;
  }
  target[at++] = 0x75;
  target[at++] = DIGIT_0;
  target[at++] = DIGIT_0;
  target[at++] = HEX[code >> 4] ?? 0;
  target[at++] = HEX[code & 15] ?? 0;
  return at;
}

/** Writes a whole number from 0 to 2^53 - 1 at `at` of `target`; returns where it ends. */
export function writeInteger(target: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let power = 10; power <= value; power *= 10) end++;
  let left = value;
  for (let i = end - 1; i >= at; i--) {
    const rest = Math.floor(left / 10);
    target[i] = DIGIT_0 + (left - rest * 10);
    left = rest;
  }
  return end;
}

/** Writes bytes as base64 without padding at `at` of `target`; returns where it ends. */
export function writeBase64(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  let i = start;
  for (; i + 2 < end; i += 3) {
    const three = (source[i] ?? 0) << 16 | (source[i + 1] ?? 0) << 8 | (source[i + 2] ?? 0);
    target[at++] = BASE64[three >> 18] ?? 0;
    target[at++] = BASE64[(three >> 12) & 63] ?? 0;
    target[at++] = BASE64[(three >> 6) & 63] ?? 0;
    target[at++] = BASE64[three & 63] ?? 0;
  }
  if (i === end) return at;
  const two = (source[i] ?? 0) << 8 | (i + 1 < end ? source[i + 1] ?? 0 : 0);
  target[at++] = BASE64[two >> 10] ?? 0;
  target[at++] = BASE64[(two >> 4) & 63] ?? 0;
  if (i + 1 < end) target[at++] = BASE64[(two << 2) & 63] ?? 0;
  return at;
}
