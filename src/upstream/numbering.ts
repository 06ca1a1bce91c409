/**
 * How a relay numbers its messages. Some leave no sequence number out, others do so at random; what a jump means
 * depends on that, and no constant fits both. So it is learned from the steps between messages of one connection, where
 * nothing is lost.
 *
 * @module
 */

/** Fewer steps than these say nothing. */
const LEAST_STEPS = 16;
/** So many steps of this run outweigh what a run before has learned. */
const MANY_STEPS = 1024;
/**
 * What one step in so many is as large as, or larger, is usual; so at most as many reconnections look like a gap and
 * are none.
 */
const USUAL_ONE_IN = 1000;
/** After so many steps all counts are halved: a relay may change how it numbers. */
const HALVED_AT = 65_536;
/** Of fewer holes than these the largest ones are not known yet; larger ones by so many powers of two are usual too. */
const FEW_HOLES = 32;
const FEW_HOLES_SIZES = 3;
/** A relay that has confirmed so many holes of its own is not asked again. */
const MOST_CONFIRMED = 3;

/** The steps from sequence number to sequence number that one relay makes. */
export class Numbering {
  /** Counts of steps of 1, 2-3, 4-7, 8-15 and so on. */
  readonly #counts = new Float64Array(54);
  readonly #prior: number | null;
  #total = 0;
  #confirmed = 0;

  /** `prior` is the usual step that an earlier run has learned, null for none. */
  constructor(prior: number | null) {
    this.#prior = prior;
  }

  /** The relay itself made a step of so many sequence numbers, within a connection. */
  learn(step: number): void {
    const size = sizeOf(step);
    this.#counts[size] = (this.#counts[size] ?? 0) + 1;
    if (++this.#total < HALVED_AT) return;
    this.#total = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      this.#total += this.#counts[i] = Math.floor((this.#counts[i] ?? 0) / 2);
    }
  }

  /** A jump came again from the same number to the same number: the relay's own hole, and nothing that was lost. */
  confirm(step: number): void {
    this.#confirmed++;
    this.learn(step);
  }

  /** The largest step that one in a thousand messages brings, 1 on a relay without holes; null while unknown. */
  get usualStep(): number | null {
    if (this.#total < (this.#prior === null ? LEAST_STEPS : MANY_STEPS)) return this.#prior;
    let above = 0;
    for (let size = this.#counts.length - 1; size > 0; size--) {
      above += this.#counts[size] ?? 0;
      if (above === 0 || above * USUAL_ONE_IN < this.#total) continue;
      const isFew = this.#total - (this.#counts[0] ?? 0) < FEW_HOLES;
      return 2 ** (size + 1 + (isFew ? FEW_HOLES_SIZES : 0)) - 1;
    }
    return 1;
  }

  /** Whether a step within a connection is so unusual that the relay is to be asked again. */
  isUnusual(step: number): boolean {
    if (step === 1 || this.#total < USUAL_ONE_IN || this.#confirmed >= MOST_CONFIRMED) return false;
    if ((this.#counts[sizeOf(step)] ?? 0) * USUAL_ONE_IN >= this.#total) return false;
    return step > (this.usualStep ?? step);
  }
}

function sizeOf(step: number): number {
  return step < 2 ** 31 ? 31 - Math.clz32(step) : Math.floor(Math.log2(step));
}
