/**
 * Sequence numbers, times and revisions, from one message to the next.
 *
 * @module
 */
import type { Write } from "./account.ts";
import type { Random } from "./random.ts";
import { tidOf } from "./tid.ts";

/** Where messages begin, and how they continue. */
export interface TimelineOptions {
  /** The number before the first message's; past 2^32 as on the live network. */
  readonly firstSeq: number;
  /** The time of the first message, in milliseconds since 1970. */
  readonly startMs: number;
  /** Simulated time between messages, in milliseconds. */
  readonly stepMs: number;
  /** The clock that messages have their times from, in milliseconds since 1970; without one time is simulated. */
  readonly now?: () => number;
}

/** One message's place in the stream. */
export interface Moment {
  readonly seq: number;
  /** RFC 3339. */
  readonly time: string;
  /** A revision that is after those of all messages before. */
  readonly rev: string;
  /** How many messages were before. */
  readonly count: number;
  /** A TID that no other record has, for new record number `index` (below 64) of this message. */
  keyAt(index: number): string;
}

const SKIPPED_SEQ_ONE_IN = 50;

/** Goes from moment to moment; now and then it leaves out a few sequence numbers, as relays do. */
export class Timeline {
  readonly #options: TimelineOptions;
  readonly #random: Random;
  #seq: number;
  #count = 0;
  #lastMs = 0;

  constructor(options: TimelineOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#seq = options.firstSeq;
  }

  /** The next message's place. */
  advance(): Moment {
    const count = this.#count++;
    this.#seq += this.#random.below(SKIPPED_SEQ_ONE_IN) === 0 ? 1 + this.#random.below(5) : 1;
    const { now, startMs, stepMs } = this.#options;
    // A TID counts to a thousand within a millisecond, and those of an account must grow.
    const nextMs = this.#lastMs + (count % 1000 === 0 ? 1 : 0);
    const timeMs = now === undefined ? startMs + count * stepMs : Math.max(now(), nextMs);
    this.#lastMs = timeMs;
    return {
      seq: this.#seq,
      time: new Date(timeMs).toISOString(),
      rev: tidOf(timeMs, count),
      count,
      keyAt: (index) => tidOf(timeMs, (count + 1) * 64 + index),
    };
  }
}

/** A post of so many bytes of text, which the protocol would not allow. */
export function oversizePost(bytes: number, { time, rev }: Moment): Write {
  const record = { $type: "app.bsky.feed.post", text: "x".repeat(bytes), createdAt: time };
  return { action: "create", path: `app.bsky.feed.post/${rev}`, record };
}
