/**
 * Waiting that an abort ends.
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
