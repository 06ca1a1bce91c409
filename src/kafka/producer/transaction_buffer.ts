/**
 * What one transaction is to hold: records with their receipts. They are kept until the transaction is known to be
 * committed. What turns out to be too large ends at once, so that its dead letter can join while the rest is being sent.
 *
 * @module
 */
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { Receipt } from "../../record/producer.ts";
import { classify, isFencing, reasonOf } from "../client/classify.ts";
import type { Batcher } from "./batcher.ts";

/** The records of one transaction, in the order in which they were written. */
export class TransactionBuffer {
  readonly #records: ProducerRecord[] = [];
  readonly #receipts: Receipt[] = [];
  /** Those that were too large. */
  readonly #dropped = new Set<ProducerRecord>();
  readonly #topics = new Set<string>();
  /** Sends what is written, while an attempt is under way. */
  #send: ((record: ProducerRecord) => void) | null = null;

  /** How many records there are. */
  get records(): number {
    return this.#records.length - this.#dropped.size;
  }

  /** The topics that they name. */
  get topics(): ReadonlySet<string> {
    return this.#topics;
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    this.#topics.add(record.topic);
    this.#records.push(record);
    this.#receipts.push(receipt);
    this.#send?.(record);
  }

  /**
   * Sends all there is by a batcher of its own, which reports each rejected delivery. `drop` notifies the receipt of a record
   * that is too large, and may write meanwhile. After a failure the same is to be sent again.
   *
   * @throws the rejection that decides most, once nothing is under way any more
   */
  async send(
    open: (fail: (error: unknown) => void) => Batcher,
    drop: (record: ProducerRecord, receipt: Receipt) => void,
  ): Promise<void> {
    const errors: unknown[] = [];
    const { promise: failed, reject } = Promise.withResolvers<never>();
    failed.catch(() => {});
    const batcher = open((error) => {
      errors.push(error);
      reject(error);
    });
    const receipt: Receipt = {
      settle: (record, outcome) => {
        if (outcome === "delivered" || this.#dropped.has(record)) return;
        const owner = this.#receipts[this.#records.indexOf(record)];
        if (owner === undefined) return;
        this.#dropped.add(record);
        drop(record, owner);
      },
    };
    this.#send = (record) => batcher.write(record, receipt);
    try {
      // Those of now: what is written meanwhile, as a letter, is sent as it is written.
      for (const record of this.#records.filter((each) => !this.#dropped.has(each))) this.#send(record);
      await Promise.race([batcher.flush(), failed]);
    } catch {
      // What is under way would race with the next attempt.
      await batcher.stop();
      throw worstOf(errors);
    } finally {
      this.#send = null;
    }
  }

  /** Settles the receipts of all but what was dropped; returns how many. */
  settle(): number {
    this.#records.forEach((record, i) => {
      if (!this.#dropped.has(record)) this.#receipts[i]?.settle(record, "delivered");
    });
    return this.records;
  }
}

/** The error that decides most: one that no retry helps against, then that another producer began. */
function worstOf(errors: readonly unknown[]): Error {
  const worst = errors.find((error) => classify(error) === "fatal") ?? errors.find(isFencing) ?? errors[0];
  return worst instanceof Error ? worst : new Error(reasonOf(worst), { cause: worst });
}
