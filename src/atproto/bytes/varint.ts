/**
 * Unsigned LEB128 varints as CARs and CIDs use them: at most 2^53 - 1, checked against the buffer. Overlong forms are
 * accepted.
 *
 * @module
 */

/** Eight bytes hold 56 bits: whatever is longer is either overlong beyond use or too large. */
const MAX_BYTES = 8;

/**
 * Where the varint at `offset` ends; -1 if it runs past `limit` or over eight bytes.
 *
 * @example Read a varint of two bytes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = new Uint8Array([0xac, 0x02]);
 * const end = varintEnd(bytes, 0, 2);
 * assertEquals([end, varintValue(bytes, 0, end)], [2, 300]);
 * ```
 */
export function varintEnd(bytes: Uint8Array, offset: number, limit: number): number {
  let at = offset;
  while (at < limit && (bytes[at] ?? 0) >= 0x80) at++;
  return at < limit && at - offset < MAX_BYTES ? at + 1 : -1;
}

/** The number of the varint that stands from `offset` to `end`; over 2^53 - 1 it is not exact, but too large all the same. */
export function varintValue(bytes: Uint8Array, offset: number, end: number): number {
  let value = 0;
  for (let at = end - 1; at >= offset; at--) value = value * 128 + ((bytes[at] ?? 0) & 0x7f);
  return value;
}
