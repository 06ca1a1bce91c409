/**
 * What a reader asks of Kafka, without a consumer group: nothing is left behind on the brokers, and the user needs
 * permission for the topic alone. KafkaJS can do it, but shows it to nobody.
 *
 * @module
 */
import { openKafka } from "../client/client.ts";
import { Batch, createCluster, type FetchedMessage, type InnerCluster } from "../client/kafkajs_internals.ts";
import type { KafkaClientOptions } from "../client/options.ts";

/** One record of a topic. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** Its time in Kafka, in milliseconds since 1970. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** The headers as text, UTF-8; of several with one name the last. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What one fetch brought. */
export interface Fetched {
  /** The committed records, in order within each partition. */
  readonly records: readonly TopicRecord[];
  /** Where to continue in the partitions that had something, committed or not. */
  readonly next: ReadonlyMap<number, bigint>;
}

/** The brokers, as one topic is read from them. Rejects with whatever KafkaJS says. */
export interface Cluster extends AsyncDisposable {
  /** The number of partitions; null if there is no such topic. */
  countPartitions(): Promise<number | null>;
  /** The offset of each partition's oldest record, of its end, or of its first record at or after a time. */
  offsets(at: "oldest" | "end" | { readonly timeMs: number }): Promise<Map<number, bigint>>;
  /** The partitions by the id of their leader. */
  leaders(): Map<number, number[]>;
  /** Waits for records, for some seconds at most, from these positions by partition, all of one leader. */
  fetch(leader: number, positions: ReadonlyMap<number, bigint>): Promise<Fetched>;
}

const READ_COMMITTED = 1;
const METADATA_MAX_AGE_MS = 60_000;
/** KafkaJS gives a request no longer than the request time-out, which is longer than this. */
const MAX_WAIT_MS = 5000;
const MAX_PARTITION_BYTES = 1_048_576;

/**
 * Opens the cluster of a topic; it is dialled by the first question. `silent` hears of a server that takes connections
 * and says nothing.
 */
export function openCluster(options: KafkaClientOptions, silent: (broker: string) => void = () => {}): Cluster {
  const { kafka, close } = openKafka(options, silent);
  const inner = createCluster(kafka, {
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
    metadataMaxAge: METADATA_MAX_AGE_MS,
  });
  return new TopicCluster(inner, options.topic, close);
}

class TopicCluster implements Cluster {
  readonly #inner: InnerCluster;
  readonly #topic: string;
  readonly #close: () => void;

  constructor(inner: InnerCluster, topic: string, close: () => void) {
    this.#inner = inner;
    this.#topic = topic;
    this.#close = close;
  }

  async countPartitions(): Promise<number | null> {
    await this.#inner.connect();
    const broker = await this.#inner.brokerPool.findConnectedBroker();
    // The list first: asking for the metadata of a missing topic makes some brokers create it.
    const { topicMetadata } = await broker.metadata([]);
    if (!topicMetadata.some(({ topic }) => topic === this.#topic)) return null;
    await this.#inner.addTargetTopic(this.#topic);
    return this.#inner.findTopicPartitionMetadata(this.#topic).length;
  }

  async offsets(at: "oldest" | "end" | { readonly timeMs: number }): Promise<Map<number, bigint>> {
    const partitions = this.#inner.findTopicPartitionMetadata(this.#topic)
      .map(({ partitionId }) => ({ partition: partitionId }));
    const which = typeof at === "string" ? { fromBeginning: at === "oldest" } : { fromTimestamp: at.timeMs };
    const [found] = await this.#inner.fetchTopicsOffset([{ topic: this.#topic, partitions, ...which }]);
    return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  leaders(): Map<number, number[]> {
    const byLeader = new Map<number, number[]>();
    for (const { partitionId, leader } of this.#inner.findTopicPartitionMetadata(this.#topic)) {
      byLeader.set(leader, [...byLeader.get(leader) ?? [], partitionId]);
    }
    return byLeader;
  }

  async fetch(leader: number, positions: ReadonlyMap<number, bigint>): Promise<Fetched> {
    const partitions = [...positions].map(([partition, position]) => ({
      partition,
      fetchOffset: position.toString(),
      maxBytes: MAX_PARTITION_BYTES,
    }));
    const broker = await this.#inner.findBroker({ nodeId: leader });
    const { responses } = await broker.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: MAX_WAIT_MS,
      topics: [{ topic: this.#topic, partitions }],
    });
    const records: TopicRecord[] = [];
    const next = new Map<number, bigint>();
    for (const data of responses.flatMap((response) => response.partitions)) {
      const { partition } = data;
      const batch = new Batch(this.#topic, (positions.get(partition) ?? 0n).toString(), data);
      for (const message of batch.messages) records.push(toRecord(partition, message));
      // What was aborted, and the marks of transactions, are passed over too.
      const last = batch.rawMessages.at(-1);
      if (last !== undefined) next.set(partition, BigInt(last.offset) + 1n);
    }
    return { records, next };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A fetch that is under way would hold the end up until it has waited.
    this.#close();
    await this.#inner.disconnect().catch(() => {});
    this.#close();
  }
}

const utf8 = new TextDecoder();

function toRecord(partition: number, { offset, timestamp, key, value, headers }: FetchedMessage): TopicRecord {
  return {
    partition,
    offset: BigInt(offset),
    timestampMs: Number(timestamp),
    key,
    value,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, each]) => [name, textOf(each)])),
  };
}

function textOf(header: unknown): string {
  const last: unknown = Array.isArray(header) ? header.at(-1) : header;
  return last instanceof Uint8Array ? utf8.decode(last) : String(last ?? "");
}
