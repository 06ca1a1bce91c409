// Finished events to the records of a Kafka batch, version 2 of the format: each is
// length VARINT | attributes INT8 | timestamp delta VARLONG | offset delta VARINT | key VARINT BYTES | value VARINT BYTES |
// headers, where a VARINT is zigzag. The host writes what stands before them.
import {
  O_DID,
  O_HEADERS,
  O_KEY,
  O_TIME_MS,
  O_VALUE,
  OP_ROW,
  OPS,
  OUT,
  R_FLAGS,
  R_KEY_IS_URI,
  R_ROW,
  R_SENT,
  RECORD_ROW,
  RECORDS,
  WIRE,
  WIRE_BYTES,
  WIRE_HEAD,
} from "./layout";
import { out } from "./event";
import { opCount } from "./ops";
import { copy } from "./write";

/** Bytes of the largest varint, twice, and of what has a fixed size. */
const MOST_AROUND: usize = 40;
/** The length of no value: -1, zigzag. */
const NO_VALUE: u8 = 1;

/** The earliest and the latest time of the records written last, in milliseconds since 1970. */
export let firstMs: f64 = 0;
export let maxMs: f64 = 0;

/**
 * Moves the rows of OPS and the events of OUT to `to`, one behind the other, and gives each row the time of its record:
 * that of the event, but not after `receivedMs`, and not before 1970. Returns where they end.
 */
export function keep(to: usize, receivedMs: f64): usize {
  const rows = <usize> opCount * OP_ROW;
  const events = to + rows;
  const shift = events - OUT;
  for (let row = OPS; row < OPS + rows; row += OP_ROW) {
    move(row + O_KEY, shift);
    move(row + O_HEADERS, shift);
    move(row + O_VALUE, shift);
    move(row + O_VALUE + 4, shift);
    move(row + O_DID, shift);
    move(row + O_DID + 4, shift);
    const timeMs = load<f64>(row, O_TIME_MS);
    if (!(timeMs >= 0 && timeMs < receivedMs)) store<f64>(row, receivedMs, O_TIME_MS);
  }
  memory.copy(to, OPS, rows);
  memory.copy(events, OUT, out - OUT);
  return events + out - OUT;
}

// @ts-ignore: decorator
@inline
function move(at: usize, shift: usize): void {
  store<u32>(at, load<u32>(at) + <u32> shift);
}

/**
 * Writes the first `count` records of RECORDS into WIRE; `headers` up to `headersEnd` are those of each that has none of
 * its own, `sentMs` the time of those that have the time of sending. Returns where they end; 0: there is no room.
 */
export function writeRecords(count: u32, headers: usize, headersEnd: usize, sentMs: f64): usize {
  const last = RECORDS + <usize> count * RECORD_ROW;
  findTimes(last, sentMs);
  const base = <u64> firstMs;
  let o = WIRE + WIRE_HEAD;
  let offset: u64 = 0;
  for (let record: usize = RECORDS; record < last; record += RECORD_ROW) {
    const row = <usize> load<u32>(record, R_ROW);
    const flags = load<u32>(record, R_FLAGS);
    const byUri = (flags & R_KEY_IS_URI) != 0;
    const key = <usize> load<u32>(row + (byUri ? O_KEY : O_DID));
    const keyLength = <usize> load<u32>(row + (byUri ? O_HEADERS : O_DID + 4)) - key;
    const value = <usize> load<u32>(row, O_VALUE);
    const valueEnd = <usize> load<u32>(row, O_VALUE + 4);
    const hasValue = valueEnd >= value;
    const valueLength: usize = hasValue ? valueEnd - value : 0;
    let own = <usize> load<u32>(row, O_HEADERS);
    let ownEnd = value;
    if (own == ownEnd) {
      own = headers;
      ownEnd = headersEnd;
    }
    const since = <u64> timeOf(row, flags, sentMs) - base;
    const room = WIRE + WIRE_BYTES - o;
    const size = keyLength + valueLength + (ownEnd - own);
    if (size > room || room - size < MOST_AROUND) return 0;
    const varints = varintBytes(since) + varintBytes(offset) + varintBytes(keyLength) + varintBytes(valueLength);
    o = writeVarint(o, size + varints + 1);
    store<u8>(o++, 0);
    o = writeVarint(o, since);
    o = writeVarint(o, offset);
    o = copy(writeVarint(o, keyLength), key, keyLength);
    if (hasValue) o = writeVarint(o, valueLength);
    else store<u8>(o++, NO_VALUE);
    o = copy(copy(o, value, valueLength), own, ownEnd - own);
    offset++;
  }
  return o;
}

function findTimes(last: usize, sentMs: f64): void {
  firstMs = Infinity;
  maxMs = -Infinity;
  for (let record: usize = RECORDS; record < last; record += RECORD_ROW) {
    const timeMs = timeOf(<usize> load<u32>(record, R_ROW), load<u32>(record, R_FLAGS), sentMs);
    if (timeMs < firstMs) firstMs = timeMs;
    if (timeMs > maxMs) maxMs = timeMs;
  }
}

// @ts-ignore: decorator
@inline
function timeOf(row: usize, flags: u32, sentMs: f64): f64 {
  return (flags & R_SENT) != 0 ? sentMs : load<f64>(row, O_TIME_MS);
}

/** Bytes of a number as a zigzag varint. */
// @ts-ignore: decorator
@inline
function varintBytes(value: u64): usize {
  return value < 64 ? 1 : <usize> ((70 - clz(value << 1)) / 7);
}

/** Writes a number as a zigzag varint; returns where it ends. */
// @ts-ignore: decorator
@inline
function writeVarint(o: usize, value: u64): usize {
  let left = value << 1;
  while (left >= 0x80) {
    store<u8>(o++, <u8> left | 0x80);
    left >>= 7;
  }
  store<u8>(o, <u8> left);
  return o + 1;
}
