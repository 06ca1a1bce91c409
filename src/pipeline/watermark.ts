/**
 * The low watermark: frames settle in any order, the mark moves in theirs. It stands at the last frame before which
 * everything is acknowledged, filtered out or reported, so resuming there can lose nothing.
 *
 * @module
 */

/** A place in the stream: a frame's number. */
export interface Mark {
  readonly seq: number;
}

/** One frame on its way. It settles when as many of its records ended as were expected. */
export class Ticket implements Mark {
  readonly seq: number;
  readonly #watermark: Watermark;
  #open = 1;

  constructor(watermark: Watermark, seq: number) {
    this.#watermark = watermark;
    this.seq = seq;
  }

  get settled(): boolean {
    return this.#open === 0;
  }

  /** One more record of this frame is on its way. */
  expect(): void {
    this.#open++;
  }

  /** One record ended; and once more when the frame itself was handled. */
  done(): void {
    if (--this.#open === 0) this.#watermark.advance();
  }
}

/** Tickets in order of arrival, and the mark below which all have settled. */
export class Watermark {
  #queue: Ticket[] = [];
  #head = 0;
  #mark: Mark | null = null;

  /** The last frame of the settled beginning; null before the first. */
  get mark(): Mark | null {
    return this.#mark;
  }

  /** The last frame taken, settled or not; null before the first. */
  get newest(): Mark | null {
    return this.#queue.at(-1) ?? this.#mark;
  }

  /** Frames that have not settled, or stand behind one that has not. */
  get pending(): number {
    return this.#queue.length - this.#head;
  }

  /** The frame `seq` was taken. Call `done` when it was handled. */
  open(seq: number): Ticket {
    const ticket = new Ticket(this, seq);
    this.#queue.push(ticket);
    return ticket;
  }

  /** Moves the mark over the settled tickets in front; called by tickets. */
  advance(): void {
    let next = this.#queue[this.#head];
    while (next !== undefined && next.settled) {
      this.#mark = next;
      this.#head++;
      next = this.#queue[this.#head];
    }
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
