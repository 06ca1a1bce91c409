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
}

/** The partition queues of several topics. */
export class Batcher {
  readonly #topics: ReadonlyMap<string, TopicQueues>;

  /** `partitions` has the number of each topic that is written to. */
  constructor(options: BatcherOptions, partitions: ReadonlyMap<string, number>) {
    this.#topics = new Map(
      partitions.entries().map(([topic, count]) => [topic, new TopicQueues(options, topic, count)]),
    );
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    const queues = this.#topics.get(record.topic);
    if (queues === undefined) throw new TypeError(`Cannot write to "${record.topic}": it is no topic of this producer`);
    queues.write(record, receipt);
  }

  /** Sends without lingering; resolves when all that was written has settled, and what was written meanwhile too. */
  async flush(): Promise<void> {
    const topics = [...this.#topics.values()];
    while (topics.some(({ outstanding }) => outstanding > 0)) await Promise.all(topics.map((each) => each.flush()));
  }

  /** The number of partitions to which a topic has grown, or is about to. */
  partitionsOf(topic: string): number {
    return this.#topics.get(topic)?.partitions ?? 0;
  }

  /** Keys of the topic move to other partitions, once nothing of it is under way: so none overtakes an older one. */
  grow(topic: string, partitions: number): void {
    this.#topics.get(topic)?.grow(partitions);
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
  #queues: PartitionQueue[];
  /** Records that wait until all queues are empty, because the number of partitions changed. */
  #held: { record: ProducerRecord; receipt: Receipt }[] = [];
  #next: number | null = null;
  #outstanding = 0;
  #flushing: (() => void)[] = [];

  constructor(options: BatcherOptions, topic: string, partitions: number) {
    this.#options = options;
    this.#topic = topic;
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
    if (this.#next !== null) this.#held.push({ record, receipt });
    else this.#dispatch(record, receipt);
  }

  flush(): Promise<void> {
    if (this.#outstanding === 0) return Promise.resolve();
    for (const queue of this.#queues) queue.flush();
    return new Promise((resolve) => this.#flushing.push(resolve));
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
    const { lingerMs, profile: { maxBatchBytes, maxRecordBytes }, deliver, fail } = this.#options;
    return Array.from({ length: partitions }, (_, partition) =>
      new PartitionQueue({
        lingerMs: lingerFor(partitions, lingerMs),
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
