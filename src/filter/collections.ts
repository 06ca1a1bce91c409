/**
 * Which collections are wanted.
 *
 * @module
 */

/** Recognises the wanted collections in paths without decoding them. */
export class CollectionMatcher {
  /** The wanted ones by their length, each with its text. */
  readonly #byLength: (readonly (readonly [text: string, bytes: Uint8Array])[] | undefined)[];

  constructor(collections: ReadonlySet<string>) {
    this.#byLength = byLength(collections);
  }

  /** The collection from `start` to `end` of `bytes`, if it is wanted, else null. */
  match(bytes: Uint8Array, start: number, end: number): string | null {
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
