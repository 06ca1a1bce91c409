// A message to its row: the places of a commit's fields.
import { contentAt, end, enterAt, headAt, argument, limit, majorAt, skip, textAt } from "./cbor";
import {
  F_BLOCKS,
  F_DID,
  F_FINGERPRINT,
  F_LENGTH,
  F_OPS,
  F_REV,
  F_REVISION_MS,
  F_SEQ,
  F_START,
  F_TIME,
  F_TIME_MS,
} from "./layout";
import { fingerprint, isDid, isRevision, isUtcTime, tidTimeMs, utcTimeMs } from "./syntax";

const MAX_DID: u32 = 2048;
const MAX_REVISION: u32 = 64;
const MAX_SAFE_INTEGER: u64 = 9007199254740991;

/** The fields of a commit's body that are used, as bits. */
const SEQ: u32 = 1;
const REPO: u32 = 2;
const REV: u32 = 4;
const TIME: u32 = 8;
const BLOCKS: u32 = 16;
const OPS: u32 = 32;
const ALL: u32 = 63;

/** Whether the message of a row is a commit as nearly all are; the row has its fields then. */
export function decodeFrame(row: usize): bool {
  const start = <usize> load<u32>(row, F_START);
  limit(start + load<u32>(row, F_LENGTH));
  const body = headerEnd(start);
  if (body == 0 || !readBody(row, body)) return false;
  const did = load<u32>(row, F_DID);
  const didEnd = load<u32>(row, F_DID + 4);
  const rev = load<u32>(row, F_REV);
  const revEnd = load<u32>(row, F_REV + 4);
  const time = load<u32>(row, F_TIME);
  const timeEnd = load<u32>(row, F_TIME + 4);
  if (didEnd - did > MAX_DID || !isDid(did, didEnd)) return false;
  if (revEnd - rev > MAX_REVISION || !isRevision(rev, revEnd) || !isUtcTime(time, timeEnd)) return false;
  store<f64>(row, utcTimeMs(time, timeEnd), F_TIME_MS);
  store<f64>(row, tidTimeMs(rev, revEnd), F_REVISION_MS);
  store<f64>(row, fingerprint(did, didEnd, rev, revEnd), F_FINGERPRINT);
  return true;
}

/** Where the header of a commit ends, `{"t": "#commit", "op": 1}` in either order; 0 for any other. */
function headerEnd(p: usize): usize {
  p = enterAt(p, 5);
  if (p == 0 || argument != 2) return 0;
  let seen: u32 = 0;
  for (let i = 0; i < 2; i++) {
    p = textAt(p);
    if (p == 0 || p >= end) return 0;
    if (argument == 1 && load<u8>(p - 1) == 0x74) {
      p = textAt(p);
      if (p == 0 || argument != 7) return 0;
      if (load<u32>(p - 7) != 0x6d6f6323 || load<u32>(p - 4) != 0x74696d6d) return 0;
      seen |= 1;
    } else if (argument == 2 && load<u16>(p - 2) == 0x706f) {
      if (load<u8>(p) != 1) return 0;
      p++;
      seen |= 2;
    } else return 0;
  }
  return seen == 3 ? p : 0;
}

function readBody(row: usize, p: usize): bool {
  p = enterAt(p, 5);
  if (p == 0) return false;
  let seen: u32 = 0;
  for (let left = argument; left > 0; left--) {
    const value = textAt(p);
    if (value == 0) return false;
    const field = fieldAt(value - argument, argument);
    if (field == 0) {
      p = skip(value, 0);
      if (p == 0) return false;
      continue;
    }
    // Of a field that stands twice the last counts.
    if ((seen & field) != 0) return false;
    seen |= field;
    p = field == SEQ ? readSeq(row, value) : field == OPS ? readOps(row, value) : readContent(row, value, field);
    if (p == 0) return false;
  }
  return p == end && seen == ALL;
}

/** Which field has this name; 0 for any other. */
function fieldAt(p: usize, length: u32): u32 {
  if (length == 3) {
    const name = load<u32>(p) & 0xffffff;
    return name == 0x716573 ? SEQ : name == 0x766572 ? REV : name == 0x73706f ? OPS : 0;
  }
  if (length == 4) {
    const name = load<u32>(p);
    return name == 0x6f706572 ? REPO : name == 0x656d6974 ? TIME : 0;
  }
  return length == 6 && load<u32>(p) == 0x636f6c62 && load<u16>(p, 4) == 0x736b ? BLOCKS : 0;
}

function readSeq(row: usize, value: usize): usize {
  if (majorAt(value) != 0) return 0;
  const isLong = (load<u8>(value) & 31) == 27;
  const p = headAt(value);
  if (p == 0 || p > end) return 0;
  const seq: u64 = isLong ? bswap<u64>(load<u64>(value, 1)) : argument;
  if (seq > MAX_SAFE_INTEGER) return 0;
  store<f64>(row, <f64> seq, F_SEQ);
  return p;
}

/** The whole array, with its head. */
function readOps(row: usize, value: usize): usize {
  if (majorAt(value) != 4) return 0;
  const p = skip(value, 0);
  store<u32>(row, value, F_OPS);
  store<u32>(row, p, F_OPS + 4);
  return p;
}

/** What is in a text, or of the archive in a string of bytes. */
function readContent(row: usize, value: usize, field: u32): usize {
  if (majorAt(value) != <u32> (field == BLOCKS ? 2 : 3)) return 0;
  const p = contentAt(value);
  if (p == 0) return 0;
  const at = row + (field == REPO ? F_DID : field == REV ? F_REV : field == TIME ? F_TIME : F_BLOCKS);
  store<u32>(at, p - argument);
  store<u32>(at, p, 4);
  return p;
}
