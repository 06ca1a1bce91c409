/**
 * Kafka as a {@linkcode Sink}: one lane for each partition of the topic.
 *
 * @module
 */
import type { OutRecord } from "../../record/out_record.ts";
import type { Receipt, Sink } from "../../record/sink.ts";
import { classify, describeTrouble } from "../client/classify.ts";
import { type Client, openClient } from "../client/client.ts";
import { refused, TopicMissingError, TopicShrunkError } from "../client/errors.ts";
import { Lane, lingerFor, retryMs } from "./lane.ts";
import type { KafkaSinkObserver, KafkaSinkOptions } from "../client/options.ts";
import { PARTITIONERS } from "./partition.ts";
import { ControllerPatience, findAgain, findTopic, type Topic } from "../client/topic.ts";
import { CommonWait, waitFor } from "../client/wait.ts";

/**
 * Opens the sink: waits until the brokers answer, however long that takes, and finds the topic.
 *
 * @throws {TopicMissingError} if the topic does not exist and is not to be created
 * @throws {ControllerMissingError} if it is to be created, and there is no controller for a minute
 * @throws {KafkaRefusedError} if the brokers refuse the credentials, or what the user may do
 */
export async function openKafkaSink(
  options: KafkaSinkOptions,
  observer: KafkaSinkObserver,
  signal: AbortSignal,
): Promise<Sink> {
  const patience = new ControllerPatience();
  for (let attempt = 1;; attempt++) {
    signal.throwIfAborted();
    try {
      const topic = await findTopic(options, signal, observer);
      observer.opened({ topic: options.topic, ...topic });
      return new KafkaSink(options, observer, topic, openClient(options));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TopicMissingError || patience.isOver(error)) throw error;
      if (classify(error) === "fatal") throw refused(options, error);
      const retryInMs = retryMs(attempt, options.random());
      observer.waiting({ ...describeTrouble(error), retryInMs });
      await waitFor(retryInMs, signal);
    }
  }
}

class KafkaSink implements Sink {
  readonly failed: Promise<never>;
  readonly #options: KafkaSinkOptions;
  readonly #observer: KafkaSinkObserver;
  readonly #client: Client;
  readonly #closing = new AbortController();
  readonly #backOff = new CommonWait(this.#closing.signal);
  readonly #refresh: ReturnType<typeof setInterval>;
  #fail: (error: Error) => void = () => {};
  #lanes: Lane[];
  /** Records that wait until all lanes are empty, because the number of partitions changed. */
  #held: { record: OutRecord; receipt: Receipt }[] = [];
  #nextPartitions: number | null = null;
  #checking = false;
  #outstanding = 0;
  #flushing: (() => void)[] = [];

  constructor(options: KafkaSinkOptions, observer: KafkaSinkObserver, topic: Topic, client: Client) {
    this.#options = options;
    this.#observer = observer;
    this.#client = client;
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
    this.#lanes = this.#openLanes(topic.partitions);
    this.#refresh = setInterval(() => void this.#checkPartitions(), options.profile.metadataMaxAgeMs);
  }

  write(record: OutRecord, receipt: Receipt): void {
    this.#outstanding++;
    if (this.#nextPartitions !== null) this.#held.push({ record, receipt });
    else this.#dispatch(record, receipt);
  }

  flush(): Promise<void> {
    for (const lane of this.#lanes) lane.flush();
    if (this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushing.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#refresh);
    for (const lane of this.#lanes) lane.stop();
    await this.#client[Symbol.asyncDispose]();
  }

  #dispatch(record: OutRecord, receipt: Receipt): void {
    const partition = PARTITIONERS[this.#options.partitioner](record, this.#lanes.length);
    this.#lanes[partition]?.write(record, receipt);
  }

  #openLanes(partitions: number): Lane[] {
    const { lingerMs, random, profile: { maxBatchBytes, maxRecordBytes } } = this.#options;
    return Array.from({ length: partitions }, (_, partition) =>
      new Lane({
        partition,
        lingerMs: lingerFor(partitions, lingerMs),
        maxBatchBytes,
        maxRecordBytes,
        random,
        send: (to, records) => this.#client.send(to, records),
        replaceProducer: () => this.#client.replace(partition),
        ended: (records) => this.#ended(records),
        fail: (error) => this.#fail(refused(this.#options, error)),
        wait: (ms) => this.#backOff.wait(ms),
        recovered: () => this.#backOff.end(),
        topicGone: () => void this.#checkPartitions(),
        observer: this.#observer,
      }));
  }

  #ended(records: number): void {
    this.#outstanding -= records;
    if (this.#nextPartitions !== null && this.#outstanding === this.#held.length) this.#adoptPartitions();
    if (this.#outstanding > 0) return;
    const flushing = this.#flushing;
    this.#flushing = [];
    for (const wake of flushing) wake();
  }

  async #checkPartitions(): Promise<void> {
    const { signal } = this.#closing;
    if (this.#checking || signal.aborted) return;
    this.#checking = true;
    const partitions = await findAgain(this.#options, this.#observer, signal);
    if (partitions !== null && !signal.aborted) this.#changePartitions(partitions);
    this.#checking = false;
  }

  #changePartitions(to: number): void {
    const from = this.#nextPartitions ?? this.#lanes.length;
    if (to === from) return;
    if (to < from) {
      this.#fail(new TopicShrunkError(this.#options.topic, from, to));
      return;
    }
    this.#observer.partitionsChanged({ from, to });
    this.#nextPartitions = to;
    if (this.#outstanding === this.#held.length) this.#adoptPartitions();
  }

  /** Keys move to other partitions now; nothing is under way, so none of them overtakes its elder. */
  #adoptPartitions(): void {
    const held = this.#held;
    this.#lanes = this.#openLanes(this.#nextPartitions ?? this.#lanes.length);
    this.#nextPartitions = null;
    this.#held = [];
    for (const { record, receipt } of held) this.#dispatch(record, receipt);
    if (this.#flushing.length > 0) { for (const lane of this.#lanes) lane.flush(); }
  }
}
