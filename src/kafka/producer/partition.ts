/**
 * Partition key to partition, as other clients do it, so that their keyed records and ours meet in the same partition.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { ProducerRecord } from "../../record/producer_record.ts";

/** The hashes there are: murmur2 as Java clients have it, crc32 as librdkafka has it. */
export const PARTITIONERS = {
  murmur2: ({ bytes, partitionKeyStart, partitionKeyEnd }: ProducerRecord, partitions: number) =>
    (murmur2(bytes, partitionKeyStart, partitionKeyEnd) & 0x7fffffff) % partitions,
  crc32: ({ partitionKey }: ProducerRecord, partitions: number) => crc32(partitionKey) % partitions,
} as const satisfies Record<string, (record: ProducerRecord, partitions: number) => number>;

/** One of {@linkcode PARTITIONERS}. */
export type Partitioner = keyof typeof PARTITIONERS;

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * Kafka's variant of MurmurHash2 of a range of bytes, 32 bits, signed.
 *
 * @example A vector of Kafka's own tests
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(murmur2(new TextEncoder().encode("foobar"), 0, 6), -790332482);
 * ```
 */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  let h = SEED ^ (end - start);
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) |
      ((bytes[i + 3] ?? 0) << 24);
    let k = Math.imul(word, M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  const left = end - i;
  if (left >= 3) h ^= (bytes[i + 2] ?? 0) << 16;
  if (left >= 2) h ^= (bytes[i + 1] ?? 0) << 8;
  if (left >= 1) h = Math.imul(h ^ (bytes[i] ?? 0), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}
