/**
 * One stage of the bench in a process of its own, so that no stage warms or fills another's memory:
 * `stage.ts NAME JSON`. Prints its figures as JSON.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { Kafka, logLevel, type Message } from "kafkajs";
import { Buffer } from "node:buffer";
import { type Figures, measure } from "./measure.ts";
import { runPeer } from "./peers/javascript.ts";
import { EventEncoder } from "../src/events/encode.ts";
import { EVENT_TYPES } from "../src/events/schema.ts";
import { decodeFrame } from "../src/firehose/frame.ts";
import { Subscription } from "../src/firehose/subscribe.ts";
import { run, type RunObserver } from "../src/pipeline/run.ts";
import { CommitReader } from "../src/repo/commit.ts";
import { readRecording } from "../src/simulator/recording.ts";
import { openKafkaSink } from "../src/sink/kafka/sink.ts";
import { type KafkaSinkObserver, type KafkaSinkOptions, PROFILES } from "../src/sink/kafka/options.ts";
import type { OutRecord } from "../src/sink/sink.ts";
import { wait } from "../src/cli/wait.ts";

/** What a stage works on. */
export interface StageInput {
  /** A recording of the frames. */
  readonly file: string;
  /** How many frames it has. */
  readonly frames: number;
  /** A firehose that serves them. */
  readonly url: string;
  /** A broker, and a topic of its own for this run; null where there is no broker. */
  readonly kafka: { readonly brokers: string; readonly topic: string } | null;
}

const COLLECTIONS: readonly string[] = Object.values(EVENT_TYPES).map(({ collection }) => collection);
const SELECTION = { collections: new Set(COLLECTIONS), sampleRate: 1 };
const COMMITS = new CommitReader(SELECTION);
const SOURCE = "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos";
const ENCODER = new EventEncoder(SOURCE);
const MAX_IN_FLIGHT_BYTES = 33_554_432;
const PASSES = 3;
const nothing = () => {};

const QUIET_RUN: RunObserver = {
  connecting: nothing,
  connected: nothing,
  disconnected: nothing,
  paused: nothing,
  gap: nothing,
  newSequenceSpace: nothing,
  repeated: nothing,
  info: nothing,
  frame: nothing,
  lag: nothing,
  sampledOut: nothing,
  rejected: nothing,
  settled: nothing,
  inFlight: nothing,
  cursorSaved: nothing,
  cursorFailed: nothing,
  undelivered: nothing,
};

const QUIET_KAFKA: KafkaSinkObserver = {
  opened: nothing,
  unreachable: nothing,
  retrying: nothing,
  recovered: nothing,
  partitionsChanged: nothing,
  oversize: nothing,
};

const STAGES: Readonly<Record<string, (input: StageInput) => Promise<Figures>>> = {
  /** A native WebSocket that does nothing with what it receives: the least that can be spent. */
  socket: ({ url, frames }) =>
    measure(() => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const socket = new WebSocket(`${url}?cursor=0`);
      socket.binaryType = "arraybuffer";
      let count = 0;
      socket.onmessage = () => {
        if (++count < frames) return;
        socket.close();
        resolve(count);
      };
      socket.onclose = () => reject(new Error(`The connection ended after ${count} frames`));
      return promise;
    }),

  /** Our subscription: connection, order of messages, nothing decoded. */
  receive: ({ url, frames }) =>
    measure(async () => {
      const stop = new AbortController();
      const unbounded = { full: false, drained: () => Promise.resolve() };
      let count = 0;
      for await (const batch of new Subscription(subscribeOptions(url), unbounded, QUIET_RUN, stop.signal)) {
        count += batch.length;
        if (count >= frames) stop.abort();
      }
      return count;
    }),

  /** Frames in memory to records. */
  decode: (input) => overMemory(input, (bytes) => void records(bytes)),

  /** Frames in memory to finished events. */
  map: (input) => overMemory(input, (bytes) => void finished(bytes)),

  /** The same frames by the official library, for scale. */
  "atproto-sync": async (input) => {
    const commits = (await load(input.file)).filter((bytes) => decodeFrame(bytes).kind === "commit")
      .map((bytes) => [...decodeAll(bytes)][1] as unknown as Parameters<typeof parseCommitUnauthenticated>[0]);
    return await measure(async () => {
      for (const commit of commits) await parseCommitUnauthenticated(commit);
      return commits.length;
    });
  },

  /** Finished records through our Kafka sink. */
  produce: async (input) => {
    const frames = (await load(input.file)).map(finished);
    return await measure(async () => {
      await using sink = await openKafkaSink(kafkaOptions(input), QUIET_KAFKA, new AbortController().signal);
      for (const outs of frames) for (const record of outs) sink.write(record, { settle: nothing });
      await sink.flush();
      return frames.length;
    });
  },

  /** The same records by KafkaJS as it comes, in sends of 1,000: what its own way costs. */
  "kafkajs-plain": async (input) => {
    const outs = (await load(input.file)).map(finished);
    const { brokers, topic } = brokerOf(input);
    return await measure(async () => {
      const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      let messages: Message[] = [];
      for (const record of outs.flat()) {
        messages.push({ key: asBuffer(record.key), value: asBuffer(record.value) });
        if (messages.length < 1000) continue;
        await producer.send({ topic, messages, acks: -1 });
        messages = [];
      }
      if (messages.length > 0) await producer.send({ topic, messages, acks: -1 });
      await producer.disconnect();
      return outs.length;
    });
  },

  /** The whole way: firehose to acknowledged by the broker. */
  whole: (input) =>
    measure(async () => {
      const stop = new AbortController();
      let count = 0;
      const frame = () => {
        if (++count === input.frames) stop.abort();
      };
      await using sink = await openKafkaSink(kafkaOptions(input), QUIET_KAFKA, stop.signal);
      await run(
        {
          subscribe: subscribeOptions(input.url),
          host: "127.0.0.1",
          source: SOURCE,
          selection: SELECTION,
          maxInFlightBytes: MAX_IN_FLIGHT_BYTES,
          maxEvents: null,
          saveEveryMs: 1000,
          transactional: false,
          shutdownTimeoutMs: 60_000,
          now: Date.now,
        },
        { sink, cursors: null, observer: { ...QUIET_RUN, frame } },
        stop.signal,
      );
      return count;
    }),

  /** The same way by a program from the packages' own documentation. */
  "javascript-peer": (input) => measure(() => runPeer({ ...brokerOf(input), url: input.url, frames: input.frames })),
};

/** Names of the stages. */
export const STAGE_NAMES: readonly string[] = Object.keys(STAGES);

function subscribeOptions(url: string) {
  return {
    url,
    cursor: 0,
    userAgent: "bluesky_firehose-bench",
    idleTimeoutMs: 30_000,
    maxBufferedBytes: 8_388_608,
    backoff: { firstMs: 100, longestMs: 1000 },
    random: Math.random,
    wait,
  };
}

function brokerOf({ kafka }: StageInput): { readonly brokers: string; readonly topic: string } {
  if (kafka === null) throw new TypeError("Cannot run this stage: it needs a broker");
  return kafka;
}

function kafkaOptions(input: StageInput): KafkaSinkOptions {
  const { brokers, topic } = brokerOf(input);
  return {
    brokers: [brokers],
    topic,
    tls: null,
    sasl: null,
    profile: PROFILES.kafka,
    clientId: "bluesky_firehose-bench",
    createTopic: null,
    partitioner: "murmur2",
    lingerMs: 25,
    random: Math.random,
  };
}

async function overMemory(input: StageInput, handle: (bytes: Uint8Array) => void): Promise<Figures> {
  const frames = await load(input.file);
  return await measure(() => {
    for (let pass = 0; pass < PASSES; pass++) for (const bytes of frames) handle(bytes);
    return frames.length * PASSES;
  });
}

function records(bytes: Uint8Array) {
  const frame = decodeFrame(bytes);
  return frame.kind === "commit" ? COMMITS.read(frame).results : [];
}

function finished(bytes: Uint8Array): OutRecord[] {
  return records(bytes).flatMap((record) => {
    const encoded = record.kind === "rejected" ? null : ENCODER.encode(record, 0);
    return encoded === null || "kind" in encoded ? [] : [encoded];
  });
}

async function load(file: string): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = [];
  for await (const { bytes } of readRecording(file)) frames.push(bytes);
  return frames;
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

if (import.meta.main) {
  const [name = "", input = "{}"] = Deno.args;
  const stage = STAGES[name];
  if (stage === undefined) throw new TypeError(`Cannot run "${name}": the stages are ${STAGE_NAMES.join(", ")}`);
  const figures = await stage(JSON.parse(input) as StageInput);
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(figures)));
  // Sockets that linger would only keep the next stage waiting.
  Deno.exit(0);
}
