/**
 * The low watermark: frames settle in any order, the mark moves in theirs. It stands at the last frame before which
 * everything is acknowledged, filtered out or reported, so resuming there can lose nothing.
 *
 * All from there on counts as kept, delivered or not: an event shares its buffer with its neighbours, so one that waits
 * for minutes, as where a partition has no leader, keeps those in memory that were delivered meanwhile.
 *
 * @module
 */
import type { ProducerRecord } from "../record/producer_record.ts";
import type { Outcome, Receipt } from "../record/producer.ts";
import type { Budget } from "./budget.ts";

/** A place in the stream: a frame's number, and the host that counts it. */
export interface Mark {
  readonly host: string;
  readonly seq: number;
  /** How many messages were taken up to it. */
  readonly messages: number;
}

/** What came together, and of what time of the stream that was, in milliseconds since 1970. */
export interface Arrival {
  timeMs: number;
}

/** The number of a frame that has none, and none before it: its ticket holds the mark back and gives it no place. */
export const NO_PLACE = -1;

/** Bytes that each frame is counted for: its ticket, the slot of that, and what the message is. */
const FRAME_BYTES = 192;
/** The same for each further frame of a ticket: what the message is. */
const FURTHER_FRAME_BYTES = 64;
/** Bytes that each record is counted for beyond its own: objects, queue slots, the copy while it is being sent. */
const RECORD_OVERHEAD_BYTES = 512;

/** Takes the outcome of a record of a ticket's frames, and calls the ticket's `done`. */
export type Settle = (record: ProducerRecord, outcome: Outcome, ticket: Ticket) => void;

/**
 * One frame on its way, or several in a row, and the receipt for their records. It settles when as many of them ended as
 * were expected.
 */
export class Ticket implements Mark, Receipt {
  readonly host: string;
  readonly arrival: Arrival;
  readonly #watermark: Watermark;
  #seq: number;
  #messages: number;
  #frames = 1;
  #open = 1;
  #hasRecords = false;
  #bytes = FRAME_BYTES;

  constructor(watermark: Watermark, seq: number, host: string, messages: number, arrival: Arrival) {
    this.#watermark = watermark;
    this.#seq = seq;
    this.host = host;
    this.#messages = messages;
    this.arrival = arrival;
  }

  /** The number of its last frame. */
  get seq(): number {
    return this.#seq;
  }

  get messages(): number {
    return this.#messages;
  }

  /** How many frames it is of. */
  get frames(): number {
    return this.#frames;
  }

  /** The next frame shares the ticket, on which `done` was not called yet. */
  extend(seq: number, messages: number): void {
    this.#seq = seq;
    this.#messages = messages;
    this.#frames++;
    this.#bytes += FURTHER_FRAME_BYTES;
    this.#watermark.extended(FURTHER_FRAME_BYTES);
  }

  get settled(): boolean {
    return this.#open === 0;
  }

  /** Whether no record of it is on its way, or was. */
  get isEmpty(): boolean {
    return !this.#hasRecords;
  }

  /** Bytes that are kept for its frames. */
  get bytes(): number {
    return this.#bytes;
  }

  /** One more record of this frame is on its way, of so many bytes. */
  expect(bytes: number): void {
    const kept = bytes + RECORD_OVERHEAD_BYTES;
    this.#open++;
    this.#hasRecords = true;
    this.#bytes += kept;
    this.#watermark.budget.admit(kept);
  }

  /** A record of this frame ended. */
  settle(record: ProducerRecord, outcome: Outcome): void {
    this.#watermark.settle(record, outcome, this);
  }

  /** One record ended; and once more when the frame itself was handled. */
  done(): void {
    if (--this.#open === 0) this.#watermark.advance();
  }
}

/** Times closer to each other are not kept apart, in milliseconds. */
const LEAST_STEP_MS = 1000;

/** Tickets in order of arrival, and the mark below which all have settled. */
export class Watermark {
  /** Takes the outcome of each record from the tickets. */
  readonly settle: Settle;
  /** What is kept: all of the frames behind the mark. */
  readonly budget: Budget;
  #queue: Ticket[] = [];
  #head = 0;
  #mark: Mark | null = null;
  /** How many frames were taken, and how many of them the mark has passed. */
  #taken = 0;
  #passed = 0;
  /** Times of the stream, each with the count of frames up to its own. */
  #times: { readonly frames: number; readonly timeMs: number }[] = [];
  #markTimeMs: number | null = null;

  constructor(settle: Settle, budget: Budget) {
    this.settle = settle;
    this.budget = budget;
  }

  /** The last frame of the settled beginning; null before the first that has a place. */
  get mark(): Mark | null {
    return this.#mark === null || this.#mark.seq === NO_PLACE ? null : this.#mark;
  }

  /** The time of the stream at the mark or shortly before, in milliseconds since 1970; null before the first. */
  get markTimeMs(): number | null {
    for (let next = this.#times[0]; next !== undefined; next = this.#times[0]) {
      if (next.frames > this.#passed) break;
      this.#markTimeMs = next.timeMs;
      this.#times.shift();
    }
    return this.#markTimeMs;
  }

  /** The stream has this time at the last frame, in milliseconds since 1970. Told now and then, not of each. */
  note(timeMs: number): void {
    const last = this.#times.at(-1);
    if (last !== undefined && Math.abs(timeMs - last.timeMs) < LEAST_STEP_MS) return;
    this.#times.push({ frames: this.#taken, timeMs });
  }

  /** The last frame taken, settled or not; null before the first that has a place. */
  get newest(): Mark | null {
    const newest = this.#queue.at(-1) ?? this.#mark;
    return newest === null || newest.seq === NO_PLACE ? null : newest;
  }

  /** The time of the stream at the oldest frame that has not settled, in milliseconds since 1970; null if all have. */
  get oldestMs(): number | null {
    return this.#queue[this.#head]?.arrival.timeMs ?? null;
  }

  /** Frames that have not settled, or stand behind one that has not. */
  get pending(): number {
    return this.#taken - this.#passed;
  }

  /** The frame `seq` of `host` was taken, with which there were so many messages. Call `done` when it was handled. */
  open(seq: number, host: string, messages: number, arrival: Arrival): Ticket {
    const ticket = new Ticket(this, seq, host, messages, arrival);
    this.budget.admit(ticket.bytes);
    this.#queue.push(ticket);
    this.#taken++;
    return ticket;
  }

  /** One more frame was taken with the newest ticket, which keeps so many more bytes; called by that. */
  extended(bytes: number): void {
    this.#taken++;
    this.budget.admit(bytes);
  }

  /** Moves the mark over the settled tickets in front; called by tickets. */
  advance(): void {
    let passedBytes = 0;
    let next = this.#queue[this.#head];
    while (next !== undefined && next.settled) {
      passedBytes += next.bytes;
      this.#passed += next.frames;
      this.#mark = next;
      this.#head++;
      next = this.#queue[this.#head];
    }
    if (passedBytes > 0) this.budget.release(passedBytes);
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
