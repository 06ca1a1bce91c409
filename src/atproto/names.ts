/**
 * Names of fields, to be told apart by their bytes.
 *
 * @module
 */

/** A name to be recognised, and its place in the list that it comes from. */
interface Name {
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Names to be recognised without decoding them, by their length. */
export type Names = readonly (readonly Name[] | undefined)[];

/**
 * Makes the table that {@linkcode nameAt} looks in, which gives the place of a name in this list.
 *
 * @example Names of one length are candidates together
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(namesOf(["uri", "cid", "path"])[3]?.map(({ index }) => index), [0, 1]);
 * ```
 */
export function namesOf(names: readonly string[]): Names {
  const byLength: Name[][] = [];
  names.forEach((name, index) => {
    const bytes = new TextEncoder().encode(name);
    (byLength[bytes.length] ??= []).push({ index, bytes });
  });
  return byLength;
}

/** Which of the names the bytes from `start` to `end` are, by its place in their list, or -1 for another. */
export function nameAt(names: Names, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const candidates = names[length];
  if (candidates === undefined) return -1;
  for (let i = 0; i < candidates.length; i++) {
    const name = candidates[i];
    if (name === undefined) break;
    let at = 0;
    while (at < length && bytes[start + at] === name.bytes[at]) at++;
    if (at === length) return name.index;
  }
  return -1;
}
