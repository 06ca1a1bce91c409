/**
 * One function for each event of a run: its log line and its count, together. WARN = nothing lost, ERROR = something lost or
 * a human needed; nothing per event above debug, and of what may happen without end only so many lines a while.
 *
 * @module
 */
import type { EndKind } from "../upstream/errors.ts";
import type { GapCause, StreamGap } from "../upstream/gap.ts";
import type { UpstreamObserver } from "../upstream/upstream.ts";
import type { RunObserver } from "../pipeline/observer.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { VerifyObserver } from "../verify/names.ts";
import type { Trouble } from "../kafka/client/classify.ts";
import type { LimitedLog, Rate } from "./limit.ts";
import type { Level, Log } from "./log.ts";
import type { Figures } from "./metrics.ts";
import { Outage } from "./outage.ts";

/** Of records rejected for the same reason one is enough; the others differ in their AT-URI alone. */
const ONE: Rate = { lines: 1, windowMs: 10_000 };
/** A few show what it is. */
export const SOME: Rate = { lines: 5, windowMs: 10_000 };
/** What lasts until somebody does something. */
export const ONE_A_MINUTE: Rate = { lines: 1, windowMs: 60_000 };

/** What a gap means to the operator. */
const GAPS = {
  "window-exceeded": {
    level: "error",
    message: "The cursor is outside of the relay's replay window; the events between are lost",
  },
  "sequence-reset": {
    level: "warn",
    message: "The relay's sequence numbers were reset; continuing from the new ones",
  },
  "host-changed": {
    level: "error",
    message: "Switched to another relay without an overlap with the previous one; events between may be lost",
  },
  "cursor-lost": {
    level: "error",
    message: "The cursor of the last run is missing; events since then are or may be lost",
  },
} as const satisfies { readonly [C in GapCause]: { readonly level: Level; readonly message: string } };

/** What the brokers have or refuse that an operator has to see to. */
export type KafkaCode =
  | "TOPIC_MISSING"
  | "TOPIC_COMPACTED"
  | "TOPIC_NOT_COMPACTED"
  | "TOPIC_NOT_CREATED"
  | "TOPICS_EXHAUSTED"
  | "IDEMPOTENCE_REFUSED";

/** What helps against a failure, or null where nothing does but waiting. */
export interface Advise {
  /** Of a relay that could not be read. */
  relay(kind: EndKind): string | null;
  /** Of brokers, by the codes of {@linkcode Trouble}. */
  brokers(trouble: Trouble): string | null;
  /** Of any other error. */
  error(error: unknown): string | null;
  /** Of a topic. */
  on(code: KafkaCode): string;
}

/** Where events of a run are logged and counted. */
export interface ReportBase extends Figures {
  readonly log: Log;
  readonly limited: LimitedLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The same, with what lasts from one of them to another. */
export interface ReportParts extends ReportBase {
  readonly outages: Outages;
  readonly advise: Advise;
}

/** The outages of both ends, and of the cursor. */
export interface Outages {
  readonly kafka: Outage;
  readonly relay: Outage;
  /** Of where the cursor is saved. */
  readonly cursor: Outage;
}

const CURSOR = {
  begins: "The cursor cannot be saved; events are delivered, and a restart would deliver some again",
  lasts: "The cursor still cannot be saved; events are delivered",
} as const;
/** About when it is tried again. */
const SAVE_AGAIN_MS = 1000;

/** Makes them; call `check` of each every second. */
export function createOutages({ log, limited, state, now }: ReportBase): Outages {
  const lossInSeconds = () => state.secondsUntilLoss;
  return {
    kafka: new Outage({
      begins: [
        "Kafka is unreachable; events are buffered, nothing is lost",
        "Kafka refuses events; they are buffered, nothing is lost",
      ],
      lasts: [
        "Kafka is still unreachable; events are buffered, nothing is lost",
        "Kafka still refuses events; they are buffered, nothing is lost",
      ],
      ends: "Kafka accepts events again; nothing was lost",
    }, {
      log,
      limited,
      now,
      held: () => ({
        partitions: state.failing.size || null,
        events: state.inFlightEvents,
        bytes: state.inFlightBytes,
        lossInSeconds: lossInSeconds(),
      }),
      needsHuman: false,
      show: (outage) => state.kafkaOutage = outage,
    }),
    relay: new Outage({
      begins: [
        "The relay cannot be read; reconnecting, nothing is lost",
        "The relay refuses the connection; reconnecting, nothing is lost",
      ],
      lasts: [
        "The relay still cannot be read; reconnecting, nothing is lost",
        "The relay still refuses the connection; reconnecting, nothing is lost",
      ],
      ends: "Connected to the relay again",
    }, {
      log,
      limited,
      now,
      held: () => ({ after: state.lastSeq, lossInSeconds: lossInSeconds() }),
      needsHuman: false,
      show: (outage) => state.relayOutage = outage,
    }),
    cursor: new Outage({
      begins: [CURSOR.begins, CURSOR.begins],
      lasts: [CURSOR.lasts, CURSOR.lasts],
      ends: "The cursor is saved again",
    }, {
      log,
      limited,
      now,
      held: () => ({ cursor: state.cursor }),
      needsHuman: true,
      show: (outage) => state.cursorOutage = outage,
    }),
  };
}

const PAUSED = "The memory limit of unacknowledged data is reached: reading is paused until half of it is free";
const LEFT = "The pause has lasted too long: disconnected from the relay until half of the memory limit is free";

/** Reports what happens to the pipeline and the connections of its upstream. */
export function reportRun(
  { log, limited, state, metrics, now, outages, advise }: ReportParts,
): RunObserver & UpstreamObserver & VerifyObserver {
  let settledBefore = 0;
  let waitingSinceMs: number | null = null;
  let server: string | null = null;
  return {
    connecting: ({ url, cursor, attempt }) => {
      state.paused = false;
      server = new URL(url).host;
      log("debug", "Connecting to the firehose", { url, cursor, attempt });
    },
    connected: ({ cursor }) => {
      state.upstreamConnected = true;
      state.connectedMs = now();
      const from = cursor ?? "live";
      if (state.relayOutage !== null) return outages.relay.ended({ cursor: from });
      limited("connected", SOME, "info", "Reading the firehose", { cursor: from });
    },
    disconnected: ({ kind, reason, retryInMs }) => {
      metrics.reconnects.add(kind);
      // What was read a moment ago needs no other address.
      const advice = state.upstreamConnected ? null : advise.relay(kind);
      state.upstreamConnected = false;
      log("debug", "The connection to the firehose ended", { kind, reason, retryInMs });
      outages.relay.failed({ isUnreachable: kind !== "refused", server, reason, retryInMs, advice });
    },
    switched: ({ from, to }) => {
      metrics.failovers.add();
      log("warn", "Switched to another relay; reading again from shortly before the switch", { from, to });
    },
    paused: ({ after, isConnected }) => {
      state.paused = true;
      if (isConnected) return limited("paused", SOME, "warn", PAUSED, { after });
      metrics.reconnects.add("backpressure");
      state.upstreamConnected = false;
      limited("left", SOME, "warn", LEFT, { after });
    },
    resumed: () => {
      state.paused = false;
      state.connectedMs = now();
    },
    held: (gap) => log("debug", "Possible gap; the next messages will show", gapFields(gap)),
    released: () => log("debug", "No gap"),
    gap: (gap) => {
      metrics.gaps.add(gap.cause);
      metrics.missingFrames.add(gap.missing ?? 0);
      const { level, message } = GAPS[gap.cause];
      log(level, message, gapFields(gap));
    },
    repeated: () => metrics.repeatedFrames.add(),
    // An outdated cursor may mean a gap, which the first message shows; other notes are nobody's trouble.
    info: ({ name, message }) =>
      limited("info", SOME, name === "OutdatedCursor" ? "warn" : "info", "The relay reports", {
        name,
        text: message || null,
      }),
    frame: (bytes) => {
      metrics.frames.add();
      metrics.frameBytes.add(bytes);
    },
    received: ({ seq, counts }) => {
      if (seq !== null) {
        state.receivedMs = now();
        state.lastSeq = seq;
      }
      state.operations = counts;
    },
    lag: (ms) => {
      state.lagMs = ms;
      state.positionMs = now() - ms;
    },
    repeatedRecord: () => metrics.repeatedRecords.add(),
    repeatedCommit: () => metrics.repeatedCommits.add(),
    repoGap: ({ cause, did, lastRev, since, rev, seq }) => {
      metrics.repoGaps.add(cause);
      const message = "A commit does not follow the previous one of its account; commits of the account are missing";
      limited("repo gap", SOME, "error", message, { cause, did, lastRev, since, rev, seq });
    },
    verdict: (verdict) => metrics.verdicts.add(verdict),
    unverified: ({ reason, frame: { did, rev, seq } }) => {
      metrics.unverified.add(reason);
      const message = "A message failed verification and was skipped";
      limited(`unverified ${reason}`, ONE, "warn", message, { reason, did, rev, seq });
    },
    keyRefreshed: (result) => metrics.keyRefreshes.add(result),
    futureRev: ({ did, rev, seq, aheadMs }) => {
      metrics.futureRevs.add();
      const message = "A revision is more than five minutes ahead of the clock; its commit is processed anyway";
      limited("future revision", ONE, "warn", message, { did, rev, seq, aheadSeconds: Math.round(aheadMs / 1000) });
    },
    subjectRecalled: (isKnown) => metrics.deletedSubjects.add(isKnown ? "known" : "unknown"),
    memoryFailed: ({ what, reason }) => {
      metrics.memoryFailures.add(what);
      const message =
        "A memory file cannot be written; nothing is lost, but a restart would begin with an empty memory";
      limited(`memory ${what}`, ONE_A_MINUTE, "warn", message, { memory: what, reason });
    },
    rejected: (rejected) => {
      metrics.rejected.add(rejected.reason);
      limited(rejected.reason, ONE, "warn", "Invalid input was skipped", fieldsOf(rejected));
    },
    settled: (record, outcome, ageMs) => {
      if (outcome === "delivered") {
        metrics.delivered.add(record.type);
        metrics.deliverySeconds.observe(Math.max(0, ageMs) / 1000);
        metrics.deliveredBytes.add(record.keyEnd - record.keyStart + record.valueEnd - record.valueStart);
        return;
      }
      metrics.dropped.add();
      const { uri, size: bytes } = record;
      limited("oversize", SOME, "error", "An event exceeds the size limit of the broker and was dropped", {
        uri,
        bytes,
      });
    },
    deadLetterSettled: (reason, outcome) => {
      if (outcome === "delivered") return metrics.deadLetters.add(reason);
      metrics.deadLettersLost.add();
      const message = "A dead letter exceeds the size limit of its destination and was dropped";
      limited("dead letter", ONE, "error", message, { reason });
    },
    inFlight: (bytes, events, oldestMs) => {
      state.deliveryLagMs = oldestMs;
      state.inFlightBytes = bytes;
      state.inFlightEvents = events;
      const settled = metrics.delivered.total + metrics.dropped.value;
      if (events === 0) waitingSinceMs = null;
      else if (settled !== settledBefore || waitingSinceMs === null) waitingSinceMs = now();
      state.unacknowledgedMs = waitingSinceMs === null ? 0 : Math.max(0, now() - waitingSinceMs);
      settledBefore = settled;
    },
    cursorSaved: ({ seq }) => {
      outages.cursor.ended();
      state.cursor = seq;
      state.cursorMs = now();
    },
    cursorFailed: (error) => {
      metrics.cursorFailures.add();
      const advice = advise.error(error);
      const retryInMs = SAVE_AGAIN_MS;
      outages.cursor.failed({ isUnreachable: true, server: null, reason: error.message, retryInMs, advice });
    },
    undelivered: ({ frames, bytes, resumes }) => {
      state.isUndelivered = true;
      const message = resumes
        ? "Stopped before everything was delivered; the next start reads the rest again, nothing is lost"
        : "Stopped before everything was delivered; no cursor is kept, so the rest is lost";
      log(resumes ? "warn" : "error", message, { events: state.inFlightEvents, frames, bytes });
    },
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
