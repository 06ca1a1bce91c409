/**
 * Chance that can be repeated: the same seed gives the same numbers.
 *
 * @module
 */

/** Draws from one stream of numbers. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** One of a list that is not empty. */
  pick<T>(items: readonly [T, ...T[]]): T;
  bytes(length: number): Uint8Array;
}

/** A generator after Bob Jenkins' small fast one with 32-bit words (sfc32), seeded by a number. */
export function createRandom(seed: number): Random {
  let a = seed >>> 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let counter = 1;
  const word = () => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first words still show the seed.
  for (let i = 0; i < 16; i++) word();
  const random: Random = {
    next: () => word() / 4294967296,
    below: (bound) => Math.floor(random.next() * bound),
    pick: (items) => items[random.below(items.length)] ?? items[0],
    bytes: (length) => Uint8Array.from({ length }, () => word() & 255),
  };
  return random;
}

/** One of a list, each in the share that its weight has of all; null where no weight is above 0. */
export function pickWeighted<T>(random: Random, items: readonly T[], weightOf: (item: T) => number): T | null {
  const possible = items.filter((item) => weightOf(item) > 0);
  let left = random.next() * possible.reduce((sum, item) => sum + weightOf(item), 0);
  // Rounding may leave a little after the last one.
  return possible.find((item) => (left -= weightOf(item)) < 0) ?? possible.at(-1) ?? null;
}
