/**
 * A gap that may be none, until what follows decides: messages that were handled before, or how the relay numbers. The
 * cursor stays before it meanwhile, and what is not decided in time is a gap: a false one costs a look, a missed one
 * events.
 *
 * @module
 */
import type { StreamGap } from "./gap.ts";

/** What may disprove a gap: messages `handled` before come, or the relay's own steps (`numbers`) are as large. */
export type Doubt = "handled" | "numbers";

/** What became of a held gap. */
export type HeldVerdict = "gap" | "none" | "open";

/** Missing numbers that are not known to be a hole of the relay after so long, in milliseconds, are a gap. */
const NUMBERS_MS = 5000;
/**
 * What was handled comes first in a replay; so a silence as long as this, or a stream that continues without it, is a
 * gap.
 */
const SILENCE_MS = 5000;
const HANDLED_MS = 30_000;
/** So many of the messages handled last are to come again, or half of those that are known. */
const MOST_PROOFS = 32;

/** One gap that is held back. */
export class HeldGap {
  readonly gap: StreamGap;
  readonly #doubt: Doubt;
  readonly #sinceMs: number;
  /** So many messages that were handled before are yet to come. */
  #wanted: number;
  #lastMs: number;

  /** `known` is how many of the messages handled before are known; `nowMs` is on a monotonic clock. */
  constructor(gap: StreamGap, doubt: Doubt, known: number, nowMs: number) {
    this.gap = gap;
    this.#doubt = doubt;
    this.#wanted = Math.min(MOST_PROOFS, Math.ceil(known / 2));
    this.#sinceMs = this.#lastMs = nowMs;
  }

  /** A message came that was handled before. */
  met(): void {
    this.#wanted--;
  }

  /** Messages came. */
  arrived(nowMs: number): void {
    this.#lastMs = nowMs;
  }

  /**
   * What is known by now. `usualStep` is that of the relay, null while unknown; `isPast`: the stream is well past the place
   * where messages handled before would have come.
   */
  verdict(usualStep: number | null, isPast: boolean, nowMs: number): HeldVerdict {
    const heldMs = nowMs - this.#sinceMs;
    if (this.#doubt === "handled") {
      if (this.#wanted <= 0) return "none";
      return isPast || heldMs > HANDLED_MS || nowMs - this.#lastMs > SILENCE_MS ? "gap" : "open";
    }
    if (usualStep !== null) return (this.gap.missing ?? Infinity) < usualStep ? "none" : "gap";
    return heldMs > NUMBERS_MS ? "gap" : "open";
  }
}
