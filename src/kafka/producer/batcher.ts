/**
 * Records to batches of their topics' partitions. Both commit policies send by it: one keeps a batcher for as long as it
 * lives, the other makes one for each attempt at a transaction.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { Receipt } from "../../record/producer.ts";
import type { Profile } from "../client/options.ts";
import { type Partitioner, PARTITIONERS } from "./partition.ts";
import { type Delivery, PartitionQueue } from "./partition_queue.ts";

/** How records become batches, and what becomes of those. */
export interface BatcherOptions {
  readonly partitioner: Partitioner;
  readonly lingerMs: number;
  readonly profile: Pick<Profile, "maxBatchBytes" | "maxRecordBytes">;
  /** Sends a batch of one partition: see {@linkcode PartitionQueueOptions.deliver}. */
  readonly deliver: (topic: string, partition: number, records: readonly ProducerRecord[]) => Promise<Delivery>;
  /** A delivery was rejected; its partition sends nothing more. */
  readonly fail: (error: unknown) => void;
  /** Names the topic that records of an unknown one go to; by then that is known. */
  readonly route: (topic: string) => string;
}

/** The partition queues of several topics. */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #topics: Map<string, TopicQueues>;
  /** Partitions of all topics. */
  #queues: number;

  /** `partitions` has the number of each topic that is written to. */
  constructor(options: BatcherOptions, partitions: ReadonlyMap<string, number>) {
    this.#options = options;
    this.#queues = partitions.values().reduce((sum, count) => sum + count, 0);
    this.#topics = new Map(
      partitions.entries().map(([topic, count]) => [topic, this.#openTopic(topic, count)]),
    );
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    (this.#topics.get(record.topic) ?? this.#route(record.topic)).write(record, receipt);
  }

  /** The topics and their numbers of partitions, without those that are being opened. */
  get partitions(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#topics].flatMap(([topic, { partitions }]) => partitions === 0 ? [] : [[topic, partitions]]),
    );
  }

  /** Takes records of one more topic, which wait until it grows to some partitions, or is closed. */
  open(topic: string): void {
    this.#topics.set(topic, this.#openTopic(topic, 0));
  }

  #openTopic(topic: string, partitions: number): TopicQueues {
    return new TopicQueues(this.#options, topic, partitions, () => lingerFor(this.#queues, this.#options.lingerMs));
  }

  /** Hands what waits for the partitions of a topic on to another. */
  close(topic: string, to: string): void {
    const queues = this.#topics.get(topic);
    this.#topics.delete(topic);
    const others = this.#topics.get(to) ?? this.#route(to);
    for (const { record, receipt } of queues?.takeHeld() ?? []) others.write(record, receipt);
  }

  #route(topic: string): TopicQueues {
    const queues = this.#topics.get(this.#options.route(topic));
    if (queues === undefined) throw new TypeError(`Cannot write to "${topic}": it is no topic of this producer`);
    return queues;
  }

  /** Sends without lingering; resolves when all that was written has settled, and what was written meanwhile too. */
  async flush(): Promise<void> {
    while (this.#topics.values().some(({ outstanding }) => outstanding > 0)) {
      await Promise.all(this.#topics.values().map((each) => each.flush()));
    }
  }

  /** The number of partitions to which a topic has grown, or is about to. */
  partitionsOf(topic: string): number {
    return this.#topics.get(topic)?.partitions ?? 0;
  }

  /** Keys of the topic move to other partitions, once nothing of it is under way: so none overtakes an older one. */
  grow(topic: string, partitions: number): void {
    const queues = this.#topics.get(topic);
    if (queues === undefined) return;
    this.#queues += partitions - queues.partitions;
    queues.grow(partitions);
  }

  /** Sends nothing more; what is queued stays unsettled. Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await Promise.all(this.#topics.values().map((each) => each.stop()));
  }
}

/** The partition queues of one topic. */
class TopicQueues {
  readonly #options: BatcherOptions;
  readonly #topic: string;
  readonly #lingerMs: () => number;
  #queues: PartitionQueue[];
  /** Records that wait until all queues are empty, because the number of partitions changed. */
  #held: { record: ProducerRecord; receipt: Receipt }[] = [];
  #next: number | null = null;
  #outstanding = 0;
  #flushing: (() => void)[] = [];

  /** Without partitions it only holds records, until it grows. */
  constructor(options: BatcherOptions, topic: string, partitions: number, lingerMs: () => number) {
    this.#options = options;
    this.#topic = topic;
    this.#lingerMs = lingerMs;
    this.#queues = this.#openQueues(partitions);
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  get partitions(): number {
    return this.#next ?? this.#queues.length;
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    this.#outstanding++;
    if (this.#next !== null || this.#queues.length === 0) this.#held.push({ record, receipt });
    else this.#dispatch(record, receipt);
  }

  flush(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    for (const queue of this.#queues) queue.flush();
    return new Promise((resolve) => this.#flushing.push(resolve));
  }

  /** What waits for partitions, which is not this topic's any more. */
  takeHeld(): { record: ProducerRecord; receipt: Receipt }[] {
    const held = this.#held;
    this.#held = [];
    this.#ended(held.length);
    return held;
  }

  grow(partitions: number): void {
    if (partitions === this.partitions) return;
    this.#next = partitions;
    this.#adoptPartitions();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.stop()));
  }

  #dispatch(record: ProducerRecord, receipt: Receipt): void {
    const partition = PARTITIONERS[this.#options.partitioner](record, this.#queues.length);
    this.#queues[partition]?.write(record, receipt);
  }

  #openQueues(partitions: number): PartitionQueue[] {
    const { profile: { maxBatchBytes, maxRecordBytes }, deliver, fail } = this.#options;
    const lingerMs = this.#lingerMs();
    return Array.from({ length: partitions }, (_, partition) =>
      new PartitionQueue({
        lingerMs,
        maxBatchBytes,
        maxRecordBytes,
        deliver: (records) => deliver(this.#topic, partition, records),
        ended: (records) => this.#ended(records),
        fail,
      }));
  }

  #ended(records: number): void {
    this.#outstanding -= records;
    this.#adoptPartitions();
    if (this.#outstanding > 0) return;
    for (const wake of this.#flushing.splice(0)) wake();
  }

  /** Begins with the other partitions once nothing is under way. */
  #adoptPartitions(): void {
    if (this.#next === null || this.#outstanding > this.#held.length) return;
    const held = this.#held;
    this.#queues = this.#openQueues(this.#next);
    this.#next = null;
    this.#held = [];
    for (const { record, receipt } of held) this.#dispatch(record, receipt);
    if (this.#flushing.length > 0) { for (const queue of this.#queues) queue.flush(); }
  }
}

/** A request costs as much as fifty records, whatever it holds; so many milliseconds of queues for one. */
const MS_PER_PARTITION = 2;
const LONGEST_LINGER_MS = 150;

/**
 * How long queues of so many partitions linger, in milliseconds: with dozens of them each gets so little that requests
 * would cost more than what they hold, so together they make at most some five hundred a second.
 */
export function lingerFor(partitions: number, lingerMs: number): number {
  return Math.max(lingerMs, Math.min(LONGEST_LINGER_MS, partitions * MS_PER_PARTITION));
}
