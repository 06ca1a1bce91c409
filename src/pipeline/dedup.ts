/**
 * What was written, for a while: after a change of host the stream goes back a little, and what comes twice is known by
 * the `id` of its event, which is the same on every host.
 *
 * @module
 */
/** Remembers the last events: so many at least, and up to twice as many. */
export class DedupWindow {
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether the event with this `id` is not among those remembered; it is then. */
  admit(id: string): boolean {
    if (this.#young.has(id) || this.#old.has(id)) return false;
    this.#young.add(id);
    // To forget one for each that comes, a set would have to be searched for its oldest.
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return true;
  }
}
