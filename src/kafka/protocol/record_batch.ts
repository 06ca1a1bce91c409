/**
 * Records to the body of a Produce request, versions 3 to 8, for one partition of one topic: byte for byte what KafkaJS
 * writes, which tests/kafka/protocol/record_batch_test.ts holds against it, but written once into a buffer of the right size,
 * where KafkaJS makes some twenty buffers a record (15 us a record there, 1 here).
 *
 *     transactional_id NULLABLE_STRING | acks INT16 | timeout INT32 | 1 topic: name STRING | 1 partition: index INT32 |
 *     size INT32 | base offset INT64 | length INT32 | leader epoch INT32 | magic INT8 = 2 | crc UINT32 | attributes INT16 |
 *     last offset delta INT32 | first and max timestamp INT64 | producer id INT64 | epoch INT16 | first sequence INT32 |
 *     records: count INT32, then, compressed or not, each: length VARINT | attributes INT8 | timestamp delta VARLONG | offset delta VARINT |
 *     key VARINT BYTES | value VARINT BYTES | headers: count VARINT, each: name, value VARINT BYTES
 *
 * @module
 */
import { longZigzagBytes, writeLongZigzag, writeZigzag, zigzagBytes } from "../../record/headers.ts";
import type { ProducerRecord } from "../../record/producer_record.ts";
import type { RecordsWriter, WrittenRecords } from "../../record/records_writer.ts";
import { crc32c } from "./crc32c.ts";

/** What stands around the records in a Produce request. */
export interface ProduceFields {
  readonly transactionalId: string | null;
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topic: string;
  readonly partition: number;
  /** The time of sending, in milliseconds since 1970: that of records which have none of their own. */
  readonly sentMs: number;
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

const MAGIC = 2;
const TRANSACTIONAL = 16;
/** From the base offset to the CRC, without it. */
const BEFORE_CRC_BYTES = 17;
/** From the attributes to the count of records, with it. */
const AFTER_CRC_BYTES = 40;
const CRC_BYTES = 4;
const NULL_STRING = -1;
/** The length of no value: -1, zigzag. */
const NO_VALUE_BYTES = 1;
const LONGEST_LOOP_BYTES = 64;
const utf8 = new TextEncoder();

/** Gives a buffer of at least so many bytes, whatever they hold. */
export type Allocate = (bytes: number) => Uint8Array;

/**
 * The body of a request. `room` bytes before it are left free, for the header of the request; `headers`, encoded, are
 * those of each record that has none of its own. `writer` writes all that it can, in the same way.
 */
export function encodeProduce(
  fields: ProduceFields,
  records: readonly ProducerRecord[],
  headers: Uint8Array,
  room: number,
  allocate: Allocate,
  writer: RecordsWriter | null = null,
): Uint8Array {
  const count = records.length;
  const written = writer?.write(records, headers, fields.sentMs) ?? null;
  if (written !== null) {
    const { bytes } = written;
    const write = (out: Output) => out.raw(bytes);
    return encodeBody(fields, count, written, 0, bytes.length, room, allocate, write, (out, start) => {
      return written.checksum(out.bytes.subarray(start, start + AFTER_CRC_BYTES));
    });
  }
  const times = timesOf(records, fields.sentMs);
  return encodeBody(fields, count, times, 0, recordsBytes(records, headers, times), room, allocate, (out) => {
    writeRecords(out, records, headers, times);
  });
}

/**
 * The records of a batch as they stand in it, for who compresses them; they may hold until `writer` is asked for others.
 * `sentMs` is as in {@linkcode ProduceFields}.
 */
export function encodeRecords(
  records: readonly ProducerRecord[],
  headers: Uint8Array,
  sentMs: number,
  writer: RecordsWriter | null = null,
): Uint8Array {
  const written = writer?.write(records, headers, sentMs) ?? null;
  if (written !== null) return written.bytes;
  const times = timesOf(records, sentMs);
  const out = new Output(new Uint8Array(recordsBytes(records, headers, times)));
  writeRecords(out, records, headers, times);
  return out.bytes;
}

/** The body of a request whose records are compressed already; `codec` is what says how in the attributes. */
export function encodeCompressedProduce(
  fields: ProduceFields,
  records: readonly ProducerRecord[],
  codec: number,
  compressed: Uint8Array,
  room: number,
  allocate: Allocate,
): Uint8Array {
  const times = timesOf(records, fields.sentMs);
  const { length } = compressed;
  return encodeBody(fields, records.length, times, codec, length, room, allocate, (out) => out.raw(compressed));
}

/** The earliest and the latest time of the records of a batch, in milliseconds since 1970. */
type Range = Pick<WrittenRecords, "firstMs" | "maxMs">;

/** The times of a batch, and that of sending. */
interface Times extends Range {
  readonly sentMs: number;
}

function timesOf(records: readonly ProducerRecord[], sentMs: number): Times {
  let firstMs = records[0]?.timestampMs ?? sentMs;
  let maxMs = firstMs;
  for (let i = 1; i < records.length; i++) {
    const timeMs = records[i]?.timestampMs ?? sentMs;
    if (timeMs < firstMs) firstMs = timeMs;
    if (timeMs > maxMs) maxMs = timeMs;
  }
  return { firstMs, maxMs, sentMs };
}

function encodeBody(
  fields: ProduceFields,
  count: number,
  { firstMs, maxMs }: Range,
  codec: number,
  contentBytes: number,
  room: number,
  allocate: Allocate,
  writeContent: (out: Output) => void,
  checksum: (out: Output, start: number) => number = (out, start) => crc32c(out.bytes, start),
): Uint8Array {
  const topic = utf8.encode(fields.topic);
  const transactionalId = fields.transactionalId === null ? null : utf8.encode(fields.transactionalId);
  const before = 2 + (transactionalId?.length ?? 0) + 2 + 4 + 4 + 2 + topic.length + 4 + 4 + 4;
  const batchBytes = BEFORE_CRC_BYTES + CRC_BYTES + AFTER_CRC_BYTES + contentBytes;
  // What the CRC covers begins at a multiple of four, so that it can be read as words.
  const crcEnd = room + before + BEFORE_CRC_BYTES + CRC_BYTES;
  const shift = (4 - crcEnd % 4) % 4;
  const size = shift + room + before + batchBytes;
  const out = new Output(allocate(size).subarray(0, size));
  out.skip(shift + room);
  if (transactionalId === null) out.int16(NULL_STRING);
  else out.string(transactionalId);
  out.int16(fields.acks);
  out.int32(fields.timeoutMs);
  out.int32(1);
  out.string(topic);
  out.int32(1);
  out.int32(fields.partition);
  out.int32(batchBytes);
  out.int64(0n);
  out.int32(batchBytes - 12);
  out.int32(0);
  out.int8(MAGIC);
  const crcAt = out.skip(CRC_BYTES);
  out.int16((fields.transactionalId === null ? 0 : TRANSACTIONAL) | codec);
  out.int32(count - 1);
  out.int64(BigInt(firstMs));
  out.int64(BigInt(maxMs));
  out.int64(fields.producerId);
  out.int16(fields.producerEpoch);
  out.int32(fields.firstSequence);
  out.int32(count);
  writeContent(out);
  out.uint32At(crcAt, checksum(out, crcAt + CRC_BYTES));
  return out.bytes.subarray(shift);
}

function writeRecords(
  out: Output,
  records: readonly ProducerRecord[],
  headers: Uint8Array,
  { firstMs, sentMs }: Times,
): void {
  for (let i = 0; i < records.length; i++) {
    const record = records[i];
    if (record === undefined) continue;
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, headersStart, headersEnd } = record;
    const sinceFirstMs = (record.timestampMs ?? sentMs) - firstMs;
    out.varint(recordBodyBytes(i, record, headers, sinceFirstMs));
    // Attributes.
    out.int8(0);
    out.longVarint(sinceFirstMs);
    out.varint(i);
    out.varint(keyEnd - keyStart);
    out.range(bytes, keyStart, keyEnd);
    if (valueStart < 0) out.int8(NO_VALUE_BYTES);
    else out.varint(valueEnd - valueStart);
    out.range(bytes, valueStart, valueEnd);
    if (headersStart === headersEnd) out.raw(headers);
    else out.range(bytes, headersStart, headersEnd);
  }
}

function recordsBytes(
  records: readonly ProducerRecord[],
  headers: Uint8Array,
  { firstMs, sentMs }: Times,
): number {
  let bytes = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i];
    if (record === undefined) continue;
    const body = recordBodyBytes(i, record, headers, (record.timestampMs ?? sentMs) - firstMs);
    bytes += zigzagBytes(body) + body;
  }
  return bytes;
}

/** `headers` are those of a record that has none of its own. The length of no value takes as much as that of an empty one. */
function recordBodyBytes(index: number, record: ProducerRecord, headers: Uint8Array, sinceFirstMs: number): number {
  const hasHeaders = record.headersStart !== record.headersEnd;
  return 1 + longZigzagBytes(sinceFirstMs) + zigzagBytes(index) + zigzagBytes(record.keyEnd - record.keyStart) +
    zigzagBytes(record.valueEnd - record.valueStart) + record.size + (hasHeaders ? 0 : headers.length);
}

/** A buffer being filled, big-endian as Kafka's protocol is. */
class Output {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
  }

  /** Leaves so many bytes out; returns where they are. */
  skip(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  int8(value: number): void {
    this.bytes[this.#at++] = value;
  }

  int16(value: number): void {
    this.#view.setInt16(this.skip(2), value);
  }

  int32(value: number): void {
    this.#view.setInt32(this.skip(4), value);
  }

  int64(value: bigint): void {
    this.#view.setBigInt64(this.skip(8), value);
  }

  uint32At(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  string(text: Uint8Array): void {
    this.int16(text.length);
    this.raw(text);
  }

  /** A number that is not negative and below 2^30, zigzag. */
  varint(value: number): void {
    this.#at = writeZigzag(this.bytes, this.#at, value);
  }

  /** A number that is not negative and below 2^52, zigzag. */
  longVarint(value: number): void {
    this.#at = writeLongZigzag(this.bytes, this.#at, value);
  }

  /** Copies a range of bytes. A short one is copied faster than a view on it is made. */
  range(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > LONGEST_LOOP_BYTES) return this.raw(bytes.subarray(start, end));
    let at = this.#at;
    for (let i = start; i < end; i++) this.bytes[at++] = bytes[i] ?? 0;
    this.#at = at;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
