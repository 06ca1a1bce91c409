/**
 * A configuration to a running producer: the parts are opened, joined, run and closed. `stream` and `demo` both are
 * this with another configuration.
 *
 * @module
 */
import { publicUrl } from "../config/addresses.ts";
import type { KafkaSettings } from "../config/kafka_settings.ts";
import type { Config } from "../config/resolve.ts";
import type { Origin } from "../config/table.ts";
import { CursorError, type CursorStore } from "../cursor/cursor.ts";
import { CursorFile } from "../cursor/file.ts";
import type { Start } from "../cursor/resume.ts";
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
import { type LineTarget, LineWriteError, openLines } from "../sink/lines.ts";
import type { OutRecord } from "../out_record.ts";
import type { Sink } from "../sink/sink.ts";
import { redactor } from "../text/redact.ts";
import { openConnection } from "./connection.ts";
import { type Context, isAscii } from "./context.ts";
import { eventText, openFile, SharedTerminal } from "./event_text.ts";
import { commitEveryMs, jobOf, openTransactions } from "./exactly_once.ts";
import { askUntilAnswered, CursorClaim, type ReadFile, resumeFrom, storedAtLeastOnce } from "./resume.ts";
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
  process: Context,
  onDelivered: (record: OutRecord) => void = () => {},
): Promise<Metrics> {
  const { config } = resolved;
  const isShared = process.terminal && config.output.kind === "stdout" && process.outTerminal;
  const shared = new SharedTerminal(process);
  const { writeErr, writeEvents } = shared;
  const context = isShared ? { ...process, writeErr, writeEvents } : process;
  const metrics = new Metrics();
  const ascii = isAscii(context.env);
  // Events on the same terminal would be written into the status line.
  const live = context.terminal && !isShared;
  const screen = new Screen(context.writeErr, !live ? "never" : ascii ? "plain" : "escapes");
  const format = config.logFormat === "auto" ? (context.terminal ? "text" : "json") : config.logFormat;
  const log = createLog({
    level: config.logLevel,
    format,
    hide: redactor(resolved.secrets),
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
  const kept = commitMs === null ? await openCursor(resolved, log) : null;
  await using _keptFile = kept?.file ?? null;
  const startedMs = performance.now();
  const stopped = () => {
    context.signal.removeEventListener("abort", onStop);
    shared.release();
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
  const found = await findStart(resolved, opened.claim, kept, log, context.signal);
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
interface KeptFile extends ReadFile {
  readonly file: CursorFile;
}

/** A cursor is kept for Kafka always; for lines only where one asks for it, as trying out must not move it. */
async function openCursor({ config, origins }: Resolved, log: Log): Promise<KeptFile | null> {
  const isKept = config.output.kind === "kafka" || (origins["cursorFile"]?.kind ?? "default") !== "default";
  if (!isKept) return null;
  await using opened = new AsyncDisposableStack();
  const file = opened.use(new CursorFile(config.cursorFile));
  const since = new Date().toISOString();
  for (const { level, text } of await file.open({ pid: Deno.pid, host: Deno.hostname(), since })) log(level, text);
  const cursor = await loadCursor(file, config);
  opened.move();
  return { file, cursor, others: file.others };
}

/** A file that cannot be read is no obstacle where the command decides where to start. */
async function loadCursor(file: CursorFile, { cursor: choice }: Config): Promise<ReadFile["cursor"]> {
  try {
    return await file.load();
  } catch (error) {
    if (choice === null || choice.kind === "adopt" || !(error instanceof CursorError)) throw error;
    return null;
  }
}

/** Where to resume, and whose cursors this run saves; null where it is stopped before that is known. */
async function findStart(
  resolved: Resolved,
  claim: CursorClaim | null,
  kept: KeptFile | null,
  log: Log,
  signal: AbortSignal,
) {
  const ask = askUntilAnswered(log, signal);
  try {
    const { stored, owner } = claim ?? await storedAtLeastOnce(resolved, kept, ask);
    const start = await resumeFrom(stored, resolved, ask);
    if (start.kind === "refused") throw new CursorError(`${start.problem}. ${start.advice}`);
    return { start, owner };
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
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

/** Where events and dead letters go; and where the cursor goes, if that is the same place. */
interface Destination extends AsyncDisposable {
  readonly sink: Sink;
  readonly deadLetters: DeadLetters | null;
  readonly cursors: CursorStore | null;
  /** What was found and claimed of the cursor there. */
  readonly claim: CursorClaim | null;
}

async function openDestination(resolved: Resolved, parts: ReportParts, context: Context): Promise<Destination> {
  const { config, origins } = resolved;
  const { kafka, deadLetterFile } = config;
  await using opened = new AsyncDisposableStack();
  const file = deadLetterFile === null ? null : new DeadLetters(await openFile(deadLetterFile, "json", context.env));
  opened.use(file);
  let destination: Omit<Destination, keyof AsyncDisposable>;
  if (kafka === null || commitEveryMs(config) === null) {
    const sink = opened.use(await openSink(resolved, parts, context));
    const deadLetters = file ?? opened.use(await openLetterTopic(resolved, parts, context));
    destination = { sink, deadLetters, cursors: null, claim: null };
  } else {
    // A file is no part of a transaction; so what it holds of a frame is on disk before the cursor passes that.
    const beforeCommit = async () => await file?.flush();
    const claim = new CursorClaim(resolved);
    const hooks = { prepare: () => claim.prepare(), claim: claim.claim.bind(claim), beforeCommit };
    const sink = opened.use(await openTransactions({ ...config, kafka }, origins, parts, hooks, context.signal));
    destination = { sink, deadLetters: file ?? (sink.letters && new DeadLetters(sink.letters)), cursors: sink, claim };
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
  const { output, format } = config;
  if (output.kind === "stdout") {
    return openLines(standardOutput(context), eventText(format, context.outTerminal, context.env));
  }
  if (output.kind === "file") return await openFile(output.path, format ?? "json", context.env);
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
