/**
 * A stable hash of 32 bits, for what must come out the same in every process and every version.
 *
 * @module
 */

/**
 * The hash of the bytes from `start` to `end`, from 0 to 2^32 - 1: FNV-1a (offset basis 2166136261, prime 16777619), then
 * the finalizer of MurmurHash3, without which texts that differ only in the end have hashes that are near each other.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = new TextEncoder().encode("did:plc:z72i7hdynmk6r22z27h6tvur");
 * assertEquals(hashBytes(bytes, 0, bytes.length), 2450832201);
 * ```
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ (bytes[i] ?? 0), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
