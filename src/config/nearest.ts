/**
 * The known name closest to a mistyped one, for messages that say what was probably meant.
 *
 * @module
 */

/**
 * Names the candidate with the fewest edits from `text` (insert, delete, replace, swap of neighbours; case and `-`
 * against `_` count for nothing); else one whose words have all of those of `text`. The first of several equals wins.
 * Null where no candidate is near: to name one that is not like it would be worse than none.
 *
 * @example A mistyped flag, one that is half remembered, and one that is nothing of ours
 * ```ts
 * import { nearest } from "./nearest.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearest("kafak-topic", ["kafka-tls", "kafka-topic"]), "kafka-topic");
 * assertEquals(nearest("topic", ["kafka-tls", "kafka-topic"]), "kafka-topic");
 * assertEquals(nearest("verbose", ["kafka-tls", "kafka-topic"]), null);
 * ```
 */
export function nearest(text: string, candidates: Iterable<string>): string | null {
  const known = [...candidates];
  let best: string | null = null;
  let fewest = Math.floor(plain(text).length * MISTYPED_SHARE) + 1;
  for (const candidate of known) {
    const count = edits(plain(text), plain(candidate));
    if (count < fewest) [best, fewest] = [candidate, count];
  }
  return best ?? known.find((candidate) => hasWordsOf(candidate, text)) ?? null;
}

function hasWordsOf(candidate: string, text: string): boolean {
  const words = plain(text).split(BETWEEN_WORDS);
  const own = plain(candidate).split(BETWEEN_WORDS);
  return words.every((word) => own.includes(word));
}

/** What a message says to do about an unknown name: the nearest of those there are, or all of them. */
export function meantOr(text: string, known: readonly string[]): string {
  const meant = nearest(text, known);
  return meant === null ? `expected one of ${known.join(", ")}` : `"${meant}" is the nearest known one`;
}

/** Says how many edits lead from one name to another, counted as {@linkcode nearest} counts them. */
export function distance(one: string, other: string): number {
  return edits(plain(one), plain(other));
}

/** So much of a name may be wrong and it is still that name. */
const MISTYPED_SHARE = 1 / 3;
const BETWEEN_WORDS = /[-.]/;

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
