/**
 * A bounded table of small entries of one size, each with a key, in a few arrays of numbers: objects of JavaScript would
 * take several times the memory, and the collector of garbage would walk them. When it is full, the entry goes that was
 * inserted longest ago and not touched since the last round (the clock algorithm); without touches that is a queue.
 *
 * @module
 */

/** Slots of the index an entry: at two thirds full a look takes two or three steps. */
const INDEX_SLOTS_PER_ENTRY = 1.6;

const FREE = 0;
const USED = 1;
const TOUCHED = 2;

/** Entries of `keyWords` and `valueWords` words of 32 bits, by their keys. */
export class KeyTable {
  readonly capacity: number;
  /** Words of an entry: its key, then its value. */
  readonly entryWords: number;
  /** The entries, one after another: that of a slot begins at `slot * entryWords`. */
  readonly words: Uint32Array;
  /** The key that is looked for: set it, then call. */
  readonly key: Uint32Array;
  readonly #index: Int32Array;
  readonly #states: Uint8Array;
  readonly #seed: number;
  #filled = 0;
  /** Slots of entries that were removed. */
  readonly #free: number[] = [];
  #hand = 0;
  #size = 0;

  /** `seed` is any number; of two tables with other seeds nobody can make both slow. */
  constructor(capacity: number, keyWords: number, valueWords: number, seed: number) {
    this.capacity = capacity;
    this.entryWords = keyWords + valueWords;
    this.words = new Uint32Array(capacity * this.entryWords);
    this.key = new Uint32Array(keyWords);
    this.#index = new Int32Array(Math.ceil(capacity * INDEX_SLOTS_PER_ENTRY) + 1);
    this.#states = new Uint8Array(capacity);
    this.#seed = seed | 0;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory when it is full. */
  get byteLength(): number {
    return this.words.byteLength + this.#index.byteLength + this.#states.byteLength;
  }

  /** The slot of the entry with the key; -1 if there is none. */
  find(): number {
    const index = this.#index;
    for (let at = this.#home(this.key, 0);; at = this.#after(at)) {
      const slot = (index[at] ?? 0) - 1;
      if (slot < 0 || this.#hasKey(slot)) return slot;
    }
  }

  /** The entry of a slot was used. */
  touch(slot: number): void {
    this.#states[slot] = TOUCHED;
  }

  /** Makes an entry with the key, which there must be none of; gives its slot, whose value is to be set. */
  insert(): number {
    const slot = this.#freeSlot();
    let at = this.#home(this.key, 0);
    while (this.#index[at] !== 0) at = this.#after(at);
    this.#index[at] = slot + 1;
    this.#states[slot] = USED;
    this.words.set(this.key, slot * this.entryWords);
    this.#size++;
    return slot;
  }

  /** Removes the entry of a slot. */
  remove(slot: number): void {
    this.#unlink(slot);
    this.#free.push(slot);
  }

  #unlink(slot: number): void {
    const index = this.#index;
    let hole = this.#home(this.words, slot * this.entryWords);
    while (index[hole] !== slot + 1) hole = this.#after(hole);
    // What stands behind moves up, so that no search ends at the hole.
    for (let at = this.#after(hole);; at = this.#after(at)) {
      const other = (index[at] ?? 0) - 1;
      if (other < 0) break;
      const home = this.#home(this.words, other * this.entryWords);
      const isBetween = hole <= at ? home > hole && home <= at : home > hole || home <= at;
      if (isBetween) continue;
      index[hole] = other + 1;
      hole = at;
    }
    index[hole] = 0;
    this.#states[slot] = FREE;
    this.#size--;
  }

  /** The slot whose entry goes first. */
  get oldest(): number {
    return this.#hand;
  }

  /**
   * Copies the entries of `count` slots into `target`, from the place `from` on after the slot `origin`; places go round up
   * to the capacity. Gives how many there were.
   */
  copy(origin: number, from: number, count: number, target: Uint32Array): number {
    const { words, entryWords, capacity } = this;
    let copied = 0;
    for (let place = from; place < Math.min(from + count, capacity); place++) {
      const slot = (origin + place) % capacity;
      if (this.#states[slot] === FREE) continue;
      const start = slot * entryWords;
      target.set(words.subarray(start, start + entryWords), copied++ * entryWords);
    }
    return copied;
  }

  #freeSlot(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#filled < this.capacity) return this.#filled++;
    for (;;) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % this.capacity;
      if (this.#states[slot] === USED) {
        this.#unlink(slot);
        return slot;
      }
      this.#states[slot] = USED;
    }
  }

  #hasKey(slot: number): boolean {
    const { words, key } = this;
    const start = slot * this.entryWords;
    for (let i = 0; i < key.length; i++) if (words[start + i] !== key[i]) return false;
    return true;
  }

  /** Where the search for a key begins. */
  #home(words: Uint32Array, start: number): number {
    let hash = this.#seed;
    for (let i = start; i < start + this.key.length; i++) {
      hash = Math.imul(hash ^ (words[i] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    return Math.floor((hash >>> 0) * (this.#index.length / 2 ** 32));
  }

  #after(at: number): number {
    return at + 1 === this.#index.length ? 0 : at + 1;
  }
}
