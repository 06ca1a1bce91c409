/**
 * What every destination of records looks like to the pipeline. A producer never refuses a record and never drops one in
 * silence: it keeps what it was given, in order per key, until it can say how that ended.
 *
 * @module
 */
import type { ProducerRecord } from "./producer_record.ts";

/** How a record ended: acknowledged by the destination, or too large for it and left behind. */
export type Outcome = "delivered" | "dropped";

/**
 * The owner of a record, notified exactly once how the record ended; then nobody reads it any more. One receipt may cover many
 * records.
 */
export interface Receipt {
  settle(record: ProducerRecord, outcome: Outcome): void;
}

/** A destination of records. What is in flight is bounded by the pipeline's budget, so `write` only queues. */
export interface Producer extends AsyncDisposable {
  /** Takes one record, for the topic that it names; `receipt` is notified how it ended. Throws only on a bug. */
  write(record: ProducerRecord, receipt: Receipt): void;
  /** Sends what is queued without lingering; resolves when every record written so far has settled. */
  flush(): Promise<void>;
  /** Rejects with the first error that no retry helps against; otherwise stays pending. */
  readonly failed: Promise<never>;
}

/** A producer whose topics are not all known at its start. */
export interface TopicProducer extends Producer {
  /** Those that records may go to now, beside the known ones. */
  readonly openTopics: Iterable<string>;
}
