/**
 * The time of a place in the stream. Each message says its own, and each may lie: a PDS or relay dates a message years
 * ahead or days back, so no single message decides. The time of a place is that of up to 128 messages together: what most
 * of them say of how old they were when they came, each bounded by what else is known of it.
 *
 * @module
 */
import type { SequencedFrame } from "../atproto/frame.ts";

/** So many messages give the time together. */
export const TIMED_MESSAGES = 128;
/** Fewer than so many of a connection do not put the place before where the connection before ended. */
const ENOUGH = 5;
/** A commit comes no later after its revision than this, in milliseconds, or else its time is wrong. */
const SLACK_MS = 60_000;
/** A revision older than this says nothing: more than any relay keeps, and what a clock that was never set says. */
const OLDEST_REVISION_MS = 8 * 86_400_000;

/**
 * What a claimed time is worth, in milliseconds since 1970; NaN for none. Nothing comes from the future. A commit is sent
 * after its revision was made, and soon, so a plausible revision bounds its time on both sides.
 *
 * @example A time that is a year ahead, and one that is two days behind
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const now = Date.UTC(2026, 6, 1);
 * assertEquals(boundedTime(now + 365 * 86_400_000, NaN, now), now);
 * assertEquals(boundedTime(now - 2 * 86_400_000, now - 500, now), now - 500);
 * ```
 */
export function boundedTime(timeMs: number, revisionMs: number, nowMs: number): number {
  const isPlausible = revisionMs <= nowMs && revisionMs > nowMs - OLDEST_REVISION_MS;
  if (Number.isNaN(timeMs)) return isPlausible ? revisionMs : NaN;
  const pastMs = Math.min(timeMs, nowMs);
  return isPlausible ? Math.min(Math.max(pastMs, revisionMs), revisionMs + SLACK_MS) : pastMs;
}

/** What a message's time is worth, as {@linkcode boundedTime} has it. */
export function messageTime(frame: SequencedFrame, nowMs: number): number {
  // The revision of a `#sync` may be years old, and other messages have none.
  const revisionMs = frame.kind === "commit" ? frame.revisionMs : NaN;
  const timeMs = frame.kind === "commit" ? frame.utcMs : null;
  return boundedTime(timeMs ?? claimedMs(frame.time), revisionMs, nowMs);
}

/** A time without a zone is in UTC, wherever this runs. */
function claimedMs(time: string): number {
  if (!/^\d{4}-\d\d-\d\dT/.test(time)) return NaN;
  return Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(time) ? time : `${time}Z`);
}

/**
 * The median; of an even count the lower one of the two in the middle, NaN of none. Changes the order of the values. It
 * takes apart no more than it must, as the time of the stream is looked at with every batch.
 */
export function median(values: Float64Array): number {
  const middle = (values.length - 1) >> 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++;
      while ((values[j] ?? 0) > pivot) j--;
      if (i > j) break;
      const value = values[i] ?? 0;
      values[i++] = values[j] ?? 0;
      values[j--] = value;
    }
    // What lies between both is the pivot, more than once perhaps.
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else break;
  }
  return values[middle] ?? NaN;
}

/** Fewer values than these have no trend. */
const LEAST_TREND = 5;
/** Of so many values each two are compared, of more those that are far from each other. */
const ALL_PAIRS = 32;
/** So many distances are compared at most. */
const MOST_LAGS = ALL_PAIRS;

/** Slopes, and then values without their slope: used again, as it is large. */
let scratch = new Float64Array(0);

/**
 * The last of some values that change evenly, as most of them have it; NaN of none. A replay brings messages of hours at
 * once, so that the median alone would be that of the middle one. Up to a third of the values may be anything.
 *
 * @example One of the values is wrong
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(trendEnd(Float64Array.of(10, 20, 999_999, 40, 50, 60, 70)), 70);
 * ```
 */
export function trendEnd(values: Float64Array): number {
  const count = values.length;
  if (count < LEAST_TREND) return median(values.slice());
  if (scratch.length < count * MOST_LAGS) scratch = new Float64Array(count * MOST_LAGS);
  let pairs = 0;
  const step = count <= ALL_PAIRS ? 1 : count >> 3;
  for (
    let lag = count <= ALL_PAIRS ? 1 : count >> 2;
    lag <= (count <= ALL_PAIRS ? count - 1 : count >> 1);
    lag += step
  ) {
    for (let i = 0; i + lag < count; i++) scratch[pairs++] = ((values[i + lag] ?? 0) - (values[i] ?? 0)) / lag;
  }
  const slope = median(scratch.subarray(0, pairs));
  for (let i = 0; i < count; i++) scratch[i] = (values[i] ?? 0) + slope * (count - 1 - i);
  return median(scratch.subarray(0, count));
}

/** Messages that came longer ago than this, in milliseconds, count only while there are few others. */
const RECENT_MS = 60_000;

/** Follows the time of the stream from message to message. */
export class StreamTime {
  readonly #ages = new Float64Array(TIMED_MESSAGES);
  readonly #arrivals = new Float64Array(TIMED_MESSAGES);
  #count = 0;
  #beforeMs: number | null;
  /** The time as it was found last; null: something came since. */
  #found: { readonly timeMs: number | null } | null = null;

  /** `startMs` is the time of the place where the stream begins, in milliseconds since 1970; null if unknown. */
  constructor(startMs: number | null) {
    this.#beforeMs = startMs;
  }

  /** A connection begins: what comes now may be of another time, as after an outage. */
  connected(): void {
    this.#beforeMs = this.timeMs;
    this.#count = 0;
    this.#found = null;
  }

  /** A message came at `nowMs` whose time is worth `timeMs`; NaN counts for nothing. */
  note(timeMs: number, nowMs: number): void {
    if (Number.isNaN(timeMs)) return;
    const slot = this.#count++ % TIMED_MESSAGES;
    this.#ages[slot] = nowMs - timeMs;
    this.#arrivals[slot] = nowMs;
    this.#found = null;
  }

  /**
   * The time of the last message's place, in milliseconds since 1970; null where no message has given one. On a quiet
   * firehose 128 messages take hours: so it is their age that is looked at, and not their time.
   */
  get timeMs(): number | null {
    return (this.#found ??= { timeMs: this.#find() }).timeMs;
  }

  #find(): number | null {
    if (this.#count === 0) return this.#beforeMs;
    const lastMs = this.#arrivals[(this.#count - 1) % TIMED_MESSAGES] ?? 0;
    const timeMs = lastMs - Math.max(0, trendEnd(this.#recentAges(lastMs)));
    return this.#count < ENOUGH && this.#beforeMs !== null ? Math.max(timeMs, this.#beforeMs) : timeMs;
  }

  /** The ages of the last messages, in their order. */
  #recentAges(lastMs: number): Float64Array {
    let count = 0;
    for (let i = this.#count - 1; i >= 0 && count < TIMED_MESSAGES; i--, count++) {
      if (count >= ENOUGH && lastMs - (this.#arrivals[i % TIMED_MESSAGES] ?? 0) > RECENT_MS) break;
    }
    const ages = new Float64Array(count);
    for (let i = 0; i < count; i++) ages[i] = this.#ages[(this.#count - count + i) % TIMED_MESSAGES] ?? 0;
    return ages;
  }
}
