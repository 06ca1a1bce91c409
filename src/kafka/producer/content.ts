/**
 * What one transaction is to hold: records by topic, with their receipts. It is kept until it is known to be committed,
 * and grows while it is sent: what turns out to be too large ends at once, so that its dead letter can go along.
 *
 * @module
 */
import type { OutRecord } from "../../record/out_record.ts";
import type { Receipt } from "../../record/sink.ts";

/** A record, and whether it was left out. */
export interface Entry {
  readonly record: OutRecord;
  readonly receipt: Receipt;
  isDropped: boolean;
}

/** The content of one transaction. */
export class Content {
  readonly #topics: ReadonlyMap<string, Entry[]>;

  /** Topics are sent in this order, so that of dead letters is the last. */
  constructor(topics: readonly string[]) {
    this.#topics = new Map(topics.map((topic) => [topic, []]));
  }

  /** How many records there are. */
  get records(): number {
    return this.#topics.values().reduce((sum, entries) => sum + entries.length, 0);
  }

  write(topic: string, record: OutRecord, receipt: Receipt): void {
    const entries = this.#topics.get(topic);
    if (entries === undefined) throw new TypeError(`Cannot write to "${topic}": it is no topic of the transaction`);
    entries.push({ record, receipt, isDropped: false });
  }

  /**
   * Sends all there is, but for what was dropped, by `send`, which answers with what is too large. `drop` tells the
   * receipt of such a record, and may write meanwhile. After a failure the same is to be sent again.
   */
  async send(
    send: (topic: string, records: readonly OutRecord[]) => Promise<ReadonlySet<OutRecord>>,
    drop: (topic: string, entry: Entry) => void,
  ): Promise<void> {
    for (const [topic, entries] of this.#topics) {
      for (let sent = 0; sent < entries.length;) {
        const due = entries.slice(sent).filter(({ isDropped }) => !isDropped);
        sent = entries.length;
        const oversize = await send(topic, due.map(({ record }) => record));
        for (const entry of due) {
          if (!oversize.has(entry.record)) continue;
          entry.isDropped = true;
          drop(topic, entry);
        }
      }
    }
  }

  /** Tells the receipts that all but what was dropped is delivered; returns how many. */
  settle(): number {
    let count = 0;
    for (const entries of this.#topics.values()) {
      for (const { record, receipt, isDropped } of entries) {
        if (isDropped) continue;
        receipt.settle(record, "delivered");
        count++;
      }
    }
    return count;
  }
}
