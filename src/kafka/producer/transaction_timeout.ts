/**
 * How long a transaction may take before its coordinator ends it: twice as long after each that took longer, as over a
 * slow line, within what the brokers permit (transaction.max.timeout.ms). Only their refusal tells that to users who may
 * not describe the settings of brokers.
 *
 * @module
 */

const USUAL_MS = 30_000;
const LONGEST_MS = 480_000;
/** Below this no transaction comes about. */
const LEAST_MS = 100;

/** The timeout of the next transactions. */
export class TransactionTimeout {
  #ms = USUAL_MS;
  #longestMs = LONGEST_MS;

  /** In milliseconds. */
  get ms(): number {
    return this.#ms;
  }

  /** A transaction was committed. */
  reset(): void {
    this.#ms = Math.min(USUAL_MS, this.#longestMs);
  }

  /** A transaction may have taken too long. */
  double(): void {
    this.#ms = Math.min(this.#ms * 2, this.#longestMs);
  }

  /** The brokers refused it: half of it is the longest from now on. False where no shorter one is of use. */
  halve(): boolean {
    if (this.#ms <= LEAST_MS) return false;
    this.#ms = this.#longestMs = Math.max(LEAST_MS, Math.floor(this.#ms / 2));
    return true;
  }
}
