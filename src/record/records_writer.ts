/**
 * Who writes the records of a Kafka batch together, faster than one by one.
 *
 * @module
 */
import type { ProducerRecord } from "./producer_record.ts";

/** Records as they stand in a batch. They hold until the writer is asked for others. */
export interface WrittenRecords {
  readonly bytes: Uint8Array;
  /** The earliest and the latest time of the records, in milliseconds since 1970. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** The CRC-32C of some bytes, no more than 64, and the records behind them. */
  checksum(before: Uint8Array): number;
}

/** Writes what `kafka/protocol/record_batch.ts` would, byte for byte. */
export interface RecordsWriter {
  /**
   * The records of a batch; null where they are to be written one by one. `headers`, encoded, are those of each record that
   * has none of its own; `sentMs`, in milliseconds since 1970, is the time of those that have none.
   */
  write(records: readonly ProducerRecord[], headers: Uint8Array, sentMs: number): WrittenRecords | null;
}
