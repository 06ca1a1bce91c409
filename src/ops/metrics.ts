/**
 * What is counted. One place for the status line, the summary and whatever exports the figures.
 *
 * @module
 */
import type { GapCause } from "../firehose/gap.ts";
import type { Reason } from "../rejected.ts";

/** Figures of a run since its start. Counts only grow; gauges are marked. */
export class Metrics {
  frames = 0;
  frameBytes = 0;
  /** Delivered events, by CloudEvents type. */
  readonly delivered = new Map<string, number>();
  /** Events the destination cannot take. */
  dropped = 0;
  readonly rejected = new Map<Reason, number>();
  /** Dead letters kept, by the reason of each. */
  readonly deadLetters = new Map<Reason, number>();
  /** Dead letters that even without their raw bytes were too large for where they go. */
  deadLettersLost = 0;
  sampledOut = 0;
  repeated = 0;
  /** Records that came from another host too. */
  repeatedRecords = 0;
  /** Changes to another firehose. */
  failovers = 0;
  /** Gaps in the stream, by cause. */
  readonly gaps = new Map<GapCause, number>();
  /** Messages of the firehose that fell into gaps, at most, where the numbers can tell. */
  missing = 0;
  /** Connections that ended. */
  disconnects = 0;
  /** Sends to Kafka that failed and were tried again. */
  retries = 0;
  /** Gauge: time between the last frame's own time and its arrival, in milliseconds; null before the first. */
  lagMs: number | null = null;
  /** Gauge: the last message's own time, in milliseconds since 1970; before the first, that of the cursor, if known. */
  positionMs: number | null = null;
  /**
   * Gauge: how long the firehose keeps what comes after the last message, in seconds; 0 where it no longer does, null
   * where it cannot be told.
   */
  secondsUntilLoss: number | null = null;
  /** Gauge: undelivered bytes. */
  inFlightBytes = 0;
  /** Gauge: frames with something undelivered, or behind one that has. */
  inFlightFrames = 0;
  /** Gauge: the cursor saved last. */
  cursor: number | null = null;

  /** Delivered events of all types. */
  get deliveredTotal(): number {
    return sum(this.delivered);
  }

  /** Dead letters of all reasons. */
  get deadLettersTotal(): number {
    return sum(this.deadLetters);
  }

  /** Frames and records that were not usable. */
  get rejectedTotal(): number {
    return sum(this.rejected);
  }
}

/** Adds one to a key's count. */
export function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<unknown, number>): number {
  let total = 0;
  for (const value of counts.values()) total += value;
  return total;
}
