/**
 * The known name closest to a mistyped one, for messages that say what was probably meant.
 *
 * @module
 */

/**
 * Names the candidate with the fewest edits from `text` (insert, delete, replace, swap of neighbours; case and `-`
 * against `_` count for nothing). The first of several equals wins; without candidates the answer is null.
 *
 * @example A mistyped flag
 * ```ts
 * import { nearest } from "./nearest.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearest("kafak-topic", ["kafka-tls", "kafka-topic"]), "kafka-topic");
 * ```
 */
export function nearest(text: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const count = edits(plain(text), plain(candidate));
    if (count < fewest) [best, fewest] = [candidate, count];
  }
  return best;
}

/** Says how many edits lead from one name to another, counted as {@linkcode nearest} counts them. */
export function distance(one: string, other: string): number {
  return edits(plain(one), plain(other));
}

// Nothing that anybody mistypes is longer, and the work grows with the square of the length.
const MAX_LENGTH = 80;

function plain(text: string): string {
  return text.slice(0, MAX_LENGTH).toLowerCase().replaceAll("_", "-");
}

/** Optimal string alignment, with three rows kept. */
function edits(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let count = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (same ? 0 : 1),
      );
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) count = Math.min(count, at(beforeLast, j - 2) + 1);
      row.push(count);
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
