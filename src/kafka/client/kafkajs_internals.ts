/**
 * All that reaches into KafkaJS: the modules behind its interface, the patches of them ({@linkcode PATCHES}), and a
 * private symbol. It is for {@linkcode KAFKAJS_VERSION}, which is pinned exactly, as nothing here is promised by any
 * version; tests/kafka/client/kafkajs_internals_test.ts fails where KafkaJS differs.
 *
 * KafkaJS has no types for these, so they stand here, as far as they are used.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { AuthenticationProviderArgs, Authenticator, Kafka } from "kafkajs";
import plain from "kafkajs/src/broker/saslAuthenticator/plain.js";
import scram256 from "kafkajs/src/broker/saslAuthenticator/scram256.js";
import scram512 from "kafkajs/src/broker/saslAuthenticator/scram512.js";
import StockBrokerPool from "kafkajs/src/cluster/brokerPool.js";
import StockBatch from "kafkajs/src/consumer/batch.js";
import StockRequestQueue from "kafkajs/src/network/requestQueue/index.js";
import StockDecoder from "kafkajs/src/protocol/decoder.js";
import StockEncoder from "kafkajs/src/protocol/encoder.js";
import * as stockErrors from "kafkajs/src/protocol/error.js";
import stockApiKeys from "kafkajs/src/protocol/requests/apiKeys.js";
import stockCreateTopics from "kafkajs/src/protocol/requests/createTopics/index.js";
import stockProduce from "kafkajs/src/protocol/requests/produce/index.js";

/** The version that this is for. */
export const KAFKAJS_VERSION = "2.2.4";

/** What is put in the place of KafkaJS's own, for every client of the process, and why. docs/security.md has the same. */
export const PATCHES = {
  "RequestQueue.scheduleCheckPendingRequests": "a timer of 1 ms ran on each idle connection, at a negative time",
  "Encoder.writeEncoder": "each request was copied twice behind its header",
  "Produce.protocol":
    "batches are encoded once and not record by record; version 8 has the broker's words in its answer",
  "CreateTopics.protocol": "the broker's words were dropped",
  "errorCodes": "errors of newer brokers had no names",
  "BrokerPool.withBroker": "a missing permission looked like brokers that do not answer, and was retried for ever",
} as const;

/** Writes a request. */
export interface Encoder {
  /** What was written so far, with room behind it. */
  buf: Buffer;
  offset: number;
  writeInt32(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
  writeEncoder(value: Encoder): Encoder;
}

/** KafkaJS's class of that; `bytes` is the room to begin with. */
export const Encoder: { new (bytes?: number): Encoder; readonly prototype: Encoder } = StockEncoder;

/** Reads an answer. */
export interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readString(): string | null;
  readArray<T>(read: () => T): T[];
  readUVarInt(): number;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: () => T): T[] | null;
  readTaggedFields(): unknown;
  readBytes(length: number): Uint8Array;
}

/** KafkaJS's class of that. */
export const Decoder: { new (bytes: Uint8Array): Decoder; readonly prototype: Decoder } = StockDecoder;

/** The numbers of requests that are used here. */
export const apiKeys: Readonly<
  Record<"Metadata" | "OffsetFetch" | "InitProducerId", number> & Record<string, number | undefined>
> = stockApiKeys;

/** An error of the protocol. */
export interface ErrorCode {
  readonly type: string;
  readonly code: number;
  readonly retriable: boolean;
  readonly message: string;
}

/** The error that KafkaJS makes of a code. */
export const createErrorFromCode: (code: number) => Error = stockErrors.createErrorFromCode;

/** Lets KafkaJS know more errors; those that it knows stay as they are. */
export function addErrorCodes(codes: Iterable<ErrorCode>): void {
  const errorCodes: ErrorCode[] = stockErrors.errorCodes;
  const known = new Set(errorCodes.map(({ code }) => code));
  for (const each of codes) if (!known.has(each.code)) errorCodes.push(each);
}

/** A request, and how its answer is read. */
export interface ProtocolRequest<Decoded = unknown, Answer = Decoded> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<Encoder>;
  };
  readonly response: {
    decode(bytes: Uint8Array): Promise<Decoded>;
    /** Rejects where the answer is an error. */
    parse(decoded: Decoded): Promise<Answer>;
  };
}

/** What makes requests of one kind, in one version, of their arguments. */
export type MakeRequest<Args> = (args: Args) => ProtocolRequest;

/** All versions of one kind of request. */
interface Definition<Args> {
  versions: readonly string[];
  protocol: (of: { readonly version: number }) => MakeRequest<Args>;
}

const DEFINITIONS: Readonly<Record<"Produce" | "CreateTopics", Definition<unknown>>> = {
  Produce: stockProduce,
  CreateTopics: stockCreateTopics,
};

/** Puts `wrap` around what makes requests of this kind, in each version that KafkaJS knows and in `added`. */
export function wrapRequests<Args>(
  kind: keyof typeof DEFINITIONS,
  wrap: (make: (version: number) => MakeRequest<Args>, version: number) => MakeRequest<Args>,
  added: number | null = null,
): void {
  const definition: Definition<Args> = DEFINITIONS[kind];
  const { protocol } = definition;
  if (added !== null) definition.versions = [...definition.versions, String(added)];
  definition.protocol = ({ version }) => wrap((of) => protocol({ version: of }), version);
}

/** Bodies that have room before them, by the encoder that holds them: where they begin in their buffer. */
const bodies = new WeakMap<Encoder, { readonly whole: Buffer; readonly start: number }>();

/** A body with room before it for what KafkaJS writes there; `start` is where it begins. */
export function bodyIn(whole: Buffer, start: number, encoder: Encoder = new Encoder(1)): Encoder {
  encoder.buf = whole.subarray(start);
  encoder.offset = encoder.buf.length;
  bodies.set(encoder, { whole, start });
  return encoder;
}

/**
 * KafkaJS puts a request together by copying its body behind its header, and both behind their size: two new buffers of
 * twice the size. A body that has room before it takes what stands before it in there instead.
 */
export function adoptBodies(): void {
  const { writeEncoder } = Encoder.prototype;
  Encoder.prototype.writeEncoder = function (this: Encoder, value: Encoder): Encoder {
    const body = bodies.get(value);
    if (body === undefined || body.start < this.offset) return writeEncoder.call(this, value);
    const start = body.start - this.offset;
    this.buf.copy(body.whole, start, 0, this.offset);
    return bodyIn(body.whole, start, this);
  };
}

/** The requests of one connection that wait. */
export interface RequestQueue {
  /** Milliseconds since 1970 until which the broker wants no requests; -1 if it never said so. */
  throttledUntil: number;
  throttleCheckTimeoutId: ReturnType<typeof setTimeout> | null;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** KafkaJS's class of that. */
export const RequestQueue: { readonly prototype: RequestQueue } = StockRequestQueue;

const CHECK_EVERY_MS = 10;

/**
 * Makes sure that requests which wait are looked after once the broker takes them again. KafkaJS does so by a timer that
 * renews itself, every millisecond and for ever, on every connection, and gives it a negative time, of which Node and
 * Deno warn (tulios/kafkajs#1704, #1751). Here a timer runs only while a request waits.
 */
export function scheduleCheckPendingRequests(this: Omit<RequestQueue, "scheduleCheckPendingRequests">): void {
  // Without a request that waits there is nothing to look after: adding one comes here again.
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, Math.max(throttledMs, CHECK_EVERY_MS));
}

/** Puts it in the place of KafkaJS's own. */
export function calmRequestQueues(): void {
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleCheckPendingRequests;
}

/** The brokers that KafkaJS knows. */
export interface BrokerPool {
  /** What the first of them makes of it that does not fail; null if all fail. */
  withBroker<T>(use: (of: unknown) => Promise<T>): Promise<T | null>;
}

/** KafkaJS's class of that. */
export const BrokerPool: { readonly prototype: BrokerPool } = StockBrokerPool;

const stockWithBroker = BrokerPool.prototype.withBroker;

/**
 * KafkaJS asks one broker after the other for a coordinator and forgets why each refused: a missing permission became
 * "Failed to find group coordinator", as of an outage. Here that refusal is thrown.
 */
export async function withBroker<T>(this: BrokerPool, use: (of: unknown) => Promise<T>): Promise<T | null> {
  const refusals: unknown[] = [];
  const found = await stockWithBroker.call<BrokerPool, [typeof use], Promise<T | null>>(this, async (of) => {
    try {
      return await use(of);
    } catch (error) {
      if (isUnauthorized(error)) refusals.push(error);
      throw error;
    }
  });
  if (found === null && refusals.length > 0) throw refusals[0];
  return found;
}

/** Puts it in the place of KafkaJS's own. */
export function keepRefusals(): void {
  BrokerPool.prototype.withBroker = withBroker;
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Error && /_AUTHORIZATION_FAILED$/.test(String(Reflect.get(error, "type")));
}

/** KafkaJS's mechanisms that need a user name and a password. */
export const PASSWORD_MECHANISMS: Readonly<
  Record<
    "plain" | "scram-sha-256" | "scram-sha-512",
    (user: { readonly username: string; readonly password: string }) => (
      args: AuthenticationProviderArgs,
    ) => Authenticator
  >
> = { "plain": plain, "scram-sha-256": scram256, "scram-sha-512": scram512 };

/** A record as KafkaJS decodes it. */
export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** What a fetch brought of one partition. */
export interface FetchedBatch {
  readonly rawMessages: readonly FetchedMessage[];
  /** Those that a reader of committed records may see. */
  readonly messages: readonly FetchedMessage[];
}

/** KafkaJS's class of that. */
export const Batch: {
  new (topic: string, offset: string, data: { readonly partition: number }): FetchedBatch;
} = StockBatch;

/** The offset of one partition, as KafkaJS's requests take it. */
export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { readonly partition: number; readonly offset: string; readonly metadata: string }[];
}

/** What is asked of one partition. */
export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
}

/** What a group has committed, as KafkaJS answers. */
export interface FetchedOffsets {
  readonly responses: readonly {
    readonly partitions: readonly { readonly offset: string; readonly metadata: string | null }[];
  }[];
}

/** One broker. */
export interface InnerBroker {
  /** The versions that it knows, by the number of the request. */
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>>;
  readonly connectionPool: { send<Decoded, Answer>(request: ProtocolRequest<Decoded, Answer>): Promise<Answer> };
  metadata(topics: readonly string[]): Promise<{
    readonly clusterId?: string | null;
    readonly topicMetadata: readonly { readonly topic: string }[];
  }>;
  initProducerId(request: {
    readonly transactionalId: string | null;
    readonly transactionTimeout: number;
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>;
  listGroups(): Promise<{ readonly groups: readonly { readonly groupId: string }[] }>;
  offsetCommit(request: {
    readonly groupId: string;
    readonly groupGenerationId: number;
    readonly memberId: string;
    readonly topics: readonly TopicOffsets[];
  }): Promise<void>;
  offsetFetch(
    request: { readonly groupId: string; readonly topics: readonly TopicPartitions[] },
  ): Promise<FetchedOffsets>;
  fetch(request: {
    readonly isolationLevel: number;
    readonly maxWaitTime: number;
    readonly topics: readonly TopicPartitions[];
  }): Promise<{ readonly responses: readonly { readonly partitions: readonly { readonly partition: number }[] }[] }>;
}

/** The brokers, for requests that KafkaJS's clients do not make. Rejects with whatever KafkaJS says. */
export interface InnerCluster {
  readonly brokerPool: {
    readonly brokers: Readonly<Record<string, unknown>>;
    findConnectedBroker(): Promise<InnerBroker>;
    refreshMetadata(topics: readonly string[]): Promise<void>;
  };
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findBroker(by: { readonly nodeId: string | number }): Promise<InnerBroker>;
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType?: number }): Promise<InnerBroker>;
  findTopicPartitionMetadata(topic: string): { readonly partitionId: number; readonly leader: number }[];
  fetchTopicsOffset(
    topics: readonly (TopicPartitions & { readonly fromBeginning?: boolean; readonly fromTimestamp?: number })[],
  ): Promise<{ readonly partitions: { readonly partition: number; readonly offset: string }[] }[]>;
}

/** Settings of a cluster. */
export interface ClusterOptions {
  readonly allowAutoTopicCreation: boolean;
  /** 1 reads committed records alone. */
  readonly isolationLevel?: number;
  readonly metadataMaxAge?: number;
}

/**
 * Makes a cluster; nothing is dialled.
 *
 * @throws {TypeError} if KafkaJS is another one inside
 */
export function createCluster(kafka: Kafka, options: ClusterOptions): InnerCluster {
  const symbol = Object.getOwnPropertySymbols(kafka)
    .find(({ description }) => description === "private:Kafka:createCluster");
  const create: unknown = symbol === undefined ? null : Reflect.get(kafka, symbol);
  if (typeof create !== "function") {
    throw new TypeError(`Cannot use KafkaJS: its internals are not those of ${KAFKAJS_VERSION}`);
  }
  return create(options) as InnerCluster;
}
