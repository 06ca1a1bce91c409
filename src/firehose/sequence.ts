/**
 * Sequence numbers as hosts really use them: they skip, they may be repeated when a server turns from replay to live,
 * a lost window shows only as a jump, and a relay that was replaced begins a new, lower space without saying so.
 *
 * A message is a repeat only if the same number with the same time was seen before. A lower number that was not seen
 * is never dropped: a filter on `seq <= last` would drop everything for ever after a relay was replaced.
 *
 * @module
 */

/** What a message's number says about its place in the stream. */
export type SequenceVerdict =
  | { readonly kind: "next" }
  | { readonly kind: "repeat" }
  | { readonly kind: "gap"; readonly after: number; readonly missing: number }
  | { readonly kind: "new-space"; readonly after: number };

const NEXT: SequenceVerdict = { kind: "next" };
const REPEAT: SequenceVerdict = { kind: "repeat" };
/** How many messages are remembered; a server repeats one, or a handful. */
const REMEMBERED = 1024;
/** A jump on reconnecting by more than this is reported; below it, it is what skipped numbers look like. */
const GAP = 1000;

/** Follows the numbers of one host over all connections to it. */
export class SequenceTracker {
  readonly #seqs = new Float64Array(REMEMBERED).fill(-1);
  readonly #times = new Int32Array(REMEMBERED);
  #count = 0;
  #last: number | null;
  #firstOfConnection = true;

  /** `cursor` is where the stream is to resume, null for a live start. */
  constructor(cursor: number | null) {
    this.#last = cursor;
  }

  /** The number to resume after; null before the first message of a live start. */
  get last(): number | null {
    return this.#last;
  }

  /** A new connection begins: its first message tells whether the server kept its place. */
  connected(): void {
    this.#firstOfConnection = true;
  }

  /** Judges the next message and remembers it; `time` is a fingerprint of its time. */
  observe(seq: number, time: number): SequenceVerdict {
    const last = this.#last;
    const first = this.#firstOfConnection;
    this.#firstOfConnection = false;
    if (last !== null && seq <= last && this.#seen(seq, time)) return REPEAT;
    // The message at the cursor itself may be sent again; it was handled by the process that wrote the cursor.
    if (last !== null && seq === last && first && this.#count === 0) return REPEAT;
    this.#remember(seq, time);
    this.#last = seq;
    if (last === null || last === 0) return NEXT;
    if (seq < last) return { kind: "new-space", after: last };
    if (first && seq - last > GAP) return { kind: "gap", after: last, missing: seq - last - 1 };
    return NEXT;
  }

  #seen(seq: number, time: number): boolean {
    for (let i = this.#seqs.indexOf(seq); i >= 0; i = this.#seqs.indexOf(seq, i + 1)) {
      if (this.#times[i] === time) return true;
    }
    return false;
  }

  #remember(seq: number, time: number): void {
    const slot = this.#count++ % REMEMBERED;
    this.#seqs[slot] = seq;
    this.#times[slot] = time;
  }
}
