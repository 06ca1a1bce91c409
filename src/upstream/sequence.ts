/**
 * Sequence numbers as relays really use them: they skip, they may be repeated when a server turns from replay to live,
 * a lost window shows only as a jump, and a relay that was replaced begins a new, lower space without saying so.
 *
 * A message is a repeat only if it was seen before: under the same number, or, after a restart, by account and revision. A
 * lower number that was not seen is never dropped: a filter on `seq <= last` would drop everything for ever after a relay
 * was replaced.
 *
 * A jump is a gap where this relay does not make such jumps by itself ({@linkcode Numbering}), and always where the server
 * says that the cursor is outdated. On a relay without holes one missing number at a reconnection is a gap. Within a
 * connection nothing should be missing, but some relays leave out what a slow reader did not take: there an unusual jump
 * is asked for again, and only what does not come then is a gap.
 *
 * @module
 */
import { Numbering } from "./numbering.ts";

/** What a message's sequence number says about its place in the stream. */
export type SequenceVerdict =
  | { readonly kind: "next" }
  | { readonly kind: "repeat" }
  | { readonly kind: "gap"; readonly after: number; readonly missing: number }
  /** A gap or a hole of the relay's own, which its next messages decide. */
  | { readonly kind: "undecided"; readonly after: number; readonly missing: number }
  /** Not to be handled: what is between may come if the stream is resumed after `after`. */
  | { readonly kind: "skipped"; readonly after: number; readonly missing: number }
  | { readonly kind: "new-space"; readonly after: number };

const NEXT: SequenceVerdict = { kind: "next" };
const REPEAT: SequenceVerdict = { kind: "repeat" };
/** How many messages are remembered; a server repeats one, or a handful. */
const REMEMBERED = 1024;
/** A jump by more than this is reported though nothing is known of how the relay numbers. */
const GAP = 1000;
/** The fingerprint of a message whose own is not known. */
export const UNKNOWN_MESSAGE = 0;

/** Follows the sequence numbers of one relay over all connections to it. */
export class SequenceTracker {
  readonly #numbering: Numbering;
  readonly #handled: ReadonlySet<number>;
  readonly #seqs = new Float64Array(REMEMBERED).fill(-1);
  readonly #prints = new Float64Array(REMEMBERED);
  #count = 0;
  #last: number | null;
  #firstOfConnection = true;
  #isOutdated = false;
  #isFuture = false;
  #isExact: boolean;
  /** Where a jump within a connection went to, of which the relay is asked again. */
  #skippedTo: number | null = null;

  /**
   * `cursor` is where the stream is to resume, null for a live start; `handled` are fingerprints of messages handled by
   * the process before. `isExact`: the relay was seen to have a message with the number after the cursor.
   */
  constructor(
    cursor: number | null,
    numbering: Numbering = new Numbering(null),
    handled: ReadonlySet<number> = new Set(),
    isExact = false,
  ) {
    this.#last = cursor;
    this.#numbering = numbering;
    this.#handled = handled;
    this.#isExact = isExact;
  }

  /** The sequence number to resume after; null before the first message of a live start. */
  get last(): number | null {
    return this.#last;
  }

  /** The cursor is ahead of all that the server has: it counts anew, and can be read live only. */
  get isFuture(): boolean {
    return this.#isFuture;
  }

  /** A new connection begins: its first message shows whether the server kept its place. */
  connected(): void {
    this.#firstOfConnection = true;
    this.#isOutdated = false;
  }

  /** The server says that it no longer has everything after the cursor. */
  outdated(): void {
    if (this.#firstOfConnection) this.#isOutdated = true;
  }

  /** The server says that it has not got as far as the cursor. */
  future(): void {
    this.#isFuture = true;
  }

  /** Judges the next message and remembers it; `print` is its fingerprint. */
  observe(seq: number, print: number): SequenceVerdict {
    const last = this.#last;
    if (last !== null && seq <= last && this.#isRepeat(seq, print, last)) return REPEAT;
    const first = this.#firstOfConnection;
    if (last !== null && last !== 0 && !first && this.#numbering.isUnusual(seq - last) && seq > last) {
      this.#skippedTo = seq;
      return { kind: "skipped", after: last, missing: seq - last - 1 };
    }
    const verdict = last === null || last === 0 ? NEXT : this.#judge(seq, last);
    this.#firstOfConnection = this.#isFuture = this.#isExact = false;
    this.#skippedTo = null;
    this.#remember(seq, print);
    this.#last = seq;
    return verdict;
  }

  #judge(seq: number, last: number): SequenceVerdict {
    if (this.#isFuture || seq <= last) return { kind: "new-space", after: last };
    const step = seq - last;
    if (!this.#firstOfConnection) {
      this.#numbering.learn(step);
      return NEXT;
    }
    if (step === 1) return NEXT;
    const missing = step - 1;
    if (this.#isOutdated) return { kind: "gap", after: last, missing };
    if (seq === this.#skippedTo) {
      this.#numbering.confirm(step);
      return NEXT;
    }
    const usual = this.#isExact ? 1 : this.#numbering.usualStep;
    if (usual === null) return { kind: step > GAP ? "gap" : "undecided", after: last, missing };
    return step > usual ? { kind: "gap", after: last, missing } : NEXT;
  }

  #isRepeat(seq: number, print: number, last: number): boolean {
    for (let i = this.#seqs.indexOf(seq); i >= 0; i = this.#seqs.indexOf(seq, i + 1)) {
      const before = this.#prints[i];
      if (before === print || before === UNKNOWN_MESSAGE || print === UNKNOWN_MESSAGE) return true;
    }
    if (this.#handled.has(print)) return true;
    // The message at the cursor itself may be sent again; it was handled by the process that wrote the cursor.
    const isUnknown = this.#handled.size === 0 || print === UNKNOWN_MESSAGE;
    return seq === last && this.#count === 0 && isUnknown;
  }

  #remember(seq: number, print: number): void {
    const slot = this.#count++ % REMEMBERED;
    this.#seqs[slot] = seq;
    this.#prints[slot] = print;
  }
}
