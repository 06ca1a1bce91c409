/**
 * One function for each happening: its log line and its count, together. WARN = nothing lost, ERROR = something lost or
 * a human needed; nothing per event above debug.
 *
 * @module
 */
import type { GapCause, StreamGap } from "../firehose/gap.ts";
import type { RunObserver } from "../pipeline/run.ts";
import type { Rejected } from "../rejected.ts";
import type { KafkaSinkObserver } from "../sink/kafka/options.ts";
import type { Level, Log } from "./log.ts";
import { count, type Metrics } from "./metrics.ts";

/** What is left out is logged for each reason at most so often, in milliseconds; all is counted. */
const LEFT_OUT_LOG_EVERY_MS = 10_000;

/** What a gap means to the operator. */
const GAPS = {
  "window-exceeded": {
    level: "error",
    message: "The firehose no longer has everything after the cursor; events are lost",
  },
  "sequence-reset": {
    level: "warn",
    message: "The firehose counts from another number now, as after a change of relay; going on from there",
  },
  "host-changed": {
    level: "error",
    message: "Another firehose is read, not from where the one before was left; events are lost",
  },
} as const satisfies { readonly [C in GapCause]: { readonly level: Level; readonly message: string } };

/** Reports what happens to the pipeline. */
export function reportRun(log: Log, metrics: Metrics, now: () => number): RunObserver {
  const isDue = limiter(now);
  return {
    connecting: ({ url, cursor, attempt }) => log("debug", "Connecting to the firehose", { url, cursor, attempt }),
    connected: ({ cursor }) => log("info", "Reading the firehose", { cursor: cursor ?? "live" }),
    disconnected: ({ reason, retryInMs }) => {
      metrics.disconnects++;
      log("warn", "The connection to the firehose ended; it will be resumed", { reason, retryInMs });
    },
    switched: ({ from, to }) => {
      metrics.failovers++;
      log("warn", "Another firehose is read from now on, from shortly before where this one was left", { from, to });
    },
    paused: ({ after }) => {
      metrics.disconnects++;
      log("warn", "Too much is undelivered: the firehose is left, and resumed when half has drained", { after });
    },
    gap: (gap) => {
      count(metrics.gaps, gap.cause);
      metrics.missing += gap.missing ?? 0;
      const { level, message } = GAPS[gap.cause];
      log(level, message, gapFields(gap));
    },
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
      metrics.positionMs = now() - ms;
    },
    sampledOut: (records) => {
      metrics.sampledOut += records;
    },
    repeatedRecord: () => {
      metrics.repeatedRecords++;
    },
    rejected: (rejected) => {
      count(metrics.rejected, rejected.reason);
      log(isDue(rejected.reason) ? "warn" : "debug", "Unusable input was left out", fieldsOf(rejected));
    },
    settled: (record, outcome) => {
      if (outcome === "delivered") count(metrics.delivered, record.type);
      else metrics.dropped++;
    },
    deadLetterSettled: (reason, outcome) => {
      if (outcome === "delivered") count(metrics.deadLetters, reason);
      else {
        metrics.deadLettersLost++;
        log(isDue("dead letter") ? "error" : "debug", "A dead letter is too large for where it goes and was left out", {
          reason,
        });
      }
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

function gapFields({ from, to, missing }: StreamGap) {
  return {
    after: from.seq,
    afterTime: from.time,
    first: to.seq,
    firstTime: to.time,
    atMost: missing,
    host: to.host,
    hostBefore: from.host === to.host ? null : from.host,
  };
}

function fieldsOf({ reason, seq, did, path, detail }: Rejected) {
  return { reason, seq, uri: did === null ? null : path === null ? `at://${did}` : `at://${did}/${path}`, detail };
}

/** Reports what happens to the Kafka sink. */
export function reportKafka(log: Log, metrics: Metrics, now: () => number): KafkaSinkObserver {
  const isDue = limiter(now);
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
    oversize: ({ uri, bytes }) =>
      log(isDue("oversize") ? "error" : "debug", "An event is too large for the broker and was left out", {
        uri,
        bytes,
      }),
  };
}

/** Says of each kind whether it may be logged again. */
function limiter(now: () => number): (kind: string) => boolean {
  const logged = new Map<string, number>();
  return (kind) => {
    if ((logged.get(kind) ?? -Infinity) + LEFT_OUT_LOG_EVERY_MS > now()) return false;
    logged.set(kind, now());
    return true;
  };
}
