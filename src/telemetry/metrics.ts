/**
 * Every metric, once: its name, labels, help, and the counter itself. A new metric is one row here and one call in
 * report.ts. /metrics and docs/metrics.md come from this table. Names and units are those of Prometheus's conventions;
 * every label has a closed list of values, so the number of series is bounded.
 *
 * @module
 */
import { type Reason, REASONS } from "../atproto/rejected.ts";
import { FALSE_REASONS } from "../atproto/verify.ts";
import type { OperationCounts } from "../filter/drops.ts";
import { ASKED, REFUSALS } from "../identity/counts.ts";
import { MEMORIES } from "../memory/names.ts";
import { KEY_REFRESHES } from "../verify/names.ts";
import { GAP_CAUSES, LEAVE_CAUSES, type LeaveCause, REPO_GAP_CAUSES, TROUBLE_KINDS } from "./causes.ts";
import { Counter, Counters, gauges, Histogram, type Metric, reading, type Sample } from "./metric.ts";
import { type ReadinessLimits, UNREADY, type UnreadyReason, unreadyReasons } from "./readiness.ts";
import { RunState } from "./state.ts";
import { VerdictCounts } from "./verdict_counts.ts";

/** Upper bounds of the buckets of produce latencies, in seconds; past 30 a request has timed out. */
const LATENCY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Upper bounds of the buckets of delivery latencies, in seconds: live, and while it catches up with days. */
const DELIVERY_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43_200, 259_200];
/** Upper bounds of the buckets of batches, in records; 500 are the most. */
const BATCH_BOUNDS = [1, 2, 5, 10, 25, 50, 100, 200, 350, 500];

/** What the process is, and takes. */
export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Seconds since 1970. */
  readonly startSeconds: number;
}

/** What metrics say of the program beside what happens. */
export interface Program {
  readonly version: string;
  /** Version of Deno. */
  readonly runtime: string;
  readonly limits: ReadinessLimits;
  readonly process: () => ProcessFigures;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

function createMetrics({ state, unready }: Omit<Figures, "metrics">, { version, runtime, process, now }: Program) {
  const gauge = (name: string, help: string, read: () => number | boolean | null) =>
    reading("gauge", `bluesky_firehose_${name}`, help, read);
  const counter = (name: string, help: string) => new Counter(`bluesky_firehose_${name}_total`, help);
  const counters = <K extends string>(name: string, label: string, values: Iterable<K>, help: string) =>
    new Counters(`bluesky_firehose_${name}_total`, label, values, help);
  const age = (sinceMs: number | null) => sinceMs === null ? null : Math.max(0, now() - sinceMs) / 1000;
  return {
    buildInfo: {
      name: "bluesky_firehose_build_info",
      kind: "gauge",
      labels: ["version", "runtime"],
      help: "Always 1; version of the program and of Deno",
      samples: () => [{ labels: { version, runtime }, value: 1 }],
    },
    shard: {
      name: "bluesky_firehose_shard_info",
      kind: "gauge",
      labels: ["shard", "shards"],
      help:
        "Always 1; shard of the accounts that this instance writes (from 0), and number of shards; absent without shards",
      samples: () => shardSamples(state.shard),
    },
    ready: gauge(
      "ready",
      "1 if connected at both ends and making progress, as /readyz; else 0, and bluesky_firehose_unready has the reason",
      () => unready().length === 0,
    ),
    unready: gauges(
      "bluesky_firehose_unready",
      "reason",
      keys(UNREADY),
      "1 for each current reason not to be ready",
      (reason) => unready().includes(reason),
    ),
    standingBy: gauge(
      "standing_by",
      "1 while this instance is on standby and another instance of the job is active",
      () => state.standingBy,
    ),
    connected: gauges(
      "bluesky_firehose_connected",
      "end",
      ["upstream", "sink"],
      "1 while messages arrive from the relay (upstream), and while every partition accepts batches (sink)",
      (end) => end === "upstream" ? state.upstreamConnected : state.sinkOpened && state.failing.size === 0,
    ),
    frames: counter(
      "frames",
      "Messages received. The live network sends hundreds per second: a rate of 0 is an outage",
    ),
    frameBytes: counter("received_bytes", "Bytes of the messages received"),
    repeatedFrames: counter("repeated_frames", "Duplicate messages after a reconnect, dropped"),
    operations: {
      name: "bluesky_firehose_operations_total",
      kind: "counter",
      labels: ["result", "reason"],
      help: "Commit operations by result: wanted, filtered (with the reason) or sampled_out (not in the sample)",
      samples: () => operationSamples(state.operations),
    },
    gaps: counters(
      "gaps",
      "cause",
      GAP_CAUSES,
      "Gaps in the stream, each with a Bluesky.Stream.Gap event. Any increase may mean lost messages",
    ),
    missingFrames: counter(
      "missing_frames",
      "Upper bound of the messages lost in gaps, where sequence numbers show it",
    ),
    untilLoss: gauge(
      "until_loss_seconds",
      "Seconds until the next unread event leaves the relay's replay window",
      () => state.secondsUntilLoss,
    ),
    failovers: counter(
      "failovers",
      "Switches to another configured relay because the current one failed",
    ),
    repeatedRecords: counter("repeated_records", "Duplicate records after a switch to another relay, dropped"),
    repoGaps: counters(
      "repo_gaps",
      "cause",
      REPO_GAP_CAUSES,
      "Gaps in single repositories, each with a Bluesky.Stream.RepoGap event, if accounts are tracked. Any increase means a " +
        "lost commit or a wrong repository",
    ),
    repeatedCommits: counter(
      "repeated_commits",
      "Duplicate commits, by the revision of their account, dropped; only if accounts are tracked",
    ),
    futureRevs: counter(
      "future_revisions",
      "Revisions more than five minutes ahead of the clock, if accounts are tracked. Many mean that the clock is wrong",
    ),
    trackedRepos: gauge(
      "tracked_repos",
      "Accounts that are tracked; at the limit each new one evicts one that was inactive for long",
      () => state.trackedRepos?.size ?? null,
    ),
    verdicts: new VerdictCounts(
      "bluesky_firehose_verdicts_total",
      "Commits and #sync messages by result of verification; false: it failed",
    ),
    unverified: counters(
      "unverified_messages",
      "reason",
      FALSE_REASONS,
      "Commits and #sync messages that failed verification and were dropped or became dead letters",
    ),
    keyRefreshes: counters(
      "verify_refreshes",
      "result",
      KEY_REFRESHES,
      "DID documents fetched again because a signature did not match the cached key, by result: same key, another key or no response",
    ),
    verifyQueue: gauge(
      "verify_queue_messages",
      "Messages waiting for verification",
      () => state.verifying?.waiting ?? null,
    ),
    deletedSubjects: counters(
      "deleted_subjects",
      "result",
      ["known", "unknown"],
      "Deletes of likes, reposts, follows and blocks by whether their subject is remembered; " +
        "the share of known is the hit rate",
    ),
    rememberedSubjects: gauge(
      "remembered_records",
      "Records whose subject is remembered; at the limit each new one evicts the oldest",
      () => state.rememberedSubjects?.size ?? null,
    ),
    identityLookups: counters(
      "identity_lookups",
      "result",
      ["known", "unknown"],
      "Lookups in the identity cache; the share of known is the hit rate",
    ),
    identityRequests: counters(
      "identity_requests",
      "of",
      ASKED,
      "Identity requests, by target: directory, did:web host, handle, or export of the directory",
    ),
    identityRefusals: counters(
      "identity_refusals",
      "reason",
      REFUSALS,
      "Identity requests that failed; cached data stays valid and the request is repeated later",
    ),
    identityDropped: counter(
      "identity_dropped_requests",
      "Identity requests dropped because the queue was full; the account's next message queues them again",
    ),
    identityWaiting: gauge(
      "identity_waiting_requests",
      "Identity requests in the queue. If it stays in the thousands, raise the rate or follow the export",
      () => state.identities?.waiting ?? null,
    ),
    identityEntries: gauge(
      "identity_entries",
      "Entries in the identity cache; an account with a long handle takes more than one",
      () => state.identities?.entries ?? null,
    ),
    identityAge: gauge(
      "identity_oldest_seconds",
      "Age of the oldest document in the identity cache",
      () => age(state.identities?.oldestMs ?? null),
    ),
    identityExportLag: gauge(
      "identity_export_lag_seconds",
      "Lag behind the directory's export, if it is followed",
      () => age(state.identities?.exportedToMs ?? null),
    ),
    memoryFailures: counters(
      "memory_failures",
      "memory",
      MEMORIES,
      "Failed writes of a memory file. Nothing is lost; a restart begins with an empty memory",
    ),
    deadLetters: counters("dead_letters", "reason", keys<Reason>(REASONS), "Dead letters written, by reason"),
    deadLettersLost: counter(
      "dead_letters_lost",
      "Dead letters dropped because they exceed the size limit even without their raw bytes",
    ),
    rejected: counters(
      "rejected",
      "reason",
      keys<Reason>(REASONS),
      "Invalid messages and records, each skipped and logged. A few per day are normal",
    ),
    delivered: counters<string>(
      "delivered_events",
      "type",
      [],
      "Events acknowledged by all in-sync replicas, by CloudEvents type",
    ),
    dropped: counter(
      "dropped_events",
      "Events larger than the brokers accept. Each is lost: raise max.message.bytes of the topic",
    ),
    deliveredBytes: counter("delivered_bytes", "Bytes of the keys and values of delivered events, before compression"),
    inFlightEvents: gauge(
      "unacknowledged_events",
      "Events waiting for acknowledgement. Steady growth means that the brokers are slower than the firehose",
      () => state.inFlightEvents,
    ),
    inFlightBytes: gauge(
      "unacknowledged_bytes",
      "Memory held by unacknowledged data. At its limit the producer stops reading until half of it is free",
      () => state.inFlightBytes,
    ),
    reconnects: counters(
      "reconnects",
      "cause",
      keys<LeaveCause>(LEAVE_CAUSES),
      "Connections to the relay that ended, by cause. The next one resumes; nothing is lost",
    ),
    retries: counters(
      "retries",
      "error",
      keys(TROUBLE_KINDS),
      "Failed sends to brokers that are retried, by error. Order is kept and nothing is lost",
    ),
    failingPartitions: gauge(
      "failing_partitions",
      "Partitions whose last send failed; the cursor waits for them",
      () => state.failing.size,
    ),
    produceSeconds: new Histogram(
      "bluesky_firehose_produce_latency_seconds",
      LATENCY_BOUNDS,
      "Time from sending a batch to its acknowledgement by all in-sync replicas",
    ),
    batchRecords: new Histogram(
      "bluesky_firehose_produce_batch_records",
      BATCH_BOUNDS,
      "Records per batch. At 500, the maximum, the brokers are the bottleneck",
    ),
    lag: gauge(
      "lag_seconds",
      "Age of messages at arrival, by the majority of recent timestamps; falls while the producer catches up",
      () => state.lagMs === null ? null : state.lagMs / 1000,
    ),
    deliveryLag: gauge(
      "delivery_lag_seconds",
      "Age of the oldest unacknowledged event; 0 if none waits. Growth means that the brokers are down or slow",
      () => state.deliveryLagMs / 1000,
    ),
    deliverySeconds: new Histogram(
      "bluesky_firehose_delivery_latency_seconds",
      DELIVERY_BOUNDS,
      "Time from an event's timestamp to its acknowledgement by all in-sync replicas",
    ),
    lastSeq: gauge(
      "last_seq",
      "Sequence number of the last message received. Minus the cursor, it is what a crash would redeliver",
      () => state.lastSeq,
    ),
    lastFrameAge: gauge("last_frame_age_seconds", "Seconds since the last message", () => age(state.receivedMs)),
    cursor: gauge(
      "cursor_seq",
      "Last saved cursor: everything up to this sequence number is delivered",
      () => state.cursor,
    ),
    cursorAge: gauge(
      "cursor_age_seconds",
      "Seconds since the cursor was saved. Growth while messages arrive means undelivered events or failing saves",
      () => age(state.cursorMs),
    ),
    cursorFailures: counter(
      "cursor_failures",
      "Failed saves of the cursor, as on a full disk",
    ),
    cpu: reading(
      "counter",
      "process_cpu_seconds_total",
      "User and system CPU time of the process",
      () => process().cpuSeconds,
    ),
    resident: reading(
      "gauge",
      "process_resident_memory_bytes",
      "Resident memory of the process",
      () => process().residentBytes,
    ),
    heap: reading(
      "gauge",
      "process_heap_bytes",
      "V8 heap of the process",
      () => process().heapBytes,
    ),
    start: reading(
      "gauge",
      "process_start_time_seconds",
      "Start time of the process, in seconds since 1970",
      () => process().startSeconds,
    ),
  } as const satisfies Readonly<Record<string, Metric>>;
}

function shardSamples(shard: RunState["shard"]): Sample[] {
  return shard === null ? [] : [{ labels: { shard: `${shard.index}`, shards: `${shard.count}` }, value: 1 }];
}

/** Only what is filtered has a reason. */
function operationSamples({ operations, filtered, sampledOut }: Readonly<OperationCounts>): Sample[] {
  const reasons = Object.entries(filtered);
  const left = reasons.reduce((sum, [, count]) => sum + count, 0);
  return [
    { labels: { result: "wanted" }, value: operations - left - sampledOut },
    ...reasons.map(([reason, value]) => ({ labels: { result: "filtered", reason }, value })),
    { labels: { result: "sampled_out" }, value: sampledOut },
  ];
}

/** Every metric of a run, by what it counts, in the order of /metrics. */
export type Metrics = ReturnType<typeof createMetrics>;

/** How a run is doing, and what it has done. */
export interface Figures {
  readonly state: RunState;
  readonly metrics: Metrics;
  /** Why it is not ready now; none: it is. */
  readonly unready: () => readonly UnreadyReason[];
}

/** Those of a run that begins. */
export function createFigures(program: Program): Figures {
  const state = new RunState();
  const unready = () => unreadyReasons(state, program.limits, program.now());
  return { state, unready, metrics: createMetrics({ state, unready }, program) };
}

function keys<K extends string>(table: Readonly<Record<K, string>>): K[] {
  return Object.keys(table) as K[];
}
