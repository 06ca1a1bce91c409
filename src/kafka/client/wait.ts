/**
 * Waiting that an abort ends, and that passes by itself.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { backoffMs, type BackoffOptions, wait } from "../../async.ts";

const RETRY_MS = 20;
const RETRY_BACKOFF: BackoffOptions = { firstMs: 200, longestMs: 30_000 };

/** Resolves after so many milliseconds; false at once on abort. */
export async function waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
  await wait(ms, signal);
  return !signal.aborted;
}

/** Waits that end together: what made one of several wait is over for the others too. */
export class CommonWait {
  readonly #signal: AbortSignal;
  #over = new AbortController();

  /** The signal ends all waits for good. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Resolves after so many milliseconds, or when {@linkcode end} is called; false at once on abort. */
  async wait(ms: number): Promise<boolean> {
    await waitFor(ms, AbortSignal.any([this.#signal, this.#over.signal]));
    return !this.#signal.aborted;
  }

  /** Ends the waits of now; those that begin later are whole ones. */
  end(): void {
    this.#over.abort();
    this.#over = new AbortController();
  }
}

/**
 * Resolves after so many milliseconds.
 *
 * @throws the signal's reason at once on abort
 */
export async function waitUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  await waitFor(ms, signal);
  signal.throwIfAborted();
}

/**
 * What the action gives, made again so many milliseconds (20 unless said) after each of its errors that pass by
 * themselves, so many times in all.
 *
 * @throws the first error that does not pass, or the last one
 */
export async function retried<T>(
  attempts: number,
  passes: (error: unknown) => boolean,
  action: () => Promise<T>,
  waitMs: number = RETRY_MS,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!passes(error) || attempt === attempts) throw error;
      await after(waitMs);
    }
  }
}

/**
 * What the promise gives.
 *
 * @throws the signal's reason at once on abort; what comes of the promise then concerns nobody
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  promise.catch(() => {});
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The wait before the next attempt, with full jitter above a tenth, so that nobody hammers a broker that is down. */
export function retryMs(attempt: number, random: number): number {
  return backoffMs(attempt, 0.1 + 0.9 * random, RETRY_BACKOFF);
}
