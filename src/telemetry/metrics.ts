/**
 * What is counted. One place for the status line, the summary and whatever exports the figures, which reads them when
 * it is asked: counting is all that happens on the way of an event.
 *
 * @module
 */
import type { EndKind } from "../upstream/errors.ts";
import type { GapCause } from "../upstream/gap.ts";
import type { Reason } from "../atproto/rejected.ts";
import type { TroubleKind } from "../kafka/client/classify.ts";
import type { OutageState } from "./outage.ts";

/** Upper bounds of the buckets of produce latencies, in seconds; past 30 a request has timed out. */
const LATENCY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Upper bounds of the buckets of delivery latencies, in seconds: live, and while it catches up with days. */
const DELIVERY_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43_200, 259_200];
/** Upper bounds of the buckets of batches, in records; 500 are the most. */
const BATCH_BOUNDS = [1, 2, 5, 10, 25, 50, 100, 200, 350, 500];

/** How often values fell below each of some bounds. */
export class Distribution {
  readonly bounds: readonly number[];
  /** Values at most at the bound of the same place, and above the bound before; the last are above all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const place = this.bounds.findIndex((bound) => value <= bound);
    const at = place < 0 ? this.bounds.length : place;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** Why a connection to the firehose was left: it ended, or too much was undelivered. */
export type LeaveCause = EndKind | "backpressure";

/** Figures of a run since its start. Counts only grow; gauges are marked. */
export class Metrics {
  frames = 0;
  frameBytes = 0;
  /** Operations of commits. */
  operations = 0;
  /** Of them, deletions and other collections. */
  filtered = 0;
  /** Delivered events, by CloudEvents type. */
  readonly delivered = new Map<string, number>();
  /** Bytes of their keys and values. */
  deliveredBytes = 0;
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
  /** Connections that were left, by cause. */
  readonly leaves = new Map<LeaveCause, number>();
  /** Sends to Kafka that failed and were tried again, by kind of trouble. */
  readonly troubles = new Map<TroubleKind, number>();
  /** Seconds from sending a batch to its acknowledgement. */
  readonly produceSeconds = new Distribution(LATENCY_BOUNDS);
  /** Seconds from the time of an event to its acknowledgement. */
  readonly deliverySeconds = new Distribution(DELIVERY_BOUNDS);
  /** Records of acknowledged batches. */
  readonly batchRecords = new Distribution(BATCH_BOUNDS);
  cursorFailures = 0;

  /** Gauge: messages arrive from the firehose. */
  upstreamConnected = false;
  /** Gauge: the firehose was left until half of what is undelivered has drained. */
  paused = false;
  /** Gauge: the destination was found, or opened. */
  sinkOpened = false;
  /** Gauge: partitions whose last send failed, by topic and number, and how. */
  readonly failing = new Map<string, TroubleKind>();
  /** Gauge: Kafka takes nothing, or not everything, at the moment. */
  kafkaOutage: OutageState | null = null;
  /** Gauge: the cursor cannot be saved at the moment. */
  cursorOutage: OutageState | null = null;
  /** Gauge: the relay cannot be read at the moment. */
  relayOutage: OutageState | null = null;
  /** Gauge: another instance of the job is the active one, and this one waits for its turn. */
  standingBy = false;
  /** Gauge: when brokers were last asked in vain, in milliseconds since 1970; null while they always answered. */
  unreachableMs: number | null = null;
  /** Whether it stopped before all was delivered. */
  isUndelivered = false;
  /** Gauge: the program was asked to stop. */
  draining = false;
  /** Gauge: when the connection brought its first message, usable or not, in milliseconds since 1970. */
  connectedMs: number | null = null;
  /** Gauge: when a message with a number came last, in milliseconds since 1970; null before the first. */
  receivedMs: number | null = null;
  /** Gauge: the number of the last message. */
  lastSeq: number | null = null;
  /** Gauge: since when something is undelivered and nothing was, in milliseconds since 1970; null while all goes well. */
  stuckSinceMs: number | null = null;
  /** Gauge: how old the last messages were when they came, in milliseconds, as most of them say; null before the first. */
  lagMs: number | null = null;
  /** Gauge: the time of the stream, in milliseconds since 1970; before the first message, that of the cursor, if known. */
  positionMs: number | null = null;
  /**
   * Gauge: how long the firehose keeps what comes after the last message, in seconds; 0 where it no longer does, null
   * where it cannot be told.
   */
  secondsUntilLoss: number | null = null;
  /** Gauge: undelivered bytes. */
  inFlightBytes = 0;
  /** At so many of them reading stops; null where that is not known. */
  maxInFlightBytes: number | null = null;
  /** Gauge: frames with something undelivered, or behind one that has. */
  inFlightFrames = 0;
  /** Gauge: undelivered events. */
  inFlightEvents = 0;
  /** Gauge: age of the oldest undelivered event, in milliseconds; 0 where nothing waits. */
  deliveryLagMs = 0;
  /** Gauge: the cursor saved last. */
  cursor: number | null = null;
  /** Gauge: when that was, in milliseconds since 1970. */
  cursorMs: number | null = null;

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

  /** Connections that were left. */
  get disconnects(): number {
    return sum(this.leaves);
  }

  /** Sends to Kafka that were tried again. */
  get retries(): number {
    return sum(this.troubles);
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
