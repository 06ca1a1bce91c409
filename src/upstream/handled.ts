/**
 * What was handled last, by fingerprints: after a change of relay they prove that the stream follows on them.
 *
 * @module
 */
import { UNKNOWN_MESSAGE } from "./sequence.ts";

const LEAST = 20_000;
/** 8 MB of them. */
const MOST = 1_000_000;
/** Twice as many as come on the busiest days. */
const ASSUMED_PER_SECOND = 4000;

/** The fingerprints of the last messages: of those that come within `rewindMs`, and more. */
export class HandledMessages {
  readonly #prints: Float64Array;
  #count = 0;

  /** `rewindMs` is how far is gone back after a change of relay; 0 keeps nothing. */
  constructor(rewindMs: number) {
    const most = Math.min(MOST, Math.max(LEAST, rewindMs / 1000 * ASSUMED_PER_SECOND));
    this.#prints = new Float64Array(rewindMs === 0 ? 0 : most);
  }

  /** One more was handled. */
  add(print: number): void {
    if (this.#prints.length > 0) this.#prints[this.#count++ % this.#prints.length] = print;
  }

  /** All that are remembered, and those handled by the process before. */
  with(before: ReadonlySet<number>): ReadonlySet<number> {
    const handled = new Set(this.#prints.subarray(0, this.#count));
    for (const print of before) handled.add(print);
    handled.delete(UNKNOWN_MESSAGE);
    return handled;
  }
}
