/**
 * Which operations become events: creates and updates of the wanted collections, thinned by the sample rate. The same
 * AT-URI is always kept or always left out, so a replay or a second instance keeps the same events.
 *
 * @module
 */
import { spanText } from "../atproto/bytes/span.ts";

/** What is wanted. */
export interface Selection {
  /** Collections, by NSID; null: all that there are. */
  readonly collections: ReadonlySet<string> | null;
  /** Share of the records that is kept, 0 to 1. */
  readonly sampleRate: number;
}

/** Recognises the wanted collections in paths without decoding them. */
export class CollectionMatcher {
  /** The wanted ones by their length, each with its text. */
  readonly #byLength: (readonly (readonly [text: string, bytes: Uint8Array])[] | undefined)[] | null;

  constructor(collections: Selection["collections"]) {
    this.#byLength = collections === null ? null : byLength(collections);
  }

  /** The collection from `start` to `end` of `bytes`, if it is wanted, else null. */
  match(bytes: Uint8Array, start: number, end: number): string | null {
    if (this.#byLength === null) return spanText(bytes, { start, end });
    const length = end - start;
    for (const [text, wanted] of this.#byLength[length] ?? []) {
      // From the end: the first letters are much the same in all of them.
      let at = length - 1;
      while (at >= 0 && bytes[start + at] === wanted[at]) at--;
      if (at < 0) return text;
    }
    return null;
  }
}

function byLength(collections: ReadonlySet<string>): [string, Uint8Array][][] {
  const table: [string, Uint8Array][][] = [];
  for (const text of collections) {
    const bytes = new TextEncoder().encode(text);
    (table[bytes.length] ??= []).push([text, bytes]);
  }
  return table;
}

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
