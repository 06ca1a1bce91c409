/**
 * How much is undelivered, in bytes. Nothing waits here: the firehose asks whether the budget is full, closes its
 * connection if so, and comes back when half has drained.
 *
 * @module
 */

/** Bytes that each record is counted for beyond its own: objects, queue slots, the copy while it is being sent. */
export const RECORD_OVERHEAD_BYTES = 512;

/** A bound on undelivered bytes, with hysteresis: full at the bound, usable again at half of it. */
export class Budget {
  readonly #maxBytes: number;
  #bytes = 0;
  #records = 0;
  #waiting: (() => void)[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Undelivered bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Undelivered records. */
  get records(): number {
    return this.#records;
  }

  get full(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  /** Takes one record in. */
  admit(bytes: number): void {
    this.#bytes += bytes;
    this.#records++;
  }

  /** Lets one record go. */
  release(bytes: number): void {
    this.#bytes -= bytes;
    this.#records--;
    if (this.#waiting.length === 0 || this.#bytes > this.#maxBytes / 2) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when at most half is undelivered, or on abort. */
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
