/**
 * Opens where events, dead letters and, with exactly-once, the cursor go.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { CursorStore } from "../cursor/cursor.ts";
import { reportKafka, type ReportParts } from "../telemetry/report.ts";
import { DeadLetters } from "../pipeline/dead_letters.ts";
import { type KafkaSinkObserver, LINGER_MS } from "../kafka/client/options.ts";
import { type LineTarget, openLines } from "../lines/lines.ts";
import type { Sink } from "../record/sink.ts";
import { openConnection } from "./connection.ts";
import { CursorClaim } from "./cursor_claim.ts";
import { eventText, openFile } from "./event_text.ts";
import { commitEveryMs, openTransactions } from "./exactly_once.ts";
import type { Context } from "./process.ts";
import type { Settings } from "./settings.ts";

/** Where events and dead letters go; and where the cursor goes, if that is the same place. */
export interface Destination extends AsyncDisposable {
  readonly sink: Sink;
  readonly deadLetters: DeadLetters | null;
  readonly cursors: CursorStore | null;
  /** What was found and claimed of the cursor there. */
  readonly claim: CursorClaim | null;
}

/** Opens where events and dead letters go. */
export async function openDestination(settings: Settings, parts: ReportParts, context: Context): Promise<Destination> {
  const { config, origins } = settings;
  const { kafka, deadLetterFile } = config;
  await using opened = new AsyncDisposableStack();
  const file = deadLetterFile === null ? null : new DeadLetters(await openFile(deadLetterFile, "json", context.env));
  opened.use(file);
  let destination: Omit<Destination, keyof AsyncDisposable>;
  if (kafka === null || commitEveryMs(config) === null) {
    const sink = opened.use(await openSink(settings, parts, context));
    const deadLetters = file ?? opened.use(await openLetterTopic(settings, parts, context));
    destination = { sink, deadLetters, cursors: null, claim: null };
  } else {
    // A file is no part of a transaction; so what it holds of a frame is on disk before the cursor passes that.
    const beforeCommit = async () => await file?.flush();
    const claim = new CursorClaim(settings);
    const hooks = { prepare: () => claim.prepare(), claim: claim.claim.bind(claim), beforeCommit };
    const sink = opened.use(await openTransactions({ ...config, kafka }, origins, parts, hooks, context.signal));
    destination = { sink, deadLetters: file ?? (sink.letters && new DeadLetters(sink.letters)), cursors: sink, claim };
  }
  const kept = opened.move();
  return { ...destination, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openSink(
  { config, origins }: Settings,
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
  origins: Settings["origins"],
  observer: KafkaSinkObserver,
  signal: AbortSignal,
  topic: string | null = null,
): Promise<Sink> {
  if (config.kafka === null) throw new TypeError("Cannot open Kafka: the configuration has no settings for it");
  // KafkaJS takes a third of the start; those who write lines need not wait for it.
  const { openKafkaSink } = await import("../kafka/producer/sink.ts");
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
  { config, origins }: Settings,
  parts: ReportParts,
  { signal }: Context,
): Promise<DeadLetters | null> {
  const { deadLetterTopic, kafka } = config;
  if (deadLetterTopic === null || kafka === null) return null;
  // A letter that is too large is written again with less in it, and told of only if that fails too.
  const observer = { ...reportKafka(parts, deadLetterTopic), oversize: () => {} };
  return new DeadLetters(await openKafka(config, origins, observer, signal, deadLetterTopic));
}

function standardOutput({ writeEvents }: Context): LineTarget {
  return { write: writeEvents, sync: () => Promise.resolve(), close: () => {} };
}
