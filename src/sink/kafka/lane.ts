/**
 * One partition's way out. At most one send is outstanding, and it carries one batch of this partition alone: so no
 * retry can reorder records, and no answer of another partition's broker can be taken for ours. While a send is out,
 * the next batch grows.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Message } from "kafkajs";
import type { OutRecord, Receipt } from "../sink.ts";
import { classify, reasonOf, type Verdict } from "./classify.ts";
import type { KafkaSinkObserver } from "./options.ts";

/** KafkaJS groups a send's messages in quadratic time; past this many it costs more than another request. */
const MAX_BATCH_RECORDS = 500;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 30_000;
const FAILURES_BEFORE_REPLACING = 3;
const HEADERS = { "content-type": "application/cloudevents+json; charset=UTF-8" };

/** What a lane needs of the sink around it. */
export interface LaneOptions {
  readonly partition: number;
  readonly lingerMs: number;
  readonly maxBatchBytes: number;
  readonly maxRecordBytes: number;
  readonly random: () => number;
  readonly send: (partition: number, messages: Message[]) => Promise<void>;
  /** Asks for a new producer. */
  readonly replaceProducer: () => void;
  /** A record ended. */
  readonly ended: () => void;
  /** No retry can mend this. */
  readonly fail: (error: unknown) => void;
  /** Waits so many milliseconds; false if the sink was closed meanwhile. */
  readonly wait: (ms: number) => Promise<boolean>;
  readonly observer: KafkaSinkObserver;
}

interface Entry {
  readonly record: OutRecord;
  readonly receipt: Receipt;
}

/** The queue and the sender of one partition. */
export class Lane {
  readonly #options: LaneOptions;
  #queue: Entry[] = [];
  #queuedBytes = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #sending = false;
  #stopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Whether nothing is queued or under way. */
  get idle(): boolean {
    return this.#queue.length === 0 && !this.#sending;
  }

  write(record: OutRecord, receipt: Receipt): void {
    this.#queue.push({ record, receipt });
    this.#queuedBytes += sizeOf(record);
    if (this.#sending || this.#stopped) return;
    const isFull = this.#queue.length >= MAX_BATCH_RECORDS || this.#queuedBytes >= this.#options.maxBatchBytes;
    if (isFull) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#options.lingerMs);
  }

  /** Sends what is queued now rather than after the linger. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#sending && !this.#stopped && this.#queue.length > 0) void this.#pump();
  }

  /** Sends nothing more; what is queued stays unsettled. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #pump(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#queue.length > 0 && !this.#stopped) await this.#deliver(this.#takeBatch());
    } catch (error) {
      this.#stopped = true;
      this.#options.fail(error);
    } finally {
      this.#sending = false;
    }
  }

  #takeBatch(): Entry[] {
    let bytes = 0;
    let count = 0;
    for (const { record } of this.#queue) {
      bytes += sizeOf(record);
      if (count > 0 && (count === MAX_BATCH_RECORDS || bytes > this.#options.maxBatchBytes)) break;
      count++;
    }
    const batch = this.#queue.splice(0, count);
    for (const { record } of batch) this.#queuedBytes -= sizeOf(record);
    return batch;
  }

  /** Sends a batch until it is acknowledged, in halves where it is too large; throws what no retry can mend. */
  async #deliver(batch: readonly Entry[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const isHopeless = batch.length === 1 && sizeOf(first.record) > this.#options.maxRecordBytes;
    const outcome = isHopeless ? "split" : await this.#sendUntilAcked(batch);
    if (outcome === "stopped") return;
    if (outcome === "acked") {
      for (const { record, receipt } of batch) this.#settle(record, receipt, "delivered");
    } else if (batch.length === 1) {
      this.#options.observer.oversize({ uri: first.record.uri, bytes: sizeOf(first.record) });
      this.#settle(first.record, first.receipt, "dropped");
    } else {
      const half = Math.ceil(batch.length / 2);
      await this.#deliver(batch.slice(0, half));
      await this.#deliver(batch.slice(half));
    }
  }

  async #sendUntilAcked(batch: readonly Entry[]): Promise<"acked" | "split" | "stopped"> {
    const { partition, observer } = this.#options;
    const messages = batch.map(({ record }) => toMessage(record, partition));
    for (let attempt = 1; !this.#stopped; attempt++) {
      const verdict = await this.#attempt(messages, attempt);
      if (verdict === "acked" && attempt > 1) observer.recovered({ partition, attempts: attempt });
      if (verdict === "acked" || verdict === "split") return verdict;
    }
    return "stopped";
  }

  async #attempt(messages: Message[], attempt: number): Promise<"acked" | Verdict> {
    const { partition, observer, random } = this.#options;
    try {
      await this.#options.send(partition, messages);
      return "acked";
    } catch (error) {
      const verdict = classify(error);
      if (verdict === "fatal") throw error;
      if (verdict === "split") return verdict;
      if (attempt % FAILURES_BEFORE_REPLACING === 0) this.#options.replaceProducer();
      const retryInMs = retryMs(attempt, random());
      observer.retrying({ partition, records: messages.length, attempt, retryInMs, reason: reasonOf(error) });
      if (!(await this.#options.wait(retryInMs))) this.#stopped = true;
      return verdict;
    }
  }

  #settle(record: OutRecord, receipt: Receipt, outcome: "delivered" | "dropped"): void {
    receipt.settle(record, outcome);
    this.#options.ended();
  }
}

/** The wait before the next attempt, with full jitter above a tenth, so that no lane hammers a broker that is down. */
export function retryMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.1 + 0.9 * random));
}

function sizeOf(record: OutRecord): number {
  return record.key.length + record.value.length;
}

function toMessage(record: OutRecord, partition: number): Message {
  return { key: asBuffer(record.key), value: asBuffer(record.value), headers: HEADERS, partition };
}

/** The same memory as a Buffer, which is what KafkaJS takes without copying. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
