/**
 * Kafka at least once: each batch is sent until it is acknowledged, and its records settle then. The producer is idempotent
 * where brokers let it be.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { Receipt, TopicProducer } from "../../record/producer.ts";
import { reasonOf } from "../client/classify.ts";
import { type Client, openClient } from "../client/client.ts";
import { refused, TopicMissingError } from "../client/errors.ts";
import type { ProducerObserver, ProducerOptions } from "../client/options.ts";
import { askProducerId, isIdempotenceRefused } from "../client/producer_id.ts";
import { findGrowth, findTopics, type FoundTopics } from "../client/topic.ts";
import { CommonWait } from "../client/wait.ts";
import { Batcher } from "./batcher.ts";
import { openPatiently } from "./open.ts";
import { type ProducerId, Sequences } from "./sequences.ts";
import { TopicRoutes } from "./topic_routes.ts";
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
): Promise<TopicProducer> {
  return openPatiently(options, observer, signal, async () => {
    const found = await findTopics(options, options.topics, signal, observer);
    const id = await findProducerId(options, observer, signal);
    for (const [topic, each] of found.topics) observer.opened({ topic, ...each });
    return new KafkaProducer(options, observer, found, id, openClient(options));
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

class KafkaProducer implements TopicProducer {
  readonly failed: Promise<never>;
  readonly #options: ProducerOptions;
  readonly #observer: ProducerObserver;
  readonly #client: Client;
  readonly #batcher: Batcher;
  readonly #routes: TopicRoutes | null;
  readonly #closing = new AbortController();
  readonly #refresh: ReturnType<typeof setInterval>;
  /** Topics whose partitions are being counted. */
  readonly #checking = new Set<string>();
  /** Topics are opened one after the other. */
  #opening: Promise<void> = Promise.resolve();
  #fail: (error: Error) => void = () => {};

  constructor(
    options: ProducerOptions,
    observer: ProducerObserver,
    { topics, own }: FoundTopics,
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
      deliver: (topic, partition, records) =>
        policy.deliver(topic, partition, records).catch((error: unknown) => {
          throw refused({ ...options, topics: [topic] }, error);
        }),
      fail: (error) => this.#fail(error instanceof Error ? error : new Error(String(error))),
      route: (topic) => this.#route(topic),
    }, new Map(topics.entries().map(([topic, { partitions }]) => [topic, partitions])));
    const { openTopics, createTopic } = options;
    this.#routes = openTopics &&
      new TopicRoutes(openTopics, createTopic !== null, own, (event) => observer.redirected(event));
    this.#refresh = setInterval(
      () => void this.#checkPartitions(...this.#batcher.partitions.keys()),
      options.profile.metadataMaxAgeMs,
    );
  }

  get openTopics(): Iterable<string> {
    return this.#routes?.own ?? [];
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

  /** The topic for records of one that is not open, which is opened if it is to be. */
  #route(topic: string): string {
    const to = this.#routes?.routeOf(topic) ?? topic;
    if (this.#routes === null || to !== topic) return to;
    this.#batcher.open(topic);
    this.#opening = this.#opening.then(() => this.#openTopic(topic));
    return topic;
  }

  /** Finds or creates a topic whose records wait; where that cannot be, they go to another. */
  async #openTopic(topic: string): Promise<void> {
    const { signal } = this.#closing;
    try {
      const found = await openPatiently({ ...this.#options, topics: [topic] }, this.#observer, signal, async () => {
        const { topics } = await findTopics(this.#options, [topic], signal, this.#observer);
        return topics.get(topic);
      });
      if (found === undefined || signal.aborted) return;
      this.#observer.opened({ topic, ...found });
      this.#batcher.grow(topic, found.partitions);
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof TopicMissingError ? "missing" : "refused";
      const to = this.#routes?.refuse(topic, why, reasonOf(error)) ?? topic;
      this.#batcher.close(topic, to);
    }
  }

  async #checkPartitions(...names: readonly string[]): Promise<void> {
    const { signal } = this.#closing;
    const topics = names.filter((topic) => !this.#checking.has(topic));
    if (topics.length === 0 || signal.aborted) return;
    for (const topic of topics) this.#checking.add(topic);
    try {
      const from = new Map(topics.map((topic) => [topic, this.#batcher.partitionsOf(topic)]));
      const counts = await findGrowth(this.#options, from, this.#observer, signal);
      if (!signal.aborted) { for (const [topic, partitions] of counts) this.#batcher.grow(topic, partitions); }
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      for (const topic of topics) this.#checking.delete(topic);
    }
  }
}
