/**
 * The stages that end in Kafka.
 *
 * @module
 */
import { Kafka, logLevel, type Message } from "kafkajs";
import { Buffer } from "node:buffer";
import { setTimeout as after } from "node:timers/promises";
import { CursorFile } from "../src/cursor/file.ts";
import { programOf } from "../src/app/program.ts";
import { ADVICE } from "../src/cli/advice.ts";
import { createFigures } from "../src/telemetry/metrics.ts";
import { acknowledgedCheckpoint } from "../src/pipeline/checkpoint.ts";
import { createOutages, reportRun } from "../src/telemetry/report.ts";
import { PLAIN_LAYOUT } from "../src/events/record_layout.ts";
import { rulesOf } from "../src/filter/collections.ts";
import { UNFILTERED } from "../src/filter/filter.ts";
import { run } from "../src/pipeline/pipeline.ts";
import { WebSocketConnection } from "../src/net/websocket.ts";
import { CoreRecords } from "../src/plane/core_records.ts";
import { openKafkaProducer } from "../src/kafka/producer/producer.ts";
import { LINGER_MS, type ProducerObserver, type ProducerOptions, PROFILES } from "../src/kafka/client/options.ts";
import type { ProducerRecord } from "../src/record/producer_record.ts";
import type { Producer } from "../src/record/producer.ts";
import { type Figures, measurePasses, Meter, quantile } from "./measure.ts";
import { profiled } from "./profile.ts";
import { brokerOf, finisher, load, SOURCE, type StageInput, wanting } from "./stage_input.ts";
import { subscription } from "./stages_socket.ts";

const MAX_IN_FLIGHT_BYTES = 25_165_824;
const MOST_UNSETTLED = 20_000;
const PLAIN_BATCH = 1000;
/** Frames whose records are made beforehand for the stages that only produce. */
const FINISHED_FRAMES = 5000;
const nothing = () => {};

const QUIET: ProducerObserver = {
  opened: nothing,
  waiting: nothing,
  policyFound: nothing,
  redirected: nothing,
  retrying: nothing,
  recovered: nothing,
  topicMissing: nothing,
  partitionsChanged: nothing,
  idempotenceRefused: nothing,
  sequencesLost: nothing,
  sending: nothing,
  acknowledged: nothing,
};

function kafkaOptions(input: StageInput): ProducerOptions {
  const { brokers, topic } = brokerOf(input);
  return {
    brokers: [brokers],
    topic,
    topics: [topic],
    openTopics: null,
    compaction: () => "harmful",
    tls: null,
    sasl: null,
    profile: PROFILES.kafka,
    clientId: "bluesky_firehose-bench",
    createTopic: null,
    partitioner: "murmur2",
    compression: "none",
    recordsWriter: new CoreRecords(),
    lingerMs: LINGER_MS,
    random: Math.random,
  };
}

function openProducer(input: StageInput): Promise<Producer> {
  return openKafkaProducer(kafkaOptions(input), QUIET, new AbortController().signal);
}

async function finishedFrames(input: StageInput): Promise<ProducerRecord[][]> {
  const { file, collections } = input;
  return (await load(file, FINISHED_FRAMES)).map(finisher(wanting(collections), brokerOf(input).topic));
}

/** Finished records through our producer, as fast as it takes them. */
export async function produce(input: StageInput): Promise<Figures> {
  const frames = await finishedFrames(input);
  await using producer = await openProducer(input);
  let unsettled = 0;
  const receipt = { settle: () => void unsettled-- };
  const pass = async (all: readonly ProducerRecord[][]) => {
    for (const [i, records] of all.entries()) {
      for (const record of records) {
        unsettled++;
        producer.write(record, receipt);
      }
      // The turn of the event loop that a socket would take.
      if (i % 128 === 0) { do await after(0); while (unsettled > MOST_UNSETTLED); }
    }
  };
  return await measurePasses(frames, input, pass, () => producer.flush());
}

/** The same records by KafkaJS as it comes, in sends of 1,000. */
export async function kafkajsPlain(input: StageInput): Promise<Figures> {
  const frames = await finishedFrames(input);
  const { brokers, topic } = brokerOf(input);
  const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const figures = await measurePasses(frames, input, async (all) => {
    const messages: Message[] = all.flat().map(({ key, value }) => ({ key: asBuffer(key), value: asBuffer(value) }));
    for (let i = 0; i < messages.length; i += PLAIN_BATCH) {
      await producer.send({ topic, messages: messages.slice(i, i + PLAIN_BATCH), acks: -1 });
    }
  });
  await producer.disconnect();
  return figures;
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The whole way: firehose to acknowledged by the broker, with figures and a cursor file as `stream` has them. */
export async function whole(input: StageInput): Promise<Figures> {
  await using producer = await openProducer(input);
  return await runWhole(input, producer);
}

/** The whole way under a profiler. */
export async function profile(input: StageInput): Promise<Figures> {
  const { result, shares } = await profiled(() => whole(input));
  return { ...result, shares };
}

/** The whole way, with the time from each message's arrival at the socket to the acknowledgement of its records. */
export async function live(input: StageInput): Promise<Figures> {
  await using inner = await openProducer(input);
  const latencies: number[] = [];
  const arrivals = watchSockets();
  let arrivedMs = 0;
  const timed: Producer = {
    failed: inner.failed,
    flush: () => inner.flush(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    write: (record, receipt) => {
      const ofFrameMs = arrivedMs;
      inner.write(record, {
        settle: (settled, outcome) => {
          latencies.push(performance.now() - ofFrameMs);
          receipt.settle(settled, outcome);
        },
      });
    },
  };
  const figures = await runWhole(input, timed, () => arrivedMs = arrivals.shift() ?? NaN);
  const measured = latencies.slice(-input.frames);
  // A message whose arrival was not seen would count as no time at all.
  if (!measured.every(Number.isFinite)) throw new Error("Cannot measure latencies: arrivals are missing");
  return { ...figures, latencyMs: { p50: quantile(measured, 0.5), p99: quantile(measured, 0.99) } };
}

/** Notes when each message of all connections arrives, from now on; in the order of the messages. */
function watchSockets(): number[] {
  const arrivals: number[] = [];
  const { read } = WebSocketConnection.prototype;
  WebSocketConnection.prototype.read = async function () {
    const messages = await read.call(this);
    const nowMs = performance.now();
    for (let i = 0; i < (messages?.length ?? 0); i++) arrivals.push(nowMs);
    return messages;
  };
  return arrivals;
}

async function runWhole(input: StageInput, producer: Producer, onFrame: () => void = nothing): Promise<Figures> {
  const { url, warm, frames, collections } = input;
  const stop = new AbortController();
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
  const base = { log: nothing, limited: nothing, ...createFigures(programOf(30_000)), now: Date.now };
  const report = reportRun({ ...base, outages: createOutages(base), advise: ADVICE });
  const meter = new Meter();
  let count = 0;
  const frame = (bytes: number) => {
    onFrame();
    report.frame(bytes);
    if (++count === warm) meter.start();
    if (count === warm + frames) stop.abort();
  };
  await run(
    {
      recent: [],
      sourceOf: () => SOURCE,
      rememberedRecords: 0,
      layout: { ...PLAIN_LAYOUT, topicOf: () => brokerOf(input).topic, time: "event" },
      wholeRecords: false,
      handles: null,
      usualVerdict: null,
      selection: { collections: rulesOf(collections), ...UNFILTERED },
      maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
      maxEvents: null,
      saveEveryMs: 1000,
      stamp: { epoch: 1 },
      shutdownTimeoutMs: 60_000,
      now: Date.now,
    },
    {
      upstream: (pressure, decoder, signal) => subscription(url, report, signal, pressure, decoder),
      openCheckpoint: acknowledgedCheckpoint,
      producer,
      deadLetters: null,
      repos: null,
      subjects: null,
      identities: null,
      verdicts: null,
      cursors: new CursorFile(`${folder}/cursor.json`),
      observer: { ...report, frame },
    },
    stop.signal,
  );
  const figures = meter.stop(frames);
  await Deno.remove(folder, { recursive: true });
  return figures;
}
