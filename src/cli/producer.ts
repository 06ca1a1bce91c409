/**
 * A configuration to a running producer: the parts are opened, joined, run and closed. `stream` and `demo` both are
 * this with another configuration.
 *
 * @module
 */
import { publicUrl } from "../config/addresses.ts";
import type { KafkaSettings } from "../config/kafka_settings.ts";
import type { Config } from "../config/resolve.ts";
import { hideSecrets } from "../config/secrets.ts";
import type { Origin } from "../config/table.ts";
import { CursorFile, type Place } from "../cursor/file.ts";
import type { Cursor, CursorStore } from "../cursor/cursor.ts";
import { decideStart, type Start } from "../cursor/start.ts";
import { GATHER_MS } from "../firehose/socket.ts";
import { limitLog } from "../ops/limit.ts";
import { createLog, type Log } from "../ops/log.ts";
import { Metrics } from "../ops/metrics.ts";
import { ReplayWindow } from "../ops/replay_window.ts";
import { reportKafka, type ReportParts, reportRun } from "../ops/report.ts";
import { Screen, showStatus } from "../ops/status.ts";
import { run, type RunObserver } from "../pipeline/run.ts";
import { DeadLetters } from "../sink/dead_letters.ts";
import { type KafkaSinkObserver, LINGER_MS } from "../sink/kafka/options.ts";
import { appendTo, type LineTarget, LineWriteError, openLines } from "../sink/lines.ts";
import type { OutRecord } from "../out_record.ts";
import type { Sink } from "../sink/sink.ts";
import { openConnection } from "./connection.ts";
import { type Context, isAscii } from "./context.ts";
import { commitEveryMs, cursorAtLeastOnce, cursorExactlyOnce, jobOf, openTransactions } from "./exactly_once.ts";
import { USER_AGENT, VERSION } from "./version.ts";
import { wait } from "./wait.ts";

const SAVE_EVERY_MS = 1000;
const MAX_BUFFERED_BYTES = 8_388_608;
/** The waits between connections. */
export const BACKOFF = { firstMs: 1000, longestMs: 60_000 } as const;
const REDRAW_MS = 250;
const CHECK_WINDOW_MS = 1000;
const STATUS_LOG_MS = 10_000;
/** As long as a request to a broker may take. */
const UNACKNOWLEDGED_MS = 30_000;

/** What is resolved, and where from. */
export interface Resolved {
  readonly config: Config;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Runs a producer until the signal aborts or its events are delivered; returns its figures. `onDelivered` sees every
 * record that the destination acknowledged.
 */
export async function produce(
  resolved: Resolved,
  context: Context,
  onDelivered: (record: OutRecord) => void = () => {},
): Promise<Metrics> {
  const { config } = resolved;
  const metrics = new Metrics();
  const ascii = isAscii(context.env);
  // Events on the same terminal would be written into the status line.
  const live = context.terminal && !(config.output.kind === "stdout" && context.outTerminal);
  const screen = new Screen(context.writeErr, !live ? "never" : ascii ? "plain" : "escapes");
  const format = config.logFormat === "auto" ? (context.terminal ? "text" : "json") : config.logFormat;
  const log = createLog({
    level: config.logLevel,
    format,
    hide: (line) => hideSecrets(line, resolved.secrets),
    now: () => new Date(),
    write: (line) => screen.line(line),
  });
  for (const warning of resolved.warnings) log("warn", warning);
  const { limited, tellRest } = limitLog(log, Date.now);
  const parts = { log, limited, metrics, now: Date.now };
  await using _server = await serveMetrics(config, metrics, log);
  const onStop = () => metrics.draining = true;
  context.signal.addEventListener("abort", onStop);

  const commitMs = commitEveryMs(config);
  const kept = commitMs === null ? await openCursor(resolved) : null;
  const startedMs = performance.now();
  const stopped = () => {
    context.signal.removeEventListener("abort", onStop);
    tellRest();
    log("info", "Stopped", summaryFields(metrics, performance.now() - startedMs));
  };
  await using opened = await openDestination(resolved, parts, context).catch((error: unknown) => {
    if (context.signal.aborted) return null;
    throw error;
  });
  if (opened === null) {
    stopped();
    return metrics;
  }
  metrics.sinkOpened = true;
  const { sink, deadLetters } = opened;
  const cursors = opened.cursors ?? kept?.file ?? null;
  const others = kept?.file.others ?? new Map<string, Place>();
  const stored = await storedCursor(resolved, opened, kept, log, context.signal);
  const start = decideStart(config.cursor, stored, others, hostsOf(config.firehoseUrl), commitMs === null);
  if (start.warning !== null) log("warn", start.warning);
  const urls = inOrderFrom(start.host, config.firehoseUrl);
  log("info", "Started", startFields(config, urls, start, cursors !== null));

  const report = reportRun(parts);
  const startTimeMs = Date.parse(start.time ?? "");
  if (!Number.isNaN(startTimeMs)) metrics.positionMs = startTimeMs;
  const window = new ReplayWindow(config.replayWindowMs, metrics, log, Date.now);
  const windowTimer = setInterval(() => window.check(), CHECK_WINDOW_MS);
  try {
    window.check();
    using _status = showStatus(metrics, screen, {
      live,
      ascii,
      columns: context.columns,
      now: () => performance.now(),
      log: (text, fields) => format === "json" ? log("info", "Running", fields) : log("info", text),
      redrawMs: REDRAW_MS,
      logMs: STATUS_LOG_MS,
    });
    await run(
      {
        subscribe: {
          urls,
          cursor: start.seq,
          cursorTime: start.time,
          recent: stored?.recent ?? [],
          usualStep: stored?.host === start.host ? stored.usualStep ?? null : null,
          left: start.left === null ? null : { ...start.left, host: start.left.host ?? start.host },
          locatesLeft: start.byTime,
          known: new Map([...others].map(([host, { seq }]) => [host, seq])),
          rewindMs: config.failoverRewindMs,
          userAgent: USER_AGENT,
          idleTimeoutMs: config.idleTimeoutMs,
          maxBufferedBytes: MAX_BUFFERED_BYTES,
          gatherMs: GATHER_MS,
          backoff: BACKOFF,
          random: Math.random,
          wait,
        },
        sourceOf: publicUrl,
        rememberedRecords: urls.length === 1 ? 0 : rememberedRecords(config.failoverRewindMs),
        // A line has no headers that the attributes could stand in.
        contentMode: config.output.kind === "kafka" ? config.contentMode : "structured",
        selection: { collections: new Set(config.collections), sampleRate: config.sampleRate },
        maxInFlightBytes: config.maxInFlightBytes,
        maxEvents: config.maxEvents,
        saveEveryMs: commitMs ?? SAVE_EVERY_MS,
        transactional: commitMs !== null,
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        now: Date.now,
      },
      { sink, deadLetters, cursors, observer: { ...report, settled: watched(report, onDelivered) } },
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
  const { openMetricsServer } = await import("../ops/server.ts");
  // The connection is replaced at the idle timeout, so half of it is what is worth a look.
  const limits = { silenceMs: idleTimeoutMs / 2, unacknowledgedMs: UNACKNOWLEDGED_MS };
  const server = openMetricsServer(metrics, { host, port, version: VERSION, limits, now: Date.now });
  log("info", "Serving metrics", { url: `${server.url}/metrics` });
  return server;
}

function watched(report: RunObserver, onDelivered: (record: OutRecord) => void): RunObserver["settled"] {
  return (record, outcome) => {
    report.settled(record, outcome);
    if (outcome === "delivered") onDelivered(record);
  };
}

/** A cursor file that is kept, and what it held. */
interface KeptFile {
  readonly file: CursorFile;
  readonly stored: Cursor | null;
}

/** A cursor is kept for Kafka always; for lines only where one asks for it, as trying out must not move it. */
async function openCursor({ config, origins }: Resolved): Promise<KeptFile | null> {
  const isKept = config.output.kind === "kafka" || (origins["cursorFile"]?.kind ?? "default") !== "default";
  if (!isKept) return null;
  const file = new CursorFile(config.cursorFile, jobOf(config));
  // A file that cannot be read is no obstacle where the command decides where to start.
  const stored = config.cursor === null ? await file.load() : null;
  await file.check();
  return { file, stored };
}

/** The cursor that was kept, in whichever place; null also where the command decides. */
async function storedCursor(
  { config, origins }: Resolved,
  { cursors }: Destination,
  kept: KeptFile | null,
  log: Log,
  signal: AbortSignal,
): Promise<Cursor | null> {
  const { kafka } = config;
  const file = kept?.stored ?? null;
  if (config.cursor !== null || kafka === null) return file;
  if (cursors !== null) return await cursorExactlyOnce(config, await cursors.load(), log);
  return await cursorAtLeastOnce({ ...config, kafka }, origins, file, log, signal);
}

function hostsOf([first, ...others]: readonly string[]): [string, ...string[]] {
  return [hostOf(first ?? ""), ...others.map(hostOf)];
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** The URLs in their order, round from the one of this host. */
function inOrderFrom(host: string, urls: readonly string[]): readonly string[] {
  const at = Math.max(0, urls.findIndex((url) => hostOf(url) === host));
  return [...urls.slice(at), ...urls.slice(0, at)];
}

/** Enough for as long as is gone back, and as much again, on the busiest days. */
function rememberedRecords(rewindMs: number): number {
  return Math.max(20_000, rewindMs / 1000 * 2000);
}

/** Where events and dead letters go; and where the cursor goes, if that is the same place. */
interface Destination extends AsyncDisposable {
  readonly sink: Sink;
  readonly deadLetters: DeadLetters | null;
  readonly cursors: CursorStore | null;
}

async function openDestination(resolved: Resolved, parts: ReportParts, context: Context): Promise<Destination> {
  const { config, origins } = resolved;
  const { kafka, deadLetterFile } = config;
  await using opened = new AsyncDisposableStack();
  const file = deadLetterFile === null ? null : new DeadLetters(openLines(await appendTo(deadLetterFile)));
  opened.use(file);
  let destination: Pick<Destination, "sink" | "deadLetters" | "cursors">;
  if (kafka === null || commitEveryMs(config) === null) {
    const sink = opened.use(await openSink(resolved, parts, context));
    const deadLetters = file ?? opened.use(await openLetterTopic(resolved, parts, context));
    destination = { sink, deadLetters, cursors: null };
  } else {
    // A file is no part of a transaction; so what it holds of a frame is on disk before the cursor passes that.
    const beforeCommit = async () => await file?.flush();
    const sink = opened.use(
      await openTransactions({ ...config, kafka }, origins, parts, beforeCommit, context.signal),
    );
    destination = { sink, deadLetters: file ?? (sink.letters && new DeadLetters(sink.letters)), cursors: sink };
  }
  const kept = opened.move();
  return { ...destination, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openSink(
  { config, origins }: Resolved,
  parts: ReportParts,
  context: Context,
): Promise<Sink> {
  const { signal } = context;
  if (config.output.kind === "stdout") return openLines(standardOutput(context));
  if (config.output.kind === "file") return openLines(await appendTo(config.output.path));
  return await openKafka(config, origins, reportKafka(parts), signal);
}

/** Opens the topic of the events, or another one of the same brokers. */
async function openKafka(
  config: Config,
  origins: Resolved["origins"],
  observer: KafkaSinkObserver,
  signal: AbortSignal,
  topic: string | null = null,
): Promise<Sink> {
  if (config.kafka === null) throw new TypeError("Cannot open Kafka: the configuration has no settings for it");
  // KafkaJS takes a third of the start; those who write lines need not wait for it.
  const { openKafkaSink } = await import("../sink/kafka/sink.ts");
  const { topicPartitions: partitions, topicReplication: replication } = config;
  const connection = await openConnection(config.kafka, origins);
  return await openKafkaSink(
    {
      ...connection,
      topic: topic ?? connection.topic,
      createTopic: config.createTopic ? { partitions, replication } : null,
      partitioner: config.partitioner,
      compression: config.compression,
      lingerMs: LINGER_MS,
    },
    observer,
    signal,
  );
}

async function openLetterTopic(
  { config, origins }: Resolved,
  parts: ReportParts,
  { signal }: Context,
): Promise<DeadLetters | null> {
  const { deadLetterTopic, kafka } = config;
  if (deadLetterTopic === null || kafka === null) return null;
  // A letter that is too large is written again with less in it, and told of only if that fails too.
  const observer = { ...reportKafka(parts), oversize: () => {} };
  return new DeadLetters(await openKafka(config, origins, observer, signal, deadLetterTopic));
}

function standardOutput({ writeEvents }: Context): LineTarget {
  return { write: writeEvents, sync: () => Promise.resolve(), close: () => {} };
}

function startFields(config: Config, urls: readonly string[], start: Start, kept: boolean) {
  const { output, kafka } = config;
  const to = output.kind === "file" ? output.path : output.kind === "stdout" ? "standard output" : null;
  return {
    from: urls.map(publicUrl).join(","),
    to: to ?? `kafka ${kafka?.brokers.join(",") ?? ""} topic ${kafka?.topic ?? ""}`,
    security: kafka === null
      ? null
      : `${tlsText(kafka.tls)}${kafka.sasl ? `, SASL ${kafka.sasl.mechanism.toUpperCase()}` : ""}`,
    collections: config.collections.join(","),
    sampleRate: config.sampleRate,
    cursor: start.origin,
    deadLetters: config.deadLetterFile ?? (kafka === null ? null : config.deadLetterTopic),
    delivery: output.kind === "kafka" ? config.delivery : null,
    cursorFile: commitEveryMs(config) !== null
      ? `none (group ${jobOf(config)} keeps it)`
      : kept
      ? config.cursorFile
      : "none (--cursor-file keeps one)",
  };
}

function tlsText(tls: KafkaSettings["tls"]): string {
  if (tls === null) return "plain TCP";
  return `TLS${tls.insecure ? " without checks" : ""}${tls.cert === null ? "" : ", client certificate"}`;
}

function summaryFields(metrics: Metrics, elapsedMs: number) {
  return {
    delivered: metrics.deliveredTotal,
    seconds: Math.round(elapsedMs / 100) / 10,
    frames: metrics.frames,
    sampledOut: metrics.sampledOut,
    rejected: metrics.rejectedTotal,
    dropped: metrics.dropped,
    deadLetters: metrics.deadLettersTotal,
    cursor: metrics.cursor,
  };
}
