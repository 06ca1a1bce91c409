/**
 * Damage to bytes.
 *
 * @module
 */
import type { Random } from "../../src/simulator/random.ts";
import { concat, fill } from "./bytes.ts";

/** Bytes that mean much in CBOR, CAR or UTF-8. */
const TELLING = [
  ...[0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x3b, 0x40, 0x5b, 0x5f, 0x60, 0x78, 0x7b, 0x7f, 0x80],
  ...[0x9b, 0x9f, 0xa0, 0xa1, 0xbb, 0xbf, 0xc0, 0xc2, 0xd8, 0xed, 0xf4, 0xf6, 0xf7, 0xf9, 0xfa, 0xfb, 0xfe, 0xff],
] as const;

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Mutations that keep the length. */
const IN_PLACE: readonly [Mutation, ...Mutation[]] = [
  (bytes, random) => set(bytes, random.below(bytes.length), random.below(256)),
  (bytes, random) => set(bytes, random.below(bytes.length), TELLING[random.below(TELLING.length)] ?? 0),
  (bytes, random) => {
    const at = random.below(bytes.length);
    return set(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)));
  },
  (bytes, random) => {
    const at = random.below(bytes.length);
    return set(bytes, at, (bytes[at] ?? 0) + (random.below(2) === 0 ? 1 : 255));
  },
  (bytes, random) => {
    const copy = bytes.slice();
    const length = 1 + random.below(Math.min(16, bytes.length));
    copy.copyWithin(random.below(bytes.length), random.below(bytes.length - length + 1), bytes.length);
    return copy;
  },
];

/** Mutations that may change the length. */
const ANY: readonly [Mutation, ...Mutation[]] = [
  ...IN_PLACE,
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => splice(bytes, random, random.bytes(1 + random.below(8)), 0),
  (bytes, random) => splice(bytes, random, fill(1 + random.below(64), TELLING[random.below(TELLING.length)] ?? 0), 0),
  (bytes, random) => splice(bytes, random, new Uint8Array(), 1 + random.below(16)),
  (bytes, random) => {
    const from = random.below(bytes.length);
    return splice(bytes, random, bytes.subarray(from, from + 1 + random.below(64)), random.below(2) * 8);
  },
];

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function splice(bytes: Uint8Array, random: Random, put: Uint8Array, removed: number): Uint8Array {
  const at = random.below(bytes.length + 1);
  return concat(bytes.subarray(0, at), put, bytes.subarray(Math.min(bytes.length, at + removed)));
}

/** Bytes with up to eight mutations, most often one or two; `keepLength` if their number must not change. */
export function mutate(bytes: Uint8Array, random: Random, keepLength: boolean): Uint8Array {
  let mutated = bytes;
  for (let left = 1 + Math.floor(8 * random.next() ** 4); left > 0 && mutated.length > 0; left--) {
    mutated = random.pick(keepLength ? IN_PLACE : ANY)(mutated, random);
  }
  return mutated;
}
