/**
 * The queue of one partition. At most one batch is outstanding, and it is of this partition alone: so no retry can reorder
 * records, and no answer of another partition's broker can be taken for ours. A batch goes when it is full, or when its
 * first record has waited for the linger; what is too large for the broker goes in halves.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { Receipt } from "../../record/producer.ts";

/** A request costs about as much as fifty records; so five hundred in one leave little to gain, and wait for less. */
export const MAX_BATCH_RECORDS = 500;

/** What became of a batch: `stopped` is that of one whose producer ended before it was acknowledged. */
export type Delivery = "acknowledged" | "too-large" | "stopped";

/** What a queue needs of the producer around it. */
export interface PartitionQueueOptions {
  readonly lingerMs: number;
  readonly maxBatchBytes: number;
  readonly maxRecordBytes: number;
  /** Sends a batch, as often as the commit policy has it; rejects with what it does not retry. */
  readonly deliver: (records: readonly ProducerRecord[]) => Promise<Delivery>;
  /** So many records ended. */
  readonly ended: (records: number) => void;
  /** A delivery was rejected: nothing more is sent. */
  readonly fail: (error: unknown) => void;
}

/** Records that go out together, each with its receipt at the same place. */
interface Batch {
  readonly records: ProducerRecord[];
  readonly receipts: Receipt[];
}

/** A batch with room for about as many records as the one before had: arrays that grow are copied over and over. */
function batchFor(records: number): Batch {
  return { records: new Array(records), receipts: new Array(records) };
}

/** The queue and the sender of one partition. */
export class PartitionQueue {
  readonly #options: PartitionQueueOptions;
  /** Full batches, the oldest first. */
  #full: Batch[] = [];
  /** The batch that grows. */
  #open = batchFor(0);
  #openCount = 0;
  #openBytes = 0;
  /** Runs from the first record of the batch that grows. */
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Whether the batch that grows has waited for long enough. */
  #isDue = false;
  /** Whether a batch is under way, or is about to be: a receipt may write before the first one is. */
  #isSending = false;
  #sending: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: PartitionQueueOptions) {
    this.#options = options;
  }

  /** Whether nothing is queued or under way. */
  get idle(): boolean {
    return this.#openCount === 0 && this.#full.length === 0 && !this.#isSending;
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    const { maxBatchBytes, lingerMs } = this.#options;
    const bytes = record.size;
    if (this.#openBytes + bytes > maxBatchBytes && this.#openBytes > 0) this.#close();
    this.#open.records[this.#openCount] = record;
    this.#open.receipts[this.#openCount++] = receipt;
    this.#openBytes += bytes;
    if (this.#openCount === MAX_BATCH_RECORDS) this.#close();
    else this.#timer ??= setTimeout(() => this.flush(), lingerMs);
    if (this.#full.length > 0) this.#start();
  }

  /** The batch that grew is full, or is to go as it is; another begins. */
  #close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isDue = false;
    this.#open.records.length = this.#open.receipts.length = this.#openCount;
    this.#full.push(this.#open);
    this.#open = batchFor(this.#openCount);
    this.#openCount = 0;
    this.#openBytes = 0;
  }

  /** Sends what is queued now rather than after the linger. */
  flush(): void {
    this.#isDue = this.#openCount > 0;
    this.#start();
  }

  #start(): void {
    if (this.#isSending || this.#stopped || !this.#hasWork) return;
    this.#isSending = true;
    this.#sending = this.#pump();
  }

  /** Whether a batch is to be sent. The one that grows waits for its time also while others are under way. */
  get #hasWork(): boolean {
    return this.#full.length > 0 || this.#isDue;
  }

  /** Sends nothing more; what is queued stays unsettled. Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#sending;
  }

  async #pump(): Promise<void> {
    try {
      while (this.#hasWork && !this.#stopped) await this.#deliver(this.#takeBatch());
    } catch (error) {
      this.#stopped = true;
      this.#options.fail(error);
    } finally {
      this.#isSending = false;
    }
  }

  #takeBatch(): Batch {
    if (this.#full.length === 0) this.#close();
    return this.#full.shift() ?? this.#open;
  }

  /** Sends a batch, in halves where it is too large; throws what the commit policy does not retry. */
  async #deliver(batch: Batch): Promise<void> {
    const { records, receipts } = batch;
    const [first] = records;
    if (first === undefined || this.#stopped) return;
    const isHopeless = records.length === 1 && first.size > this.#options.maxRecordBytes;
    const delivery = isHopeless ? "too-large" : await this.#options.deliver(records);
    if (delivery === "stopped") return;
    if (delivery === "acknowledged") {
      this.#settle(batch, "delivered");
    } else if (records.length === 1) {
      this.#settle(batch, "dropped");
    } else {
      const half = Math.ceil(records.length / 2);
      await this.#deliver({ records: records.slice(0, half), receipts: receipts.slice(0, half) });
      await this.#deliver({ records: records.slice(half), receipts: receipts.slice(half) });
    }
  }

  #settle({ records, receipts }: Batch, outcome: "delivered" | "dropped"): void {
    for (let i = 0; i < records.length; i++) {
      const record = records[i];
      if (record !== undefined) receipts[i]?.settle(record, outcome);
    }
    this.#options.ended(records.length);
  }
}
