/**
 * KafkaJS, held so that it loses nothing: its own retries are off (ours keep the order), sockets are watched so that a
 * dead one is replaced, and a producer that keeps failing is exchanged for a new one.
 *
 * @module
 */
import { type Admin, Kafka, logLevel, type Producer, type ProducerConfig, type RetryOptions } from "kafkajs";
import { encodeTextHeaders } from "../../record/headers.ts";
import type { ProducerRecord } from "../../record/producer_record.ts";
import { saslMechanism } from "./auth.ts";
import { toKafkaJs } from "./broker_address.ts";
import { keepBrokerTexts } from "./broker_text.ts";
import { isBug, reasonOf } from "./classify.ts";
import { codecOf, registerCodecs } from "../protocol/compression.ts";
import { calmRequestQueues, createCluster, type InnerCluster, keepRefusals } from "./kafkajs_internals.ts";
import type { KafkaClientOptions, ProducerOptions } from "./options.ts";
import { encodeBatches, messagesOf, recycle } from "../producer/produce.ts";
import type { BatchNumber } from "../producer/sequences.ts";
import { Sockets } from "./sockets.ts";

const CONNECTION_TIMEOUT_MS = 10_000;
const NO_RETRY: RetryOptions = { retries: 0 };
/**
 * How long before the end of its session a connection authenticates again, in milliseconds. Brokers refuse to do so
 * within a second of the last time, so it must stay well below the shortest session that is in use.
 */
const REAUTHENTICATE_BEFORE_MS = 3000;
/** To connect, and what is asked for at most: the topics, creating one, its leaders, its partitions, its settings. */
const ADMIN_REQUESTS = 6;
/** How many bugs in a row are taken for KafkaJS's own, which a new producer helps against; with the waits between, two minutes. */
const MAX_BUGS = 10;
/** A record without headers of its own is a structured CloudEvent. */
export const HEADERS = encodeTextHeaders([["content-type", "application/cloudevents+json; charset=UTF-8"]]);

/** Records of one partition that go in one request. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ProducerRecord[];
  /** What the broker is to know it by; null: nothing. Within a transaction the producer is that of the transaction. */
  readonly sequence: BatchNumber | null;
}

/** Sends batches. */
export interface Client extends AsyncDisposable {
  /** Resolves when all in-sync replicas have the records; rejects with whatever KafkaJS says. */
  send(batch: PartitionBatch): Promise<void>;
  /** Puts a new producer in the place of the one with which the last send of this partition failed. */
  replace(topic: string, partition: number): void;
}

/** The broker answered, but not for this partition: nothing says that the batch was appended. */
export class UnconfirmedError extends Error {
  override readonly name = "UnconfirmedError";
}

/** The producer can be used no more: it neither sent nor failed in time, or failed as no outage makes it fail. */
export class WedgedError extends Error {
  override readonly name = "WedgedError";
}

/** A producer that connects, or failed to. */
export interface OpenProducer {
  readonly producer: Producer;
  readonly sockets: Sockets;
  readonly connected: Promise<void>;
}

/** One producer and its sends under way; it is closed when it was replaced and they have ended. */
interface Generation extends OpenProducer {
  sends: number;
  retired: boolean;
}

/**
 * Sends a batch by KafkaJS's producer, or within its transaction; then it numbers the records itself.
 *
 * @throws {UnconfirmedError} if the broker does not say that it has the records
 */
export async function sendBatch(
  sender: Pick<Producer, "send">,
  { topic, partition, records, sequence }: PartitionBatch,
  { compression, profile, recordsWriter: writer }: Pick<ProducerOptions, "compression" | "profile" | "recordsWriter">,
): Promise<void> {
  const codec = codecOf(compression);
  const messages = messagesOf({ partition, records, headers: HEADERS, codec, sequence, writer });
  const results = await sender.send({ topic, messages, acks: -1, timeout: profile.requestTimeoutMs });
  const isAcked = results.some((result) => result.partition === partition && result.errorCode === 0);
  if (!isAcked) throw new UnconfirmedError(`The broker did not confirm partition ${partition}`);
  recycle(messages);
}

/** Makes the client of a producer; nothing is dialled before the first send. */
export function openClient(options: ProducerOptions): Client {
  // A connection, what the broker can do, metadata, and the batch itself.
  const longestMs = CONNECTION_TIMEOUT_MS + 3 * options.profile.requestTimeoutMs;
  const generations = new Set<Generation>();
  /** By topic and partition. */
  const failedWith = new Map<string, Generation>();
  /** How often in a row a partition met a bug. */
  const bugs = new Map<string, number>();
  let current: Generation | null = null;

  // KafkaJS throws a TypeError where the connections to all brokers end at once while it looks for one: a new producer
  // helps. What is a bug of another kind comes again.
  const wedged = (error: unknown, place: string) => {
    if (!isBug(error)) return error;
    const count = (bugs.get(place) ?? 0) + 1;
    bugs.set(place, count);
    return count > MAX_BUGS ? error : new WedgedError(`The Kafka client failed: ${reasonOf(error)}`);
  };
  const open = () => {
    const generation = { ...openKafkaJsProducer(options, {}), sends: 0, retired: false };
    generations.add(generation);
    return generation;
  };
  const retire = (generation: Generation) => {
    if (current === generation) current = null;
    generation.retired = true;
    if (generation.sends === 0) void close(generation);
  };
  const close = async (generation: Generation) => {
    // A send that is under way would otherwise hold the end up until its request times out.
    if (generation.sends > 0) generation.sockets.close();
    await disconnect(generation.producer);
    generation.sockets.close();
    generations.delete(generation);
  };
  return {
    async send(batch) {
      const generation = current ??= open();
      const place = placeOf(batch.topic, batch.partition);
      generation.sends++;
      try {
        await generation.connected;
        await within(longestMs, sendBatch(generation.producer, batch, options));
        failedWith.delete(place);
        bugs.delete(place);
      } catch (failure) {
        const error = wedged(failure, place);
        failedWith.set(place, generation);
        if (error instanceof WedgedError) {
          // What is stuck must not be sent after all when the batch has been sent again.
          generation.sockets.close();
          retire(generation);
        }
        // A producer that never connected stays so: the next send must begin with a new one.
        if (!(await settled(generation.connected))) retire(generation);
        throw error;
      } finally {
        generation.sends--;
        if (generation.retired && generation.sends === 0) void close(generation);
      }
    },
    replace(topic, partition) {
      const generation = failedWith.get(placeOf(topic, partition));
      if (generation !== undefined) retire(generation);
    },
    async [Symbol.asyncDispose]() {
      current = null;
      await Promise.all([...generations].map(close));
    },
  };
}

function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/**
 * Opens an administrative client for one use. `signal` ends it at once, whatever it waits for. `silent` hears of a
 * server that accepts connections and sends nothing.
 *
 * @throws whatever KafkaJS says
 * @throws {WedgedError} if it neither succeeds nor fails for as long as all of its requests may take
 */
export async function withAdmin<T>(
  options: KafkaClientOptions,
  signal: AbortSignal,
  use: (admin: Admin) => Promise<T>,
  silent: (broker: string) => void = () => {},
): Promise<T> {
  const sockets = new Sockets(silent);
  const admin = createKafka(options, sockets).admin({ retry: NO_RETRY });
  const end = () => sockets.close();
  signal.addEventListener("abort", end);
  const longestMs = CONNECTION_TIMEOUT_MS + ADMIN_REQUESTS * options.profile.requestTimeoutMs;
  try {
    return await within(longestMs, admin.connect().then(() => use(admin)));
  } catch (error) {
    // A request that is stuck would hold the end up too.
    end();
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    await admin.disconnect().catch(() => {});
    sockets.close();
  }
}

/**
 * KafkaJS itself, for who reads a topic; nothing is dialled. `close` destroys whatever sockets it then has, and `silent`
 * hears of a server that accepts connections and sends nothing.
 */
export function openKafka(
  options: KafkaClientOptions,
  silent: (broker: string) => void = () => {},
): { readonly kafka: Kafka; close(): void } {
  const sockets = new Sockets(silent);
  return { kafka: createKafka(options, sockets), close: () => sockets.close() };
}

/**
 * What comes of one use of a cluster, which is connected for it and closed after it. `signal` ends it at once.
 *
 * @throws whatever KafkaJS says
 */
export async function withCluster<T>(
  options: KafkaClientOptions,
  use: (cluster: InnerCluster) => Promise<T>,
  signal: AbortSignal | null = null,
): Promise<T> {
  const { kafka, close } = openKafka(options);
  signal?.addEventListener("abort", close);
  try {
    signal?.throwIfAborted();
    const cluster = createCluster(kafka, { allowAutoTopicCreation: false });
    await cluster.connect();
    return await use(cluster);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

function createKafka(options: KafkaClientOptions, sockets: Sockets): Kafka {
  calmRequestQueues();
  keepRefusals();
  keepBrokerTexts();
  encodeBatches();
  registerCodecs();
  const { brokers, random, sasl, tls } = options;
  return new Kafka({
    clientId: options.clientId,
    // KafkaJS begins with the first of a list each time, so one that is down would never be passed over.
    brokers: () => [toKafkaJs(brokers[Math.floor(random() * brokers.length) % brokers.length] ?? "")],
    ssl: tls === null ? false : {
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      ...(tls.cert === null ? {} : { cert: tls.cert }),
      ...(tls.key === null ? {} : { key: tls.key }),
      rejectUnauthorized: !tls.insecure,
    },
    ...(sasl === null ? {} : { sasl: saslMechanism(sasl) }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: CONNECTION_TIMEOUT_MS,
    reauthenticationThreshold: REAUTHENTICATE_BEFORE_MS,
    requestTimeout: options.profile.requestTimeoutMs,
    retry: NO_RETRY,
    logLevel: logLevel.NOTHING,
    socketFactory: (request) => sockets.open({ ...request, ssl: request.ssl || null }),
  });
}

/** Opens a producer that sends each message where its `partition` says. */
export function openKafkaJsProducer(options: KafkaClientOptions, config: ProducerConfig): OpenProducer {
  const sockets = new Sockets();
  const producer = createKafka(options, sockets).producer({
    allowAutoTopicCreation: false,
    metadataMaxAge: options.profile.metadataMaxAgeMs,
    // KafkaJS asks for every message and looks at `message.partition` nowhere else.
    createPartitioner: () => ({ message }) => message.partition ?? 0,
    retry: NO_RETRY,
    ...config,
  });
  producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => sockets.destroy(payload.broker));
  const connected = producer.connect();
  connected.catch(() => {});
  return { producer, sockets, connected };
}

/** Disconnects a producer that is to be thrown away. */
export async function disconnect(producer: Producer): Promise<void> {
  try {
    await producer.disconnect();
  } catch {
    // It was to be thrown away in any case.
  }
}

/**
 * What the promise gives, or a {@linkcode WedgedError} after so many milliseconds. A KafkaJS connection that is made while
 * its predecessor is still being ended loses the timer of its requests, which then neither succeed nor fail, ever.
 */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: stuck, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new WedgedError(`No response for ${Math.round(ms / 1000)} s`)), ms);
  try {
    return await Promise.race([promise, stuck]);
  } finally {
    clearTimeout(timer);
  }
}

async function settled(promise: Promise<void>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch {
    return false;
  }
}
