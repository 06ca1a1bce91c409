/**
 * One partition's way out. At most one send is outstanding, and it carries one batch of this partition alone: so no
 * retry can reorder records, and no answer of another partition's broker can be taken for ours. A batch goes when it is
 * full, or when its first record has waited for the linger.
 *
 * @module
 */
import type { OutRecord } from "../../record/out_record.ts";
import type { Receipt } from "../../record/sink.ts";
import { classify, describeTrouble, type Verdict } from "../client/classify.ts";
import type { KafkaSinkObserver } from "../client/options.ts";

/** A request costs about as much as fifty records; so five hundred in one leave little to gain, and wait for less. */
export const MAX_BATCH_RECORDS = 500;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 30_000;
const FAILURES_BEFORE_REPLACING = 3;

/** What a lane needs of the sink around it. */
export interface LaneOptions {
  readonly partition: number;
  readonly lingerMs: number;
  readonly maxBatchBytes: number;
  readonly maxRecordBytes: number;
  readonly random: () => number;
  readonly send: (partition: number, records: readonly OutRecord[]) => Promise<void>;
  /** Asks for a new producer. */
  readonly replaceProducer: () => void;
  /** A broker does not have the topic. */
  readonly topicGone: () => void;
  /** So many records ended. */
  readonly ended: (records: number) => void;
  /** No retry can mend this. */
  readonly fail: (error: unknown) => void;
  /** A send succeeded after others had failed, so those of the other lanes may do so too. */
  readonly recovered: () => void;
  /** Waits so many milliseconds, or until another lane recovers; false if the sink was closed meanwhile. */
  readonly wait: (ms: number) => Promise<boolean>;
  readonly observer: KafkaSinkObserver;
}

/** Records that go out together, each with its receipt at the same place. */
interface Batch {
  readonly records: OutRecord[];
  readonly receipts: Receipt[];
}

/** The queue and the sender of one partition. */
export class Lane {
  readonly #options: LaneOptions;
  /** Full batches, the eldest first. */
  #full: Batch[] = [];
  /** The batch that grows. */
  #open: Batch = { records: [], receipts: [] };
  #openBytes = 0;
  /** Runs from the first record of the batch that grows. */
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Whether the batch that grows has waited for long enough. */
  #isDue = false;
  #sending = false;
  #stopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Whether nothing is queued or under way. */
  get idle(): boolean {
    return this.#open.records.length === 0 && this.#full.length === 0 && !this.#sending;
  }

  write(record: OutRecord, receipt: Receipt): void {
    const { maxBatchBytes, lingerMs } = this.#options;
    const bytes = record.size;
    if (this.#openBytes + bytes > maxBatchBytes && this.#openBytes > 0) this.#close();
    this.#open.records.push(record);
    this.#open.receipts.push(receipt);
    this.#openBytes += bytes;
    if (this.#open.records.length === MAX_BATCH_RECORDS) this.#close();
    else this.#timer ??= setTimeout(() => this.flush(), lingerMs);
    if (this.#full.length > 0) this.#start();
  }

  /** The batch that grew is full, or is to go as it is; another begins. */
  #close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#isDue = false;
    this.#full.push(this.#open);
    this.#open = { records: [], receipts: [] };
    this.#openBytes = 0;
  }

  /** Sends what is queued now rather than after the linger. */
  flush(): void {
    this.#isDue = this.#open.records.length > 0;
    this.#start();
  }

  #start(): void {
    if (!this.#sending && !this.#stopped && this.#hasWork) void this.#pump();
  }

  /** Whether a batch is to be sent. The one that grows waits for its time also while others are under way. */
  get #hasWork(): boolean {
    return this.#full.length > 0 || this.#isDue;
  }

  /** Sends nothing more; what is queued stays unsettled. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #pump(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#hasWork && !this.#stopped) await this.#deliver(this.#takeBatch());
    } catch (error) {
      this.#stopped = true;
      this.#options.fail(error);
    } finally {
      this.#sending = false;
    }
  }

  #takeBatch(): Batch {
    if (this.#full.length === 0) this.#close();
    return this.#full.shift() ?? this.#open;
  }

  /** Sends a batch until it is acknowledged, in halves where it is too large; throws what no retry can mend. */
  async #deliver(batch: Batch): Promise<void> {
    const { records, receipts } = batch;
    const [first] = records;
    if (first === undefined) return;
    const isHopeless = records.length === 1 && first.size > this.#options.maxRecordBytes;
    const outcome = isHopeless ? "split" : await this.#sendUntilAcked(records);
    if (outcome === "stopped") return;
    if (outcome === "acked") {
      this.#settle(batch, "delivered");
    } else if (records.length === 1) {
      this.#options.observer.oversize({ uri: first.uri, bytes: first.size });
      this.#settle(batch, "dropped");
    } else {
      const half = Math.ceil(records.length / 2);
      await this.#deliver({ records: records.slice(0, half), receipts: receipts.slice(0, half) });
      await this.#deliver({ records: records.slice(half), receipts: receipts.slice(half) });
    }
  }

  async #sendUntilAcked(records: readonly OutRecord[]): Promise<"acked" | "split" | "stopped"> {
    const { partition, observer } = this.#options;
    for (let attempt = 1; !this.#stopped; attempt++) {
      const verdict = await this.#attempt(records, attempt);
      if (verdict === "acked" && attempt > 1) {
        observer.recovered({ partition, attempts: attempt });
        this.#options.recovered();
      }
      if (verdict === "acked" || verdict === "split") return verdict;
    }
    return "stopped";
  }

  async #attempt(records: readonly OutRecord[], attempt: number): Promise<"acked" | Verdict> {
    const { partition, observer, random } = this.#options;
    const event = { partition, records: records.length };
    try {
      observer.sending(event);
      await this.#options.send(partition, records);
      observer.acknowledged(event);
      return "acked";
    } catch (error) {
      const verdict = classify(error);
      if (verdict === "fatal") throw error;
      if (verdict === "split") return verdict;
      if (attempt % FAILURES_BEFORE_REPLACING === 0) this.#options.replaceProducer();
      const retryInMs = retryMs(attempt, random());
      const trouble = describeTrouble(error);
      if (trouble.kind === "topic") this.#options.topicGone();
      observer.retrying({ ...event, ...trouble, attempt, retryInMs });
      if (!(await this.#options.wait(retryInMs))) this.#stopped = true;
      return verdict;
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

/** The wait before the next attempt, with full jitter above a tenth, so that no lane hammers a broker that is down. */
export function retryMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.1 + 0.9 * random));
}

/** A request costs as much as fifty records, whatever it holds; so many milliseconds of lanes for one. */
const MS_PER_PARTITION = 2;
const LONGEST_LINGER_MS = 150;

/**
 * How long lanes of so many partitions linger, in milliseconds: with dozens of them each gets so little that requests
 * would cost more than what they hold, so together they make at most some five hundred a second.
 */
export function lingerFor(partitions: number, lingerMs: number): number {
  return Math.max(lingerMs, Math.min(LONGEST_LINGER_MS, partitions * MS_PER_PARTITION));
}
