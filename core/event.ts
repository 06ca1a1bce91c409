// A record to its event: the program of its collection, interpreted.
import { argument, headAt, limit, textAt } from "./cbor";
import { clearSlots, readFields } from "./fields";
import { itemEnd, writeJson } from "./json";
import {
  C_LENGTH,
  C_PROGRAM,
  F_DID,
  F_HANDLE,
  F_REV,
  F_SEQ,
  F_TIME,
  JSON,
  O_BLOCK,
  O_CID,
  O_COLLECTION,
  O_DID,
  O_FRAME,
  O_HEADERS,
  O_KEY,
  O_KIND,
  O_PATH,
  O_VALUE,
  OUT,
  OUT_BYTES,
  SLOTS,
  UPDATE,
} from "./layout";
import { isEarlier, isUtcTime } from "./syntax";
import { copy, writeCid, writeInteger, writeNull, writeText } from "./write";

// A program in CONFIG begins with these words; its instructions follow.
const P_FIELDS: usize = 0;
const P_SLOTS: usize = 4;
/** The most bytes of an event: so many, and of the block, the DID and the path so many times their bytes. */
const P_BYTES: usize = 8;
const P_BLOCKS: usize = 12;
const P_DIDS: usize = 16;
const P_PATHS: usize = 20;
const P_FIRST: usize = 24;

// Instructions: the number, and then its operands, all words.
const STOP: u32 = 0;
/** A piece: where it stands, its length. */
const PIECE: u32 = 1;
const DID: u32 = 2;
const PATH: u32 = 3;
const REV: u32 = 4;
const TIME: u32 = 5;
const COLLECTION: u32 = 6;
const RECORD_KEY: u32 = 7;
const CID: u32 = 8;
const SEQ: u32 = 9;
/** Two pieces: of a create, of an update. */
const ACTION: u32 = 10;
/** The DID, whose place is noted. */
const NOTED_DID: u32 = 11;
/** Here the headers begin, the value. */
const HEADERS: u32 = 12;
const VALUE: u32 = 13;
/** Lengths as zigzag varints: of the DID, the revision, the time, the event's id. */
const DID_LENGTH: u32 = 14;
const REV_LENGTH: u32 = 15;
const TIME_LENGTH: u32 = 16;
const ID_LENGTH: u32 = 17;
/** Those below have a slot. */
const TEXT: u32 = 18;
const OPTIONAL: u32 = 19;
const TEXTS: u32 = 20;
const PART: u32 = 21;
const SORT_TIME: u32 = 22;
/** Two slots: of the link, of the text. */
const BLOB: u32 = 23;
/** The slot, how many there are to choose from, and of each its text, the length of that, its slot. */
const CHOICE: u32 = 24;
/** The whole record. */
const RECORD: u32 = 25;
/** The handle of the account, or null. */
const HANDLE: u32 = 26;

/** Where the next event goes. */
export let out: usize = OUT;

export function clearEvents(): void {
  out = OUT;
}

/** Writes the event of an operation and notes its places; false: it is for the host. */
export function encodeEvent(op: usize): bool {
  const frame = <usize> load<u32>(op, O_FRAME);
  const program = <usize> load<u32>(load<u32>(op, O_COLLECTION), C_PROGRAM);
  const block = <usize> load<u32>(op, O_BLOCK);
  const blockEnd = <usize> load<u32>(op, O_BLOCK + 4);
  const bytes = load<u32>(program, P_BYTES) + load<u32>(program, P_BLOCKS) * <u32> (blockEnd - block) +
    load<u32>(program, P_DIDS) * lengthOf(frame + F_DID) + load<u32>(program, P_PATHS) * lengthOf(op + O_PATH);
  if (<usize> bytes > OUT + OUT_BYTES - out) return false;
  limit(blockEnd);
  clearSlots(load<u32>(program, P_SLOTS));
  if (readFields(block, load<u32>(program, P_FIELDS), 0) != blockEnd) return false;
  store<u32>(op, out, O_KEY);
  const last = run(program + P_FIRST, out, op, frame);
  if (last == 0) return false;
  store<u32>(op, last, O_VALUE + 4);
  out = last;
  return true;
}

// @ts-ignore: decorator
@inline
function lengthOf(span: usize): u32 {
  return load<u32>(span, 4) - load<u32>(span);
}

// @ts-ignore: decorator
@inline
function copySpan(o: usize, span: usize): usize {
  return copy(o, load<u32>(span), lengthOf(span));
}

// @ts-ignore: decorator
@inline
function slotAt(p: usize): usize {
  return SLOTS + (<usize> load<u32>(p) << 3);
}

/** Runs a program; returns where its event ends, 0 if it is for the host. */
function run(p: usize, o: usize, op: usize, frame: usize): usize {
  while (true) {
    const instruction = load<u32>(p);
    p += 4;
    switch (instruction) {
      case STOP:
        return o;
      case PIECE:
        o = copy(o, load<u32>(p), load<u32>(p, 4));
        p += 8;
        continue;
      case NOTED_DID:
        store<u32>(op, o, O_DID);
        o = copySpan(o, frame + F_DID);
        store<u32>(op, o, O_DID + 4);
        continue;
      case DID:
        o = copySpan(o, frame + F_DID);
        continue;
      case PATH:
        o = copySpan(o, op + O_PATH);
        continue;
      case REV:
        o = copySpan(o, frame + F_REV);
        continue;
      case TIME:
        o = copySpan(o, frame + F_TIME);
        continue;
      case COLLECTION:
        o = copy(o, load<u32>(op, O_PATH), collectionLength(op));
        continue;
      case RECORD_KEY: {
        const start = load<u32>(op, O_PATH) + collectionLength(op) + 1;
        o = copy(o, start, load<u32>(op, O_PATH + 4) - start);
        continue;
      }
      case CID:
        o = writeCid(o, load<u32>(op, O_CID));
        continue;
      case SEQ:
        o = writeInteger(o, <u64> load<f64>(frame, F_SEQ));
        continue;
      case HANDLE:
        o = copySpan(o, frame + F_HANDLE);
        continue;
      case ACTION: {
        const piece = p + (load<u32>(op, O_KIND) == UPDATE ? 8 : 0);
        o = copy(o, load<u32>(piece), load<u32>(piece, 4));
        p += 16;
        continue;
      }
      case HEADERS:
        store<u32>(op, o, O_HEADERS);
        continue;
      case VALUE:
        store<u32>(op, o, O_VALUE);
        continue;
      case DID_LENGTH:
        o = writeZigzag(o, lengthOf(frame + F_DID));
        continue;
      case REV_LENGTH:
        o = writeZigzag(o, lengthOf(frame + F_REV));
        continue;
      case TIME_LENGTH:
        o = writeZigzag(o, lengthOf(frame + F_TIME));
        continue;
      case ID_LENGTH:
        o = writeZigzag(o, lengthOf(frame + F_DID) + 1 + lengthOf(frame + F_REV) + 1 + lengthOf(op + O_PATH));
        continue;
      default:
        o = writeValue(instruction, o, p, op, frame);
        if (o == 0) return 0;
        p += instruction == BLOB ? 8 : instruction == CHOICE ? 8 + <usize> load<u32>(p, 4) * 12 : instruction == RECORD ? 0 : 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function collectionLength(op: usize): u32 {
  return load<u32>(load<u32>(op, O_COLLECTION), C_LENGTH);
}

/** A value of the record. */
function writeValue(instruction: u32, o: usize, p: usize, op: usize, frame: usize): usize {
  if (instruction == RECORD) {
    const blockEnd = <usize> load<u32>(op, O_BLOCK + 4);
    o = writeJson(o, load<u32>(op, O_BLOCK), 0);
    return itemEnd == blockEnd ? o : 0;
  }
  const slot = slotAt(p);
  const start = <usize> load<u32>(slot);
  const e = <usize> load<u32>(slot, 4);
  switch (instruction) {
    case TEXT:
      return writeText(o, start, e);
    case OPTIONAL:
      return writeOptional(o, slot);
    case TEXTS:
      return writeTexts(o, start);
    case PART: {
      if (start == 0) return writeNull(o);
      const last = writeJson(JSON, start, 1);
      return last == 0 ? 0 : writeText(o, JSON, last);
    }
    case SORT_TIME: {
      const time = <usize> load<u32>(frame, F_TIME);
      const timeEnd = <usize> load<u32>(frame, F_TIME + 4);
      if (start == 0) return copy(o, time, timeEnd - time);
      if (!isUtcTime(start, e)) return 0;
      return isEarlier(start, e, time, timeEnd) ? copy(o, start, e - start) : copy(o, time, timeEnd - time);
    }
    case BLOB: {
      if (start == 0) return writeOptional(o, slotAt(p + 4));
      store<u8>(o, 0x22);
      o = writeCid(o + 1, start);
      store<u8>(o, 0x22);
      return o + 1;
    }
    case CHOICE:
      return writeChoice(o, p, start, e);
    default:
      return 0;
  }
}

function writeOptional(o: usize, slot: usize): usize {
  const start = <usize> load<u32>(slot);
  return start == 0 ? writeNull(o) : writeText(o, start, load<u32>(slot, 4));
}

/** The array of texts at `p`; an empty one if that is 0. */
function writeTexts(o: usize, p: usize): usize {
  store<u8>(o++, 0x5b);
  if (p != 0) {
    p = headAt(p);
    const count = argument;
    for (let i: u32 = 0; i < count; i++) {
      if (i > 0) store<u8>(o++, 0x2c);
      p = textAt(p);
      o = writeText(o, p - argument, p);
      if (o == 0) return 0;
    }
  }
  store<u8>(o, 0x5d);
  return o + 1;
}

/** What the text from `start` to `e` chooses; null where it is none of the known ones, or missing. */
function writeChoice(o: usize, p: usize, start: usize, e: usize): usize {
  if (start == 0) return writeNull(o);
  const count = load<u32>(p, 4);
  let choice = p + 8;
  for (let i: u32 = 0; i < count; i++, choice += 12) {
    if (load<u32>(choice, 4) != <u32> (e - start) || memory.compare(load<u32>(choice), start, e - start) != 0) continue;
    return writeOptional(o, slotAt(choice + 8));
  }
  return writeNull(o);
}

/** A number that is not negative and below 2^30. */
function writeZigzag(o: usize, value: u32): usize {
  let left = value << 1;
  while (left >= 0x80) {
    store<u8>(o++, left | 0x80);
    left >>= 7;
  }
  store<u8>(o, left);
  return o + 1;
}
