/**
 * A clock that a test moves, from one thing that is waited for to the next, so that hours take no time.
 *
 * @module
 */

/** What is done at a time. */
interface Due {
  readonly atMs: number;
  readonly act: () => void;
}

/** Starts at 0. */
export class StepClock {
  nowMs = 0;
  readonly #due: Due[] = [];
  #chance = 1;

  readonly now = (): number => this.nowMs;

  /** The same numbers in each run. */
  readonly random = (): number => {
    this.#chance = Math.imul(this.#chance, 48271) >>> 1;
    return (this.#chance % 1000) / 1000;
  };

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const due = this.at(this.nowMs + ms, resolve);
      signal.addEventListener("abort", () => {
        const place = this.#due.indexOf(due);
        if (place >= 0) this.#due.splice(place, 1);
        resolve();
      }, { once: true });
    });

  /** Does something at a time. */
  at(atMs: number, act: () => void): Due {
    const due = { atMs, act };
    this.#due.push(due);
    this.#due.sort((a, b) => a.atMs - b.atMs);
    return due;
  }

  /** Lets all that can happen now happen, then moves on, while `isBusy` or something is due; not while `isHeld`. */
  async settle(isBusy: () => boolean, isHeld: () => boolean = () => false): Promise<void> {
    for (let steps = 0; steps < 100_000; steps++) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (isHeld()) continue;
      const next = this.#due.shift();
      if (next === undefined) {
        if (!isBusy()) return;
        continue;
      }
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.act();
    }
    throw new Error(`Nothing settles at ${this.nowMs} ms`);
  }
}
