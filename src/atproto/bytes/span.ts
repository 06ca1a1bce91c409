/**
 * Where something stands in a buffer. What is read from a message is passed on as ranges of its bytes: a range costs a
 * tenth of a view, and nothing is copied or decoded before somebody asks for it.
 *
 * @module
 */

/** A range of a buffer: from `start` up to, and without, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A range of nothing. */
export const NOWHERE: Span = { start: 0, end: 0 };

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text in a range; what is no UTF-8 becomes U+FFFD. */
export function spanText(bytes: Uint8Array, { start, end }: Span): string {
  return utf8.decode(bytes.subarray(start, end));
}

/** Whether two ranges of one buffer hold the same bytes. Compares from the end, where identifiers differ. */
export function sameSpans(bytes: Uint8Array, a: Span, b: Span): boolean {
  const length = a.end - a.start;
  if (length !== b.end - b.start) return false;
  for (let i = length - 1; i >= 0; i--) if (bytes[a.start + i] !== bytes[b.start + i]) return false;
  return true;
}

/**
 * A fingerprint of 53 bits of the bytes in two ranges, with a slash between them; of what is in fact never the same it is
 * never the same.
 */
export function pairFingerprint(bytes: Uint8Array, first: Span, second: Span): number {
  let high = 0x811c9dc5 | 0;
  let low = 0x2f0b4a27 | 0;
  for (let at = first.start; at < first.end; at++) {
    const byte = bytes[at] ?? 0;
    high = Math.imul(high ^ byte, 0x01000193);
    low = Math.imul(low ^ byte, 0x5bd1e995);
  }
  high = Math.imul(high ^ SLASH, 0x01000193);
  low = Math.imul(low ^ SLASH, 0x5bd1e995);
  for (let at = second.start; at < second.end; at++) {
    const byte = bytes[at] ?? 0;
    high = Math.imul(high ^ byte, 0x01000193);
    low = Math.imul(low ^ byte, 0x5bd1e995);
  }
  return (high >>> 0) * 2 ** 21 + (low >>> 11);
}

const SLASH = 0x2f;

/**
 * Copies the bytes of two ranges, with a slash between them, to `at` of `target`, if they are no more than `room`; returns
 * how many they are. The ranges are numbers, as this is done for each message.
 */
export function copyPair(
  bytes: Uint8Array,
  first: number,
  firstEnd: number,
  second: number,
  secondEnd: number,
  target: Uint8Array,
  at: number,
  room: number,
): number {
  const length = firstEnd - first + 1 + secondEnd - second;
  if (length > room) return length;
  for (let i = first; i < firstEnd; i++) target[at++] = bytes[i] ?? 0;
  target[at++] = SLASH;
  for (let i = second; i < secondEnd; i++) target[at++] = bytes[i] ?? 0;
  return length;
}

/**
 * The fingerprint of a text of two parts with a slash between them.
 *
 * @example The same as that of the parts where they stand in a message
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = new TextEncoder().encode("rev did");
 * assertEquals(pairFingerprint(bytes, { start: 4, end: 7 }, { start: 0, end: 3 }), textFingerprint("did/rev"));
 * ```
 */
export function textFingerprint(text: string): number {
  const bytes = new TextEncoder().encode(text);
  const slash = bytes.indexOf(SLASH);
  const end = slash < 0 ? bytes.length : slash;
  return pairFingerprint(bytes, { start: 0, end }, { start: Math.min(end + 1, bytes.length), end: bytes.length });
}
