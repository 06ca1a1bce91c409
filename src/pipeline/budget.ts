/**
 * How much is kept, in bytes. Nothing waits here: the firehose asks whether the budget is full, stops reading if so,
 * and reads on when half has drained.
 *
 * @module
 */

/** A bound on bytes, with hysteresis: full at the bound, usable again at half of it. */
export class Budget {
  readonly #maxBytes: number;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  /** So many more are kept. */
  admit(bytes: number): void {
    this.#bytes += bytes;
  }

  /** So many are kept no longer. */
  release(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#waiting.length === 0 || this.#bytes > this.#maxBytes / 2) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when at most half is left, or on abort. */
  drained(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#bytes <= this.#maxBytes / 2) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.push(done);
      signal.addEventListener("abort", done);
    });
  }
}
