/**
 * A configuration to a running producer: the parts are opened, joined, run and closed. `stream` and `demo` both are
 * this with another configuration.
 *
 * @module
 */
import { wait } from "../async.ts";
import { publicUrl } from "../config/addresses.ts";
import type { Config } from "../config/resolve.ts";
import type { Start } from "../cursor/resume.ts";
import { GATHER_MS } from "../upstream/socket.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { ReplayWindow } from "../telemetry/replay_window.ts";
import { reportRun } from "../telemetry/report.ts";
import type { RunObserver } from "../pipeline/observer.ts";
import { run } from "../pipeline/run.ts";
import { LineWriteError } from "../lines/lines.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import { USER_AGENT, VERSION } from "../version.ts";
import { openDestination } from "./destination.ts";
import { commitEveryMs } from "./exactly_once.ts";
import { type Advice, CHECK_MS, observe } from "./observe.ts";
import type { Context } from "./process.ts";
import type { Resolved } from "./settings.ts";
import { findStart, openCursor } from "./start.ts";
import { startFields } from "./start_fields.ts";

const SAVE_EVERY_MS = 1000;
const MAX_BUFFERED_BYTES = 8_388_608;
/** The waits between connections. */
export const BACKOFF = { firstMs: 1000, longestMs: 60_000 } as const;
/** As long as a request to a broker may take. */
const UNACKNOWLEDGED_MS = 30_000;

/**
 * Runs a producer until the signal aborts or its events are delivered; returns its figures. `advice` is said with
 * outages; `onDelivered` sees every record that the destination acknowledged.
 */
export async function produce(
  resolved: Resolved,
  process: Context,
  advice: Advice,
  onDelivered: (record: ProducerRecord) => void = () => {},
): Promise<Metrics> {
  const { config } = resolved;
  using observation = observe(resolved, process, advice);
  const { context, metrics, log, parts, stopped } = observation;
  await using _server = await serveMetrics(config, metrics, log);
  const commitMs = commitEveryMs(config);
  const kept = commitMs === null ? await openCursor(resolved, log) : null;
  await using _keptFile = kept?.file ?? null;
  await using opened = await openDestination(resolved, parts, context).catch((error: unknown) => {
    if (context.signal.aborted) return null;
    throw error;
  });
  if (opened === null) {
    stopped();
    return metrics;
  }
  metrics.sinkOpened = true;
  const { producer, deadLetters } = opened;
  const cursors = opened.cursors ?? kept?.file ?? null;
  const found = await findStart(resolved, opened.claim, kept, parts, context.signal);
  if (found === null) {
    stopped();
    return metrics;
  }
  const { start, owner } = found;
  for (const { level, text } of start.notes) log(level, text);
  const urls = inOrderFrom(start.host, config.firehoseUrl);
  log("info", "Started", startFields(config, urls, start, cursors !== null));

  const report = reportRun(parts);
  const startTimeMs = Date.parse(start.time ?? "");
  if (!Number.isNaN(startTimeMs)) metrics.positionMs = startTimeMs;
  const window = new ReplayWindow(config.replayWindowMs, metrics, log, Date.now);
  const windowTimer = setInterval(() => window.check(), CHECK_MS);
  try {
    window.check();
    await run(
      {
        subscribe: {
          urls,
          cursor: start.seq,
          cursorTime: start.time,
          recent: start.recent,
          usualStep: start.usualStep,
          left: leftOf(start),
          seek: start.seek,
          known: start.others,
          rewindMs: config.failoverRewindMs,
          userAgent: USER_AGENT,
          idleTimeoutMs: config.idleTimeoutMs,
          maxBufferedBytes: MAX_BUFFERED_BYTES,
          gatherMs: GATHER_MS,
          backoff: BACKOFF,
          random: Math.random,
          wait,
        },
        topic: config.output.kind === "kafka" ? config.kafka?.topic ?? "" : "",
        sourceOf: publicUrl,
        rememberedRecords: urls.length === 1 ? 0 : rememberedRecords(config.failoverRewindMs),
        // A line has no headers that the attributes could stand in.
        contentMode: config.output.kind === "kafka" ? config.contentMode : "structured",
        selection: { collections: new Set(config.collections), sampleRate: config.sampleRate },
        maxInFlightBytes: config.maxInFlightBytes,
        maxEvents: config.maxEvents,
        saveEveryMs: commitMs ?? SAVE_EVERY_MS,
        transactional: commitMs !== null,
        stamp: owner === null ? { epoch: start.epoch } : { epoch: start.epoch, owner },
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        now: Date.now,
      },
      { producer, deadLetters, cursors, observer: { ...report, settled: watched(report, onDelivered) } },
      context.signal,
    );
  } catch (error) {
    if (!(error instanceof LineWriteError && error.readerLeft)) throw error;
    log("info", "The reader of the output has closed it; what it did not take is not delivered");
  } finally {
    clearInterval(windowTimer);
    stopped();
  }
  return metrics;
}

/** Opens the metrics server where there is to be one; what it takes is loaded then only. */
async function serveMetrics(
  { metricsPort: port, metricsHost: host, idleTimeoutMs }: Config,
  metrics: Metrics,
  log: Log,
): Promise<AsyncDisposable | null> {
  if (port === null) return null;
  const { openMetricsServer } = await import("../telemetry/server.ts");
  // The connection is replaced at the idle timeout, so half of it is what is worth a look.
  const limits = { silenceMs: idleTimeoutMs / 2, unacknowledgedMs: UNACKNOWLEDGED_MS };
  const server = openMetricsServer(metrics, { host, port, version: VERSION, limits, now: Date.now });
  log("info", "Serving metrics", { url: `${server.url}/metrics` });
  return server;
}

function watched(report: RunObserver, onDelivered: (record: ProducerRecord) => void): RunObserver["settled"] {
  return (record, outcome, ageMs) => {
    report.settled(record, outcome, ageMs);
    if (outcome === "delivered") onDelivered(record);
  };
}

/** The place that the stream does not resume at: that of another relay, or one that is not known any more. */
function leftOf({ left, lost, host }: Start) {
  if (lost) return { host, seq: 0, time: null };
  return left === null ? null : { host: left.host ?? host, seq: left.seq, time: left.time };
}

/** The URLs in their order, round from the one of this host. */
function inOrderFrom(host: string, urls: readonly string[]): readonly string[] {
  const at = Math.max(0, urls.findIndex((url) => new URL(url).host === host));
  return [...urls.slice(at), ...urls.slice(0, at)];
}

/** Enough for as long as is gone back, and as much again, on the busiest days. */
function rememberedRecords(rewindMs: number): number {
  return Math.max(20_000, rewindMs / 1000 * 2000);
}
