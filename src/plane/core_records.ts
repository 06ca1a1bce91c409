/**
 * The records of Kafka batches by the core. Of events that it has written it knows the places; what other records hold is
 * copied to it first.
 *
 * @module
 */
import type { ProducerRecord } from "../record/producer_record.ts";
import type { RecordsWriter, WrittenRecords } from "../record/records_writer.ts";
import {
  bytes as memory,
  crc32c,
  firstRecordMs,
  floats,
  lastRecordMs,
  MAX_RECORDS,
  O_DID,
  O_HEADERS,
  O_KEY,
  O_TIME_MS,
  O_VALUE,
  OP_ROW,
  R_FLAGS,
  R_ROW,
  RECORD_ROW,
  RECORDS,
  STAGE,
  STAGE_BYTES,
  WIRE,
  WIRE_HEAD,
  words,
  writeRecords,
} from "./memory.ts";
import { WrittenRecord } from "./written_batch.ts";

/** A time that is written as it is, in milliseconds since 1970. */
const MOST_MS = 2 ** 52;

/** Writes the records of any batch that fits its memory. */
export class CoreRecords implements RecordsWriter {
  write(records: readonly ProducerRecord[], headers: Uint8Array, sentMs: number): WrittenRecords | null {
    if (records.length === 0 || records.length > MAX_RECORDS || headers.length > STAGE_BYTES) return null;
    memory.set(headers, STAGE);
    const headersEnd = STAGE + headers.length;
    let staged = headersEnd;
    let at = RECORDS;
    for (const record of records) {
      const written = record instanceof WrittenRecord && record.row !== null ? record : null;
      const row = written?.row ?? (staged + 7) & ~7;
      if (written === null) {
        staged = stage(record, row, sentMs);
        if (staged < 0) return null;
      }
      words[(at + R_ROW) >>> 2] = row;
      words[(at + R_FLAGS) >>> 2] = written?.flags ?? 0;
      at += RECORD_ROW;
    }
    const end = writeRecords(records.length, STAGE, headersEnd, sentMs);
    return end === 0 ? null : new RecordsOfCore(end);
  }
}

/** What stands in WIRE. */
class RecordsOfCore implements WrittenRecords {
  readonly bytes: Uint8Array;
  readonly firstMs = firstRecordMs();
  readonly maxMs = lastRecordMs();

  constructor(end: number) {
    this.bytes = memory.subarray(WIRE + WIRE_HEAD, end);
  }

  checksum(before: Uint8Array): number {
    const start = WIRE + WIRE_HEAD - before.length;
    memory.set(before, start);
    return crc32c(start, this.bytes.byteOffset + this.bytes.length) >>> 0;
  }
}

/** Copies a record to STAGE, with a row at `row`, as if the core had written it; returns where it ends, -1 for no room. */
function stage(record: ProducerRecord, row: number, sentMs: number): number {
  const timeMs = record.timestampMs ?? sentMs;
  const key = row + OP_ROW;
  if (record.size > STAGE + STAGE_BYTES - key || !(timeMs >= 0 && timeMs < MOST_MS)) return -1;
  const { bytes, isTombstone } = record;
  const headers = key + record.keyEnd - record.keyStart;
  const value = headers + record.headersEnd - record.headersStart;
  memory.set(bytes.subarray(record.keyStart, record.keyEnd), key);
  memory.set(bytes.subarray(record.headersStart, record.headersEnd), headers);
  memory.set(record.value, value);
  const end = value + record.value.length;
  words[(row + O_DID) >>> 2] = key;
  words[(row + O_DID + 4) >>> 2] = headers;
  words[(row + O_KEY) >>> 2] = key;
  words[(row + O_HEADERS) >>> 2] = headers;
  words[(row + O_VALUE) >>> 2] = value;
  // No value ends before it begins.
  words[(row + O_VALUE + 4) >>> 2] = isTombstone ? value - 1 : end;
  floats[(row + O_TIME_MS) >>> 3] = timeMs;
  return end;
}
