/**
 * Key to partition, as other clients do it, so that their keyed records and ours meet in the same partition.
 *
 * @module
 */
import { crc32 } from "node:zlib";

/** The hashes there are: murmur2 as Java clients have it, crc32 as librdkafka has it. */
export const PARTITIONERS = {
  murmur2: (key: Uint8Array, partitions: number) => (murmur2(key) & 0x7fffffff) % partitions,
  crc32: (key: Uint8Array, partitions: number) => crc32(key) % partitions,
} as const satisfies Record<string, (key: Uint8Array, partitions: number) => number>;

/** One of {@linkcode PARTITIONERS}. */
export type Partitioner = keyof typeof PARTITIONERS;

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * Kafka's variant of MurmurHash2, 32 bits, signed.
 *
 * @example A vector of Kafka's own tests
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(murmur2(new TextEncoder().encode("foobar")), -790332482);
 * ```
 */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes;
  let h = SEED ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const word = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) |
      ((bytes[i + 3] ?? 0) << 24);
    let k = Math.imul(word, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const left = length - i;
  if (left >= 3) h ^= (bytes[i + 2] ?? 0) << 16;
  if (left >= 2) h ^= (bytes[i + 1] ?? 0) << 8;
  if (left >= 1) h = Math.imul(h ^ (bytes[i] ?? 0), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
