/**
 * KafkaJS, held so that it loses nothing: its own retries are off (ours keep the order), sockets are watched so that a
 * dead one is replaced, and a producer that keeps failing is exchanged for a new one.
 *
 * @module
 */
import { type Admin, Kafka, logLevel, type Producer } from "kafkajs";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { KafkaClientOptions, KafkaSinkOptions } from "./options.ts";
import { PROFILES } from "./options.ts";
import type { OutRecord } from "../sink.ts";
import { encodeBatches, messagesOf } from "./produce.ts";
import { encodeHeaders } from "./record_batch.ts";
import { calmRequestQueues } from "./request_queue.ts";

/** How often metadata is refreshed at least, in milliseconds. */
export const METADATA_MAX_AGE_MS = 180_000;
const CONNECTION_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
const utf8 = new TextEncoder();
/** Every record is a structured CloudEvent. */
const HEADERS = encodeHeaders([
  [utf8.encode("content-type"), utf8.encode("application/cloudevents+json; charset=UTF-8")],
]);

/** Sends one partition's messages. */
export interface Client extends AsyncDisposable {
  /** Resolves when all in-sync replicas have the records; rejects with whatever KafkaJS says. */
  send(partition: number, records: readonly OutRecord[]): Promise<void>;
  /** Puts a new producer in the place of the one that just failed. */
  replace(): void;
}

/** The broker answered, but not for this partition: nothing says that the batch was appended. */
export class UnconfirmedError extends Error {
  override readonly name = "UnconfirmedError";
}

/** One producer and its sends under way; it is disconnected when it was replaced and they have ended. */
interface Generation {
  readonly producer: Producer;
  readonly connected: Promise<void>;
  sends: number;
  retired: boolean;
}

/** Makes the client of a sink; nothing is dialled before the first send. */
export function openClient(options: KafkaSinkOptions): Client {
  const sockets = new SocketWatch();
  const kafka = createKafka(options, sockets);
  const { topic } = options;
  const timeout = PROFILES[options.profile].requestTimeoutMs;
  let current: Generation | null = null;

  const retire = async (generation: Generation) => {
    generation.retired = true;
    if (generation.sends === 0) await disconnect(generation.producer);
  };
  return {
    async send(partition, records) {
      const generation = current ??= openGeneration(kafka, sockets);
      generation.sends++;
      try {
        await generation.connected;
        const messages = messagesOf({ partition, records, headers: HEADERS }, false);
        const results = await generation.producer.send({ topic, messages, acks: -1, timeout });
        const isAcked = results.some((result) => result.partition === partition && result.errorCode === 0);
        if (!isAcked) throw new UnconfirmedError(`The broker did not confirm partition ${partition}`);
      } catch (error) {
        // A producer that never connected stays so: the next send must begin with a new one.
        if (current === generation && !(await settled(generation.connected))) current = null;
        throw error;
      } finally {
        generation.sends--;
        if (generation.retired) void retire(generation);
      }
    },
    replace() {
      if (current !== null) void retire(current);
      current = null;
    },
    async [Symbol.asyncDispose]() {
      const generation = current;
      current = null;
      if (generation !== null) await disconnect(generation.producer);
      sockets.destroyAll();
    },
  };
}

/** An administrative client; the caller connects and disconnects it. */
export function openAdmin(options: KafkaSinkOptions): Admin {
  return createKafka(options, new SocketWatch()).admin({ retry: { retries: 0 } });
}

/** KafkaJS itself, for who reads a topic; nothing is dialled. `close` destroys whatever sockets it then has. */
export function openKafka(options: KafkaClientOptions): { readonly kafka: Kafka; close(): void } {
  const sockets = new SocketWatch();
  return { kafka: createKafka(options, sockets), close: () => sockets.destroyAll() };
}

function createKafka(options: KafkaClientOptions, sockets: SocketWatch): Kafka {
  calmRequestQueues();
  encodeBatches();
  return new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    ssl: options.tls,
    ...(options.sasl === null ? {} : { sasl: { mechanism: "plain" as const, ...options.sasl } }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: PROFILES[options.profile].requestTimeoutMs,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
    socketFactory: (request) => sockets.open(request),
  });
}

function openGeneration(kafka: Kafka, sockets: SocketWatch): Generation {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // KafkaJS asks for every message and looks at `message.partition` nowhere else.
    createPartitioner: () => ({ message }) => message.partition ?? 0,
    retry: { retries: 0 },
  });
  producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => sockets.destroy(payload.broker));
  const connected = producer.connect();
  connected.catch(() => {});
  return { producer, connected, sends: 0, retired: false };
}

async function disconnect(producer: Producer): Promise<void> {
  try {
    await producer.disconnect();
  } catch {
    // It was to be thrown away in any case.
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

interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly onConnect: () => void;
}

/** The sockets to each broker. KafkaJS never replaces one whose peer went silent; destroying it with an error does. */
class SocketWatch {
  readonly #byBroker = new Map<string, Set<Socket>>();

  open({ host, port, ssl, onConnect }: SocketRequest): Socket {
    const servername = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...servername, ...(typeof ssl === "object" ? ssl : {}) }, onConnect)
      : connectTcp({ host, port }, onConnect);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    const broker = `${host}:${port}`;
    const sockets = this.#byBroker.get(broker) ?? new Set();
    this.#byBroker.set(broker, sockets.add(socket));
    socket.once("close", () => sockets.delete(socket));
    return socket;
  }

  /** Destroys the sockets to one broker. Without an error the connection would be wedged for ever. */
  destroy(broker: string): void {
    for (const socket of this.#byBroker.get(broker) ?? []) {
      socket.destroy(new Error(`No answer from ${broker} in time`));
    }
  }

  destroyAll(): void {
    for (const broker of this.#byBroker.keys()) this.destroy(broker);
  }
}
