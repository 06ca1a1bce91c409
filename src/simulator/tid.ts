/**
 * Timestamp identifiers: 13 characters of base32-sortable, 53 bits of microseconds and 10 bits of clock.
 *
 * @module
 */
import { BASE32_SORTABLE } from "../atproto/base32.ts";

/**
 * The TID of a time in milliseconds; `count` keeps those of one millisecond apart and in order.
 *
 * @example A TID
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(tidOf(0, 0), "2222222222222");
 * ```
 */
export function tidOf(timeMs: number, count: number): string {
  let value = (BigInt(timeMs) * 1000n + BigInt(count % 1000)) << 10n | BigInt(Math.floor(count / 1000) % 1024);
  let text = "";
  for (let i = 0; i < 13; i++) {
    text = BASE32_SORTABLE.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}
