/**
 * METRICS: every metric, once. /metrics, its help, and the table in docs/metrics.md come from here. Names and units are
 * those of Prometheus's conventions; every label has a closed list of values, so the number of series is bounded.
 *
 * @module
 */
import type { GapCause } from "../upstream/gap.ts";
import { type Reason, REASONS } from "../atproto/rejected.ts";
import type { TroubleKind } from "../kafka/client/classify.ts";
import type { Distribution, LeaveCause, Metrics } from "./metrics.ts";
import { UNREADY, type UnreadyReason } from "./readiness.ts";

/** Why connections to the firehose are left, and what that says. */
export const LEAVE_CAUSES: Readonly<Record<LeaveCause, string>> = {
  unreachable: "no connection: network, name or port",
  proxy: "the proxy of HTTPS_PROXY or HTTP_PROXY cannot be reached, or refused",
  refused: "the server answered with an HTTP status",
  server_closed: "closed by the server, as at each of its restarts",
  error_frame: "the server said why it ends the stream",
  invalid_frame: "the server does not keep to the WebSocket protocol",
  oversized: "the server sent more than 64 MiB of one message, as one that never ends",
  idle: "no data for as long as the idle timeout",
  overrun: "more arrived than could be decoded: too little CPU",
  skipped: "numbers were missing within the connection, and were asked for again",
  backpressure: "too much was undelivered: the brokers are slower than the firehose",
};

const GAP_CAUSES: readonly GapCause[] = ["window-exceeded", "sequence-reset", "host-changed", "cursor-lost"];

/** Kinds of trouble with brokers that pass, and what they say. */
export const TROUBLE_KINDS: Readonly<Record<TroubleKind, string>> = {
  connection: "a broker cannot be reached, or hung up",
  timeout: "no answer in time",
  leadership: "a partition has no leader, or another one now",
  topic: "a broker does not have the topic, as after it was deleted",
  replicas: "too few replicas are in sync for min.insync.replicas",
  throttled: "a quota is used up",
  login: "the token server does not answer",
  other: "anything else; the log has the words",
};

/** What figures are read from. */
export interface Figures {
  readonly metrics: Metrics;
  readonly unready: readonly UnreadyReason[];
  readonly version: string;
  readonly runtime: string;
  readonly nowMs: number;
  readonly process: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly heapBytes: number;
    /** Seconds since 1970. */
    readonly startSeconds: number;
  };
}

/** One series of a counter or gauge. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric. */
export type MetricSpec =
  & {
    readonly labels: readonly string[];
    /** What the operator may conclude; no full stop at the end. */
    readonly help: string;
  }
  & (
    | { readonly kind: "counter" | "gauge"; readonly read: (figures: Figures) => readonly Sample[] }
    | { readonly kind: "histogram"; readonly distribution: (metrics: Metrics) => Distribution }
  );

function one(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

/** Nothing where the figure is not known yet: a zero would be a claim. */
function known(value: number | null): readonly Sample[] {
  return value === null ? [] : one(value);
}

function age(sinceMs: number | null, nowMs: number): readonly Sample[] {
  return known(sinceMs === null ? null : Math.max(0, nowMs - sinceMs) / 1000);
}

/** A series for each value of a label, also for those not seen yet, so that the first one shows as an increase. */
function each<K extends string>(label: string, values: Iterable<K>, read: (value: K) => number): readonly Sample[] {
  return [...values].map((value) => ({ labels: { [label]: value }, value: read(value) }));
}

function keys<K extends string>(table: Readonly<Record<K, string>>): K[] {
  return Object.keys(table) as K[];
}

/** Every metric by name, in the order of /metrics. */
export const METRICS = {
  bluesky_firehose_build_info: {
    kind: "gauge",
    labels: ["version", "runtime"],
    help: "Always 1; which version runs, on which version of Deno",
    read: ({ version, runtime }) => [{ labels: { version, runtime }, value: 1 }],
  },
  bluesky_firehose_ready: {
    kind: "gauge",
    labels: [],
    help: "1: connected at both ends and making progress, as /readyz says; 0: bluesky_firehose_unready has why",
    read: ({ unready }) => one(unready.length === 0 ? 1 : 0),
  },
  bluesky_firehose_unready: {
    kind: "gauge",
    labels: ["reason"],
    help: "1 for each reason not to be ready that holds now",
    read: ({ unready }) => each("reason", keys<UnreadyReason>(UNREADY), (reason) => unready.includes(reason) ? 1 : 0),
  },
  bluesky_firehose_standing_by: {
    kind: "gauge",
    labels: [],
    help: "1 while another instance of the job is the active one; this one stands by, ready to take over",
    read: ({ metrics }) => one(metrics.standingBy ? 1 : 0),
  },
  bluesky_firehose_connected: {
    kind: "gauge",
    labels: ["end"],
    help: "1 while messages come from the firehose (upstream), and while brokers take every partition (sink)",
    read: ({ metrics }) => [
      { labels: { end: "upstream" }, value: metrics.upstreamConnected ? 1 : 0 },
      { labels: { end: "sink" }, value: metrics.sinkOpened && metrics.failing.size === 0 ? 1 : 0 },
    ],
  },
  bluesky_firehose_frames_total: {
    kind: "counter",
    labels: [],
    help: "Messages taken in; the whole network writes hundreds a second, so a rate of 0 is an outage",
    read: ({ metrics }) => one(metrics.frames),
  },
  bluesky_firehose_received_bytes_total: {
    kind: "counter",
    labels: [],
    help: "Bytes of these messages",
    read: ({ metrics }) => one(metrics.frameBytes),
  },
  bluesky_firehose_repeated_frames_total: {
    kind: "counter",
    labels: [],
    help: "Messages that a server sent again after a reconnect; left out",
    read: ({ metrics }) => one(metrics.repeated),
  },
  bluesky_firehose_operations_total: {
    kind: "counter",
    labels: ["result"],
    help:
      "Operations of commits: wanted, filtered (deletions and other collections) or sampled_out (not in the sample)",
    read: ({ metrics: { operations, filtered, sampledOut } }) => [
      { labels: { result: "wanted" }, value: operations - filtered - sampledOut },
      { labels: { result: "filtered" }, value: filtered },
      { labels: { result: "sampled_out" }, value: sampledOut },
    ],
  },
  bluesky_firehose_gaps_total: {
    kind: "counter",
    labels: ["cause"],
    help: "Places where messages are missing from the stream, each a Bluesky.Stream.Gap; any increase is a loss",
    read: ({ metrics }) => each("cause", GAP_CAUSES, (cause) => metrics.gaps.get(cause) ?? 0),
  },
  bluesky_firehose_missing_frames_total: {
    kind: "counter",
    labels: [],
    help: "Messages that fell into gaps, at most, where the numbers can tell",
    read: ({ metrics }) => one(metrics.missing),
  },
  bluesky_firehose_until_loss_seconds: {
    kind: "gauge",
    labels: [],
    help: "How long the firehose keeps what comes next, by its replay window; catch up before it is 0",
    read: ({ metrics }) => known(metrics.secondsUntilLoss),
  },
  bluesky_firehose_failovers_total: {
    kind: "counter",
    labels: [],
    help: "Changes to another of the firehoses that are given; the one before did not answer",
    read: ({ metrics }) => one(metrics.failovers),
  },
  bluesky_firehose_repeated_records_total: {
    kind: "counter",
    labels: [],
    help: "Records that another firehose had brought before; left out",
    read: ({ metrics }) => one(metrics.repeatedRecords),
  },
  bluesky_firehose_dead_letters_total: {
    kind: "counter",
    labels: ["reason"],
    help: "Dead letters kept, by what was wrong",
    read: ({ metrics }) => each("reason", keys<Reason>(REASONS), (reason) => metrics.deadLetters.get(reason) ?? 0),
  },
  bluesky_firehose_dead_letters_lost_total: {
    kind: "counter",
    labels: [],
    help: "Dead letters that were too large for where they go even without their raw bytes",
    read: ({ metrics }) => one(metrics.deadLettersLost),
  },
  bluesky_firehose_rejected_total: {
    kind: "counter",
    labels: ["reason"],
    help: "Messages and records that were not usable, each left out and logged; a few a day are usual",
    read: ({ metrics }) => each("reason", keys<Reason>(REASONS), (reason) => metrics.rejected.get(reason) ?? 0),
  },
  bluesky_firehose_delivered_events_total: {
    kind: "counter",
    labels: ["type"],
    help: "Events that all in-sync replicas acknowledged, by CloudEvents type",
    read: ({ metrics }) => each("type", metrics.delivered.keys(), (type) => metrics.delivered.get(type) ?? 0),
  },
  bluesky_firehose_dropped_events_total: {
    kind: "counter",
    labels: [],
    help:
      "Events that brokers do not take, as they are too large; each is a loss, raise max.message.bytes of the topic",
    read: ({ metrics }) => one(metrics.dropped),
  },
  bluesky_firehose_delivered_bytes_total: {
    kind: "counter",
    labels: [],
    help: "Bytes of keys and values of delivered events, before compression",
    read: ({ metrics }) => one(metrics.deliveredBytes),
  },
  bluesky_firehose_unacknowledged_events: {
    kind: "gauge",
    labels: [],
    help: "Events that wait for their acknowledgement; steady growth: the brokers are slower than the firehose",
    read: ({ metrics }) => one(metrics.inFlightEvents),
  },
  bluesky_firehose_unacknowledged_bytes: {
    kind: "gauge",
    labels: [],
    help:
      "Bytes kept for them and for what was read after the oldest; at their limit the producer stops reading for a while",
    read: ({ metrics }) => one(metrics.inFlightBytes),
  },
  bluesky_firehose_reconnects_total: {
    kind: "counter",
    labels: ["cause"],
    help: "Connections to the firehose that were left, by cause; nothing is lost by one",
    read: ({ metrics }) => each("cause", keys(LEAVE_CAUSES), (cause) => metrics.leaves.get(cause) ?? 0),
  },
  bluesky_firehose_retries_total: {
    kind: "counter",
    labels: ["error"],
    help: "Sends to brokers that failed and were tried again, by kind of trouble; order is kept and nothing lost",
    read: ({ metrics }) => each("error", keys(TROUBLE_KINDS), (kind) => metrics.troubles.get(kind) ?? 0),
  },
  bluesky_firehose_failing_partitions: {
    kind: "gauge",
    labels: [],
    help: "Partitions whose last send failed; each holds the cursor back",
    read: ({ metrics }) => one(metrics.failing.size),
  },
  bluesky_firehose_produce_latency_seconds: {
    kind: "histogram",
    labels: [],
    help: "From sending a batch to its acknowledgement by all in-sync replicas",
    distribution: (metrics) => metrics.produceSeconds,
  },
  bluesky_firehose_produce_batch_records: {
    kind: "histogram",
    labels: [],
    help: "Records of a batch; at 500 the brokers, not the firehose, set the pace",
    distribution: (metrics) => metrics.batchRecords,
  },
  bluesky_firehose_lag_seconds: {
    kind: "gauge",
    labels: [],
    help: "How old messages are when they arrive, as most of the last ones say; falling while it catches up",
    read: ({ metrics }) => known(metrics.lagMs === null ? null : metrics.lagMs / 1000),
  },
  bluesky_firehose_delivery_lag_seconds: {
    kind: "gauge",
    labels: [],
    help:
      "Age of the oldest event that Kafka has not acknowledged; 0 while nothing waits. Growing: the brokers are away or slow",
    read: ({ metrics }) => one(metrics.deliveryLagMs / 1000),
  },
  bluesky_firehose_delivery_latency_seconds: {
    kind: "histogram",
    labels: [],
    help: "From the time of an event to its acknowledgement by all in-sync replicas",
    distribution: (metrics) => metrics.deliverySeconds,
  },
  bluesky_firehose_last_seq: {
    kind: "gauge",
    labels: [],
    help: "Number of the last message received; less the cursor, it is what a crash would bring again",
    read: ({ metrics }) => known(metrics.lastSeq),
  },
  bluesky_firehose_last_frame_age_seconds: {
    kind: "gauge",
    labels: [],
    help: "Time since the last message",
    read: ({ metrics, nowMs }) => age(metrics.receivedMs, nowMs),
  },
  bluesky_firehose_cursor_seq: {
    kind: "gauge",
    labels: [],
    help: "Number up to which everything is delivered, as it was saved last",
    read: ({ metrics }) => known(metrics.cursor),
  },
  bluesky_firehose_cursor_age_seconds: {
    kind: "gauge",
    labels: [],
    help: "Time since it was saved; growing while messages come in: something is not delivered, or cannot be saved",
    read: ({ metrics, nowMs }) => age(metrics.cursorMs, nowMs),
  },
  bluesky_firehose_cursor_failures_total: {
    kind: "counter",
    labels: [],
    help: "Times that the cursor could not be saved: a disk that is full or gone",
    read: ({ metrics }) => one(metrics.cursorFailures),
  },
  process_cpu_seconds_total: {
    kind: "counter",
    labels: [],
    help: "CPU time of the process, user and system",
    read: ({ process }) => one(process.cpuSeconds),
  },
  process_resident_memory_bytes: {
    kind: "gauge",
    labels: [],
    help: "Memory of the process",
    read: ({ process }) => one(process.residentBytes),
  },
  process_heap_bytes: {
    kind: "gauge",
    labels: [],
    help: "Of that, what V8 has for its heap",
    read: ({ process }) => one(process.heapBytes),
  },
  process_start_time_seconds: {
    kind: "gauge",
    labels: [],
    help: "When the process began, in seconds since 1970",
    read: ({ process }) => one(process.startSeconds),
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;
