/**
 * One function for each happening: its log line and its count, together. WARN = nothing lost, ERROR = something lost or
 * a human needed; nothing per event above debug.
 *
 * @module
 */
import type { RunObserver } from "../pipeline/run.ts";
import type { Rejected } from "../rejected.ts";
import type { KafkaSinkObserver, TransactionSinkObserver } from "../sink/kafka/options.ts";
import type { Log } from "./log.ts";
import { count, type Metrics } from "./metrics.ts";

/** A rejected record of each reason is logged at most so often, in milliseconds; all are counted. */
const REJECTED_LOG_EVERY_MS = 10_000;

/** Reports what happens to the pipeline. */
export function reportRun(log: Log, metrics: Metrics, now: () => number): RunObserver {
  const logged = new Map<string, number>();
  return {
    connecting: ({ url, cursor, attempt }) => log("debug", "Connecting to the firehose", { url, cursor, attempt }),
    connected: ({ cursor }) => log("info", "Reading the firehose", { cursor: cursor ?? "live" }),
    disconnected: ({ reason, retryInMs }) => {
      metrics.disconnects++;
      log("warn", "The connection to the firehose ended; it will be resumed", { reason, retryInMs });
    },
    paused: ({ after }) => {
      metrics.disconnects++;
      log("warn", "Too much is undelivered: the firehose is left, and resumed when half has drained", { after });
    },
    gap: ({ after, first, missing }) =>
      log("error", "The firehose no longer has everything after the cursor; events are lost", {
        after,
        first,
        atMost: missing,
      }),
    newSequenceSpace: ({ after, first }) =>
      log("warn", "The firehose counts from another number now, as after a change of relay; going on from there", {
        after,
        first,
      }),
    repeated: () => {
      metrics.repeated++;
    },
    // An outdated cursor may mean a gap, which the first message shows; other notes are nobody's trouble.
    info: ({ name, message }) =>
      log(name === "OutdatedCursor" ? "warn" : "info", "The firehose says", { name, message: message || null }),
    frame: (bytes) => {
      metrics.frames++;
      metrics.frameBytes += bytes;
    },
    lag: (ms) => {
      metrics.lagMs = ms;
    },
    sampledOut: (records) => {
      metrics.sampledOut += records;
    },
    rejected: (rejected) => {
      count(metrics.rejected, rejected.reason);
      const due = (logged.get(rejected.reason) ?? -Infinity) + REJECTED_LOG_EVERY_MS <= now();
      if (due) logged.set(rejected.reason, now());
      log(due ? "warn" : "debug", "Unusable input was left out", fieldsOf(rejected));
    },
    settled: (record, outcome) => {
      if (outcome === "delivered") count(metrics.delivered, record.type);
      else metrics.dropped++;
    },
    inFlight: (bytes, frames) => {
      metrics.inFlightBytes = bytes;
      metrics.inFlightFrames = frames;
    },
    cursorSaved: ({ seq }) => {
      metrics.cursor = seq;
    },
    cursorFailed: (error) => log("error", error.message),
    undelivered: ({ frames, bytes }) =>
      log("error", "Stopped before all was delivered; the next start reads it again from the cursor", {
        frames,
        bytes,
      }),
  };
}

function fieldsOf({ reason, seq, did, path, detail }: Rejected) {
  return { reason, seq, uri: did === null ? null : path === null ? `at://${did}` : `at://${did}/${path}`, detail };
}

/** Reports what happens to the Kafka sink. */
export function reportKafka(log: Log, metrics: Metrics): KafkaSinkObserver {
  return {
    opened: ({ topic, partitions, created }) =>
      log("info", created ? "Created the topic" : "Found the topic", { topic, partitions }),
    unreachable: ({ reason, retryInMs }) => {
      metrics.retries++;
      log("warn", "Kafka cannot be reached; trying again", { reason, retryInMs });
    },
    retrying: (event) => {
      metrics.retries++;
      log("warn", "Kafka did not take a batch; it is sent again", event);
    },
    recovered: (event) => log("info", "Kafka takes batches again", event),
    partitionsChanged: ({ from, to }) =>
      log("warn", "The topic's number of partitions changed: keys move to other partitions now", { from, to }),
    oversize: ({ uri, bytes }) => log("error", "An event is too large for the broker and was left out", { uri, bytes }),
  };
}

/** Reports what happens to the transactional sink. */
export function reportTransactions(log: Log, metrics: Metrics): TransactionSinkObserver {
  return {
    ...reportKafka(log, metrics),
    standingBy: ({ active }) => log("info", "Standing by: another instance is alive", { active }),
    claimed: ({ before, cursor }) =>
      log("info", "This instance is the active one; the cursor is its own now", { before, cursor }),
    restarting: (event) => {
      metrics.retries++;
      log("warn", "Kafka did not take a transaction; it begins anew", event);
    },
    committedAgain: (event) => log("info", "Kafka takes transactions again", event),
  };
}
