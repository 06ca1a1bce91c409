/**
 * How long to wait before the next connection: 1 s doubling to 60 s, with full jitter.
 *
 * @module
 */

/** The bounds of a back-off, in milliseconds. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The wait before attempt number `attempt` (1 is the first retry), in milliseconds; `random` is in [0, 1).
 *
 * @example The ceiling doubles
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const options = { firstMs: 1000, longestMs: 60_000 };
 * assertEquals(backoffMs(1, 0.5, options), 500);
 * assertEquals(backoffMs(3, 0.5, options), 2000);
 * assertEquals(backoffMs(99, 0.5, options), 30_000);
 * ```
 */
export function backoffMs(attempt: number, random: number, options: BackoffOptions): number {
  const ceiling = Math.min(options.longestMs, options.firstMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(ceiling * random);
}
