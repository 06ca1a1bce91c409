/**
 * The slots of EVENTS in the core's memory: what the core has written stays there until all in a slot has ended. While
 * none is free, as in an outage, events wait in memory of their own.
 *
 * @module
 */
import { bytes as memory, EVENT_SLOTS, EVENTS, SLOT_BYTES } from "./memory.ts";

/** A slot, and how many hold it: its events that have not ended, and who writes into it. */
export class EventSlot {
  /** All of the core's memory: events have their places in that. */
  readonly bytes: Uint8Array = memory;
  readonly #start: number;
  #end: number;
  #holders = 0;

  constructor(start: number) {
    this.#start = start;
    this.#end = start;
  }

  /** Where so many more bytes would begin; null where they do not fit. */
  placeFor(bytes: number): number | null {
    return bytes <= this.#start + SLOT_BYTES - this.#end ? this.#end : null;
  }

  /** It is written up to here. Rows of operations begin at multiples of eight. */
  writtenTo(end: number): void {
    this.#end = (end + 7) & ~7;
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.#end = this.#start;
    FREE.push(this);
  }
}

/** Those used last come first, as they are in the cache. */
const FREE = Array.from({ length: EVENT_SLOTS }, (_, i) => new EventSlot(EVENTS + (EVENT_SLOTS - 1 - i) * SLOT_BYTES));

/** The slot that is written into; whose events they are does not matter. */
let current: EventSlot | null = null;

/** A slot with room for so many bytes; null where none is free, or they are more than a slot has. */
export function slotFor(bytes: number): EventSlot | null {
  if (bytes > SLOT_BYTES) return null;
  if (current !== null && current.placeFor(bytes) !== null) return current;
  current?.release();
  current = FREE.pop() ?? null;
  current?.hold();
  return current;
}

/** How many slots nobody holds. */
export function freeSlots(): number {
  return FREE.length;
}
