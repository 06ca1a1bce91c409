/**
 * Kafka at least once: each batch is sent until it is acknowledged, and its records settle then. The producer is idempotent
 * where brokers let it be.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { Producer, Receipt } from "../../record/producer.ts";
import { reasonOf } from "../client/classify.ts";
import { type Client, openClient } from "../client/client.ts";
import { refused } from "../client/errors.ts";
import type { ProducerObserver, ProducerOptions } from "../client/options.ts";
import { askProducerId, isIdempotenceRefused } from "../client/producer_id.ts";
import { findGrowth, findTopics, type Topic } from "../client/topic.ts";
import { CommonWait } from "../client/wait.ts";
import { Batcher } from "./batcher.ts";
import { openPatiently } from "./open.ts";
import { type ProducerId, Sequences } from "./sequences.ts";
import { UntilAcknowledged } from "./until_acknowledged.ts";

/**
 * Opens the producer: waits until the brokers answer, however long that takes, and finds the topics.
 *
 * @throws {TopicMissingError} if a topic does not exist and is not to be created
 * @throws {ControllerMissingError} if it is to be created, and there is no controller for a minute
 * @throws {KafkaRefusedError} if the brokers refuse the credentials, or what the user may do
 */
export function openKafkaProducer(
  options: ProducerOptions,
  observer: ProducerObserver,
  signal: AbortSignal,
): Promise<Producer> {
  return openPatiently(options, observer, signal, async () => {
    const topics = await findTopics(options, signal, observer);
    const id = await findProducerId(options, observer, signal);
    for (const [topic, found] of topics) observer.opened({ topic, ...found });
    return new KafkaProducer(options, observer, topics, id, openClient(options));
  });
}

/** A producer ID; null where brokers give this user none. */
async function findProducerId(
  options: ProducerOptions,
  observer: Pick<ProducerObserver, "idempotenceRefused">,
  signal: AbortSignal,
): Promise<ProducerId | null> {
  try {
    return await askProducerId(options, signal);
  } catch (error) {
    if (!isIdempotenceRefused(error)) throw error;
    observer.idempotenceRefused({ reason: reasonOf(error) });
    return null;
  }
}

class KafkaProducer implements Producer {
  readonly failed: Promise<never>;
  readonly #options: ProducerOptions;
  readonly #observer: ProducerObserver;
  readonly #client: Client;
  readonly #batcher: Batcher;
  readonly #closing = new AbortController();
  readonly #refresh: ReturnType<typeof setInterval>;
  /** Topics whose partitions are being counted. */
  readonly #checking = new Set<string>();
  #fail: (error: Error) => void = () => {};

  constructor(
    options: ProducerOptions,
    observer: ProducerObserver,
    topics: ReadonlyMap<string, Topic>,
    id: ProducerId | null,
    client: Client,
  ) {
    this.#options = options;
    this.#observer = observer;
    this.#client = client;
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
    const policy = new UntilAcknowledged({
      client,
      sequences: new Sequences(id, () => findProducerId(options, observer, this.#closing.signal)),
      observer,
      backOff: new CommonWait(this.#closing.signal),
      random: options.random,
      topicGone: (topic) => void this.#checkPartitions(topic),
    });
    this.#batcher = new Batcher({
      ...options,
      deliver: (topic, partition, records) => policy.deliver(topic, partition, records),
      fail: (error) => this.#fail(refused(options, error)),
    }, new Map(topics.entries().map(([topic, { partitions }]) => [topic, partitions])));
    this.#refresh = setInterval(() => {
      for (const topic of topics.keys()) void this.#checkPartitions(topic);
    }, options.profile.metadataMaxAgeMs);
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    this.#batcher.write(record, receipt);
  }

  flush(): Promise<void> {
    return this.#batcher.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#refresh);
    // What is under way ends with its sockets; a request that KafkaJS forgot would hold this up.
    void this.#batcher.stop();
    await this.#client[Symbol.asyncDispose]();
  }

  async #checkPartitions(topic: string): Promise<void> {
    const { signal } = this.#closing;
    if (this.#checking.has(topic) || signal.aborted) return;
    this.#checking.add(topic);
    try {
      const from = this.#batcher.partitionsOf(topic);
      const partitions = await findGrowth(this.#options, topic, from, this.#observer, signal);
      if (!signal.aborted) this.#batcher.grow(topic, partitions);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#checking.delete(topic);
    }
  }
}
