/**
 * Opens where events, dead letters and, with exactly-once, the cursor go.
 *
 * @module
 */
import type { CursorStore } from "../cursor/cursor.ts";
import type { ReportParts } from "../telemetry/report.ts";
import { reportKafka } from "../telemetry/report_kafka.ts";
import { acknowledgedCheckpoint, type OpenCheckpoint, transactionalCheckpoint } from "../pipeline/checkpoint.ts";
import { DeadLetters } from "../pipeline/dead_letters.ts";
import { LINGER_MS } from "../kafka/client/options.ts";
import { type LineTarget, openLines } from "../lines/lines.ts";
import type { Producer, TopicProducer } from "../record/producer.ts";
import { CursorClaim } from "./cursor_claim.ts";
import { eventText, openFile } from "./event_text.ts";
import { commitEveryMs, openTransactions, producerOptions } from "./exactly_once.ts";
import type { Context } from "./process.ts";
import type { Settings } from "./settings.ts";

/** How often the cursor is saved where that is no transaction, in milliseconds. */
const SAVE_EVERY_MS = 1000;

/** Where events and dead letters go; and where the cursor goes, if that is the same place. */
export interface Destination extends AsyncDisposable {
  /** How the place reached is saved, and how often. */
  readonly openCheckpoint: OpenCheckpoint;
  readonly saveEveryMs: number;
  readonly producer: Producer;
  /** The topics of events that are open beside those that the configuration names. */
  readonly openTopics: () => Iterable<string>;
  readonly deadLetters: DeadLetters | null;
  readonly cursors: CursorStore | null;
  /** What was found and claimed of the cursor there. */
  readonly claim: CursorClaim | null;
}

/** Opens where events and dead letters go. */
export async function openDestination(settings: Settings, parts: ReportParts, context: Context): Promise<Destination> {
  const { config, origins } = settings;
  const { kafka, deadLetterFile, deadLetterTopic } = config;
  await using opened = new AsyncDisposableStack();
  const file = deadLetterFile === null ? null : await openFile(deadLetterFile, "json", context.env);
  opened.use(file);
  // A topic of dead letters is one more of the same producer.
  const lettersOf = (producer: Producer) => {
    if (file !== null) return new DeadLetters(file, "");
    return kafka === null || deadLetterTopic === null ? null : new DeadLetters(producer, deadLetterTopic);
  };
  let destination: Omit<Destination, keyof AsyncDisposable>;
  const commitMs = commitEveryMs(config);
  if (kafka === null || commitMs === null) {
    const { producer, openTopics } = await openProducer(settings, parts, context);
    opened.use(producer);
    const saving = { openCheckpoint: acknowledgedCheckpoint, saveEveryMs: SAVE_EVERY_MS };
    destination = { ...saving, producer, openTopics, deadLetters: lettersOf(producer), cursors: null, claim: null };
  } else {
    // A file is no part of a transaction; so what it holds of a frame is on disk before the cursor passes that.
    const beforeCommit = async () => await file?.flush();
    const claim = new CursorClaim(settings);
    const hooks = { prepare: () => claim.prepare(), claim: claim.claim.bind(claim), beforeCommit };
    const producer = opened.use(await openTransactions({ ...config, kafka }, origins, parts, hooks, context.signal));
    const saving = { openCheckpoint: transactionalCheckpoint, saveEveryMs: commitMs };
    destination = { ...saving, ...withTopics(producer), deadLetters: lettersOf(producer), cursors: producer, claim };
  }
  const kept = opened.move();
  return { ...destination, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openProducer(
  { config, origins }: Settings,
  parts: ReportParts,
  context: Context,
): Promise<Pick<Destination, "producer" | "openTopics">> {
  const { signal } = context;
  const { output, format } = config;
  if (output.kind === "kafka") return withTopics(await openKafka({ config, origins }, parts, signal));
  const producer = output.kind === "stdout"
    ? openLines(standardOutput(context), eventText(format, context.outTerminal, context.env))
    : await openFile(output.path, format ?? "json", context.env);
  return { producer, openTopics: () => [] };
}

function withTopics(producer: TopicProducer): Pick<Destination, "producer" | "openTopics"> {
  return { producer, openTopics: () => producer.openTopics };
}

async function openKafka(
  { config, origins }: Settings,
  parts: ReportParts,
  signal: AbortSignal,
): Promise<TopicProducer> {
  const { kafka } = config;
  if (kafka === null) throw new TypeError("Cannot open Kafka: the configuration has no settings for it");
  // KafkaJS takes a third of the start; those who write lines need not wait for it.
  const { openKafkaProducer } = await import("../kafka/producer/producer.ts");
  const options = { ...await producerOptions({ ...config, kafka }, origins), lingerMs: LINGER_MS };
  return await openKafkaProducer(options, reportKafka(parts), signal);
}

function standardOutput({ writeEvents }: Context): LineTarget {
  return { write: writeEvents, sync: () => Promise.resolve(), close: () => {} };
}
