/**
 * What every destination of records looks like to the pipeline. A sink never refuses a record and never drops one in
 * silence: it keeps what it was given, in order per key, until it can say how that ended.
 *
 * @module
 */

/** One finished event on its way out: the bytes as they will stand in Kafka, or in a line of NDJSON. */
export interface OutRecord {
  /** The record key: the DID, in UTF-8. Records of one key stay in order. */
  readonly key: Uint8Array;
  /** The structured CloudEvent as UTF-8 JSON, or its data alone where the attributes are in `headers`. */
  readonly value: Uint8Array;
  /** The record's own headers, as they stand in Kafka; null: those of a structured CloudEvent. */
  readonly headers: Uint8Array | null;
  /** The record's AT-URI, for reports. */
  readonly uri: string;
  /** The CloudEvents type, for counts. */
  readonly type: string;
}

/** How a record ended: acknowledged by the destination, or reported as undeliverable and left behind. */
export type Outcome = "delivered" | "dropped";

/** The owner of a record, told exactly once how the record ended. One receipt may cover many records. */
export interface Receipt {
  settle(record: OutRecord, outcome: Outcome): void;
}

/** A destination of records. What is in flight is bounded by the pipeline's budget, so `write` only queues. */
export interface Sink extends AsyncDisposable {
  /** Takes one record; `receipt` is told how it ended. Throws only on a bug. */
  write(record: OutRecord, receipt: Receipt): void;
  /** Sends what is queued without lingering; resolves when every record written so far has settled. */
  flush(): Promise<void>;
  /** Rejects with the first error that no retry can mend; otherwise stays pending. */
  readonly failed: Promise<never>;
}
