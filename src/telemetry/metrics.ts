/**
 * Every metric, once: its name, labels, help, and the counter itself. A new happening is one row here and one call in
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
      help: "Always 1; which version runs, on which version of Deno",
      samples: () => [{ labels: { version, runtime }, value: 1 }],
    },
    shard: {
      name: "bluesky_firehose_shard_info",
      kind: "gauge",
      labels: ["shard", "shards"],
      help:
        "Always 1; which shard of the accounts this instance writes, from 0, and of how many; missing without shards",
      samples: () => shardSamples(state.shard),
    },
    ready: gauge(
      "ready",
      "1: connected at both ends and making progress, as /readyz says; 0: bluesky_firehose_unready has why",
      () => unready().length === 0,
    ),
    unready: gauges(
      "bluesky_firehose_unready",
      "reason",
      keys(UNREADY),
      "1 for each reason not to be ready that holds now",
      (reason) => unready().includes(reason),
    ),
    standingBy: gauge(
      "standing_by",
      "1 while another instance of the job is the active one; this one stands by, ready to take over",
      () => state.standingBy,
    ),
    connected: gauges(
      "bluesky_firehose_connected",
      "end",
      ["upstream", "sink"],
      "1 while messages come from the firehose (upstream), and while brokers take every partition (sink)",
      (end) => end === "upstream" ? state.upstreamConnected : state.sinkOpened && state.failing.size === 0,
    ),
    frames: counter(
      "frames",
      "Messages taken in; the whole network writes hundreds a second, so a rate of 0 is an outage",
    ),
    frameBytes: counter("received_bytes", "Bytes of these messages"),
    repeatedFrames: counter("repeated_frames", "Messages that a server sent again after a reconnect; left out"),
    operations: {
      name: "bluesky_firehose_operations_total",
      kind: "counter",
      labels: ["result", "reason"],
      help: "Operations of commits: wanted, filtered (left out, for a reason) or sampled_out (not in the sample)",
      samples: () => operationSamples(state.operations),
    },
    gaps: counters(
      "gaps",
      "cause",
      GAP_CAUSES,
      "Places where messages are missing from the stream, each a Bluesky.Stream.Gap; any increase is a loss",
    ),
    missingFrames: counter("missing_frames", "Messages that fell into gaps, at most, where the numbers can tell"),
    untilLoss: gauge(
      "until_loss_seconds",
      "How long the firehose keeps what comes next, by its replay window; catch up before it is 0",
      () => state.secondsUntilLoss,
    ),
    failovers: counter(
      "failovers",
      "Changes to another of the firehoses that are given; the one before did not answer",
    ),
    repeatedRecords: counter("repeated_records", "Records that another firehose had brought before; left out"),
    repoGaps: counters(
      "repo_gaps",
      "cause",
      REPO_GAP_CAUSES,
      "Commits that do not follow on the last one of their account, each a Bluesky.Stream.RepoGap; any increase is a " +
        "loss, or a repository that states what is not so; where accounts are tracked",
    ),
    repeatedCommits: counter(
      "repeated_commits",
      "Commits whose revision is not after the last one of their account, left out; where accounts are tracked",
    ),
    futureRevs: counter(
      "future_revisions",
      "Revisions that were more than five minutes ahead of the clock, where accounts are tracked; many: the clock is wrong",
    ),
    trackedRepos: gauge(
      "tracked_repos",
      "Accounts whose last revision is remembered; when there are as many as there may be, one that was quiet for long " +
        "goes for each new one",
      () => state.trackedRepos?.size ?? null,
    ),
    verdicts: new VerdictCounts(
      "bluesky_firehose_verdicts_total",
      "Commits and #sync messages by what verification found, where that is on; false: the account did not sign them",
    ),
    unverified: counters(
      "unverified_messages",
      "reason",
      FALSE_REASONS,
      "Commits and #sync messages that were left out, or kept as dead letters, as their account did not sign them",
    ),
    keyRefreshes: counters(
      "verify_refreshes",
      "result",
      KEY_REFRESHES,
      "Documents asked for once more, as a signature was not by the known key: the same key, another, or unanswered",
    ),
    verifyQueue: gauge(
      "verify_queue_messages",
      "Messages that wait for their verdict, where messages are verified",
      () => state.verifying?.waiting ?? null,
    ),
    deletedSubjects: counters(
      "deleted_subjects",
      "result",
      ["known", "unknown"],
      "Deletes of likes, reposts, follows and blocks whose subject is remembered or not, where that is wanted; the " +
        "share of known ones is the hit rate",
    ),
    rememberedSubjects: gauge(
      "remembered_records",
      "Records whose subject is remembered; when there are as many as there may be, the oldest goes for each new one",
      () => state.rememberedSubjects?.size ?? null,
    ),
    identityLookups: counters(
      "identity_lookups",
      "result",
      ["known", "unknown"],
      "Accounts looked up in the cache of identities; the share of known ones is the hit rate",
    ),
    identityRequests: counters(
      "identity_requests",
      "of",
      ASKED,
      "Requests about accounts: to the directory, to hosts of did:web, about handles, for the directory's export",
    ),
    identityRefusals: counters(
      "identity_refusals",
      "reason",
      REFUSALS,
      "Requests about accounts without a usable answer; what is known stays, and they are made again later",
    ),
    identityDropped: counter(
      "identity_dropped_requests",
      "Questions about accounts that were given up as too many waited; they come again with the next message",
    ),
    identityWaiting: gauge(
      "identity_waiting_requests",
      "Questions about accounts that wait; steadily thousands: raise the rate, or follow the export",
      () => state.identities?.waiting ?? null,
    ),
    identityEntries: gauge(
      "identity_entries",
      "Accounts in the cache of identities, longer handles counted more than once",
      () => state.identities?.entries ?? null,
    ),
    identityAge: gauge(
      "identity_oldest_seconds",
      "Age of the document in the cache that was read longest ago",
      () => age(state.identities?.oldestMs ?? null),
    ),
    identityExportLag: gauge(
      "identity_export_lag_seconds",
      "How far the directory's export is behind, where it is followed",
      () => age(state.identities?.exportedToMs ?? null),
    ),
    memoryFailures: counters(
      "memory_failures",
      "memory",
      MEMORIES,
      "Times that the file of what is remembered could not be written; nothing is lost, a restart begins without it",
    ),
    deadLetters: counters("dead_letters", "reason", keys<Reason>(REASONS), "Dead letters kept, by what was wrong"),
    deadLettersLost: counter(
      "dead_letters_lost",
      "Dead letters that were too large for where they go even without their raw bytes",
    ),
    rejected: counters(
      "rejected",
      "reason",
      keys<Reason>(REASONS),
      "Messages and records that were not usable, each left out and logged; a few a day are usual",
    ),
    delivered: counters<string>(
      "delivered_events",
      "type",
      [],
      "Events that all in-sync replicas acknowledged, by CloudEvents type",
    ),
    dropped: counter(
      "dropped_events",
      "Events that brokers do not take, as they are too large; each is a loss, raise max.message.bytes of the topic",
    ),
    deliveredBytes: counter("delivered_bytes", "Bytes of keys and values of delivered events, before compression"),
    inFlightEvents: gauge(
      "unacknowledged_events",
      "Events that wait for their acknowledgement; steady growth: the brokers are slower than the firehose",
      () => state.inFlightEvents,
    ),
    inFlightBytes: gauge(
      "unacknowledged_bytes",
      "Bytes kept for them and for what was read after the oldest; at their limit the producer stops reading for a " +
        "while",
      () => state.inFlightBytes,
    ),
    reconnects: counters(
      "reconnects",
      "cause",
      keys<LeaveCause>(LEAVE_CAUSES),
      "Connections to the firehose that were left, by cause; nothing is lost by one",
    ),
    retries: counters(
      "retries",
      "error",
      keys(TROUBLE_KINDS),
      "Sends to brokers that failed and were tried again, by kind of trouble; order is kept and nothing lost",
    ),
    failingPartitions: gauge(
      "failing_partitions",
      "Partitions whose last send failed; each holds the cursor back",
      () => state.failing.size,
    ),
    produceSeconds: new Histogram(
      "bluesky_firehose_produce_latency_seconds",
      LATENCY_BOUNDS,
      "From sending a batch to its acknowledgement by all in-sync replicas",
    ),
    batchRecords: new Histogram(
      "bluesky_firehose_produce_batch_records",
      BATCH_BOUNDS,
      "Records of a batch; at 500 the brokers, not the firehose, set the pace",
    ),
    lag: gauge(
      "lag_seconds",
      "How old messages are when they arrive, as most of the last ones say; falling while it catches up",
      () => state.lagMs === null ? null : state.lagMs / 1000,
    ),
    deliveryLag: gauge(
      "delivery_lag_seconds",
      "Age of the oldest event that Kafka has not acknowledged; 0 while nothing waits. Growing: the brokers are away or " +
        "slow",
      () => state.deliveryLagMs / 1000,
    ),
    deliverySeconds: new Histogram(
      "bluesky_firehose_delivery_latency_seconds",
      DELIVERY_BOUNDS,
      "From the time of an event to its acknowledgement by all in-sync replicas",
    ),
    lastSeq: gauge(
      "last_seq",
      "Number of the last message received; less the cursor, it is what a crash would bring again",
      () => state.lastSeq,
    ),
    lastFrameAge: gauge("last_frame_age_seconds", "Time since the last message", () => age(state.receivedMs)),
    cursor: gauge(
      "cursor_seq",
      "Number up to which everything is delivered, as it was saved last",
      () => state.cursor,
    ),
    cursorAge: gauge(
      "cursor_age_seconds",
      "Time since it was saved; growing while messages come in: something is not delivered, or cannot be saved",
      () => age(state.cursorMs),
    ),
    cursorFailures: counter(
      "cursor_failures",
      "Times that the cursor could not be saved: a disk that is full or gone",
    ),
    cpu: reading(
      "counter",
      "process_cpu_seconds_total",
      "CPU time of the process, user and system",
      () => process().cpuSeconds,
    ),
    resident: reading(
      "gauge",
      "process_resident_memory_bytes",
      "Memory of the process",
      () => process().residentBytes,
    ),
    heap: reading(
      "gauge",
      "process_heap_bytes",
      "Of that, what V8 has for its heap",
      () => process().heapBytes,
    ),
    start: reading(
      "gauge",
      "process_start_time_seconds",
      "When the process began, in seconds since 1970",
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
