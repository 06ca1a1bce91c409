/**
 * Waiting: until a time or an abort, and longer after each failure.
 *
 * @module
 */

/** The longest a timer can take, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves after so many milliseconds (Infinity: never), or at once on abort. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearInterval(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    // Without end the timer only keeps the process alive.
    const timer = setInterval(() => ms === Infinity || done(), Math.min(ms, LONGEST_TIMER_MS));
    signal.addEventListener("abort", done);
  });
}

/** The bounds of a back-off, in milliseconds. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The wait before attempt number `attempt` (1 is the first retry), in milliseconds. `share` is how much of the longest
 * wait of this attempt is taken, from 0 to 1: a random one keeps those apart that failed together.
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
export function backoffMs(attempt: number, share: number, { firstMs, longestMs }: BackoffOptions): number {
  return Math.round(Math.min(longestMs, firstMs * 2 ** Math.max(0, attempt - 1)) * share);
}

/** Resolves on abort. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
