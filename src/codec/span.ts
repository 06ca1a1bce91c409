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

/** A fingerprint (FNV-1a, 32 bits) of the bytes in a range, for telling apart what is all but never the same. */
export function spanFingerprint(bytes: Uint8Array, { start, end }: Span): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash;
}
