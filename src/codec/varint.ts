/**
 * Unsigned LEB128 varints as CARs and CIDs use them: at most 2^53 - 1, checked against the buffer.
 *
 * @module
 */

/** A decoded number and the offset of the byte after it. */
export interface Varint {
  readonly value: number;
  readonly end: number;
}

/**
 * Reads the varint at `offset`; null if it runs past `limit` or over 2^53 - 1. Overlong forms are accepted.
 *
 * @example Read a two-byte varint
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(readVarint(new Uint8Array([0xac, 0x02]), 0, 2), { value: 300, end: 2 });
 * ```
 */
export function readVarint(bytes: Uint8Array, offset: number, limit: number): Varint | null {
  let value = 0;
  let scale = 1;
  for (let at = offset; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) return null;
    if (byte < 0x80) return { value, end: at + 1 };
    scale *= 128;
    if (scale > Number.MAX_SAFE_INTEGER) return null;
  }
  return null;
}
