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
 * Makes the table that `CborReader.readName` looks in; it answers with the place of a name in this list.
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
