/**
 * A share of the records. The same AT-URI is always kept or always left out, so a replay or a second instance keeps the
 * same events.
 *
 * @module
 */

/**
 * Whether a record is in the sample: its hash, as a fraction, is below the rate. A higher rate keeps all that a lower
 * one kept.
 *
 * @example All and nothing
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(isSampled("at://did:plc:x/app.bsky.feed.like/3k", 1), true);
 * assertEquals(isSampled("at://did:plc:x/app.bsky.feed.like/3k", 0), false);
 * ```
 */
export function isSampled(uri: string, sampleRate: number): boolean {
  return sampleRate >= 1 || hash(uri) / 4294967296 < sampleRate;
}

/** FNV-1a over UTF-16 units with murmur3's finalizer, without which URIs that differ in the end fall together. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
