/**
 * Timestamp identifiers as numbers: 13 characters of base32-sortable are 53 bits of microseconds and 10 bits of clock.
 * They are kept as two words of 32 bits, the high one first.
 *
 * @module
 */
import { BASE32_SORTABLE, digitsOf, NO_DIGIT } from "./base32.ts";
import type { Span } from "./bytes/span.ts";

const TID_CHARACTERS = 13;
const VALUES = digitsOf(BASE32_SORTABLE);

/**
 * Reads the TID in a range of a message into two words of `words` from `at` on; false if it is none.
 *
 * @example There and back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = new TextEncoder().encode("3lzzzzzzzzz2a");
 * const words = new Uint32Array(2);
 * assertEquals([readTid(bytes, { start: 0, end: 13 }, words, 0), tidText(words, 0)], [true, "3lzzzzzzzzz2a"]);
 * ```
 */
export function readTid(bytes: Uint8Array, { start, end }: Span, words: Uint32Array, at: number): boolean {
  if (end - start !== TID_CHARACTERS) return false;
  let high = 0;
  let all = 0;
  for (let i = start; i < start + 6; i++) {
    const value = VALUES[bytes[i] ?? 0] ?? NO_DIGIT;
    all |= value;
    high = (high << 5) | value;
  }
  // The 13 characters have 65 bits, of which the first must be 0.
  if ((VALUES[bytes[start] ?? 0] ?? NO_DIGIT) > 15) return false;
  const middle = VALUES[bytes[start + 6] ?? 0] ?? NO_DIGIT;
  let low = middle;
  all |= middle;
  for (let i = start + 7; i < end; i++) {
    const value = VALUES[bytes[i] ?? 0] ?? NO_DIGIT;
    all |= value;
    low = (low << 5) | value;
  }
  if (all > 31) return false;
  words[at] = (high << 3) | (middle >> 2);
  words[at + 1] = low;
  return true;
}

/** The last two characters are a clock's number, those before it microseconds. */
const TIME_CHARACTERS = 11;

/** The time in a timestamp identifier, in milliseconds since 1970; NaN where the range holds none. */
export function tidTimeMs(bytes: Uint8Array, { start, end }: Span): number {
  if (end - start !== TID_CHARACTERS) return NaN;
  let micros = 0;
  for (let at = start; at < start + TIME_CHARACTERS; at++) {
    const value = VALUES[bytes[at] ?? 0] ?? NO_DIGIT;
    if (value === NO_DIGIT) return NaN;
    micros = micros * 32 + value;
  }
  return micros / 1000;
}

/** The text of a TID. */
export function tidText(words: Uint32Array, at: number): string {
  const high = words[at] ?? 0;
  const low = words[at + 1] ?? 0;
  let text = "";
  for (let shift = 28; shift >= 3; shift -= 5) text += BASE32_SORTABLE.charAt((high >>> shift) & 31);
  text += BASE32_SORTABLE.charAt(((high & 7) << 2) | (low >>> 30));
  for (let shift = 25; shift >= 0; shift -= 5) text += BASE32_SORTABLE.charAt((low >>> shift) & 31);
  return text;
}

/** The time that a TID states, in milliseconds since 1970. */
export function tidMs(words: Uint32Array, at: number): number {
  return ((words[at] ?? 0) * 2 ** 22 + ((words[at + 1] ?? 0) >>> 10)) / 1000;
}

/** Whether the TID at `a` of `words` is before (negative), the same as (0) or after (positive) that at `b` of `others`. */
export function compareTids(words: Uint32Array, a: number, others: Uint32Array, b: number): number {
  return (words[a] ?? 0) - (others[b] ?? 0) || (words[a + 1] ?? 0) - (others[b + 1] ?? 0);
}
