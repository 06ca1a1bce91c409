/**
 * When messages are due that come at a rate. Times are milliseconds of one clock.
 *
 * @module
 */

/** A source is too slow when it is so far behind, and by a fifth of all the time: less is a pause of the machine. */
const BEHIND_MS = 1000;
const BEHIND_SHARE = 0.2;
/** What did not come in time does not come all at once later: at the most so much of it does. */
const MOST_CAUGHT_UP_MS = 1000;

/** The pace of a stream. */
export class Pace {
  readonly #rate: number;
  readonly #startMs: number;
  #count = 0;
  #lostMs = 0;

  /** `rate` is messages a second. */
  constructor(rate: number, startMs: number) {
    this.#rate = rate;
    this.#startMs = startMs;
  }

  /** Counts a message that came, and returns how long the next one has to wait: 0 or less where it is late. */
  count(nowMs: number): number {
    this.#count++;
    const behindMs = this.#behindMs(nowMs);
    this.#lostMs = Math.max(this.#lostMs, behindMs - MOST_CAUGHT_UP_MS);
    return this.#lostMs - behindMs;
  }

  /** How many messages a second have come, where those are too few; null where they are not. */
  tooFew(nowMs: number): number | null {
    const elapsedMs = nowMs - this.#startMs;
    const isSlow = this.#behindMs(nowMs) > Math.max(BEHIND_MS, BEHIND_SHARE * elapsedMs);
    return isSlow ? Math.round(this.#count * 1000 / elapsedMs) : null;
  }

  #behindMs(nowMs: number): number {
    return nowMs - this.#startMs - this.#count * 1000 / this.#rate;
  }
}
