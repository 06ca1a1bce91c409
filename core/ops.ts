// The operations of a commit: which are wanted, and a row for each of those.
import { argument, cidAt, end, enterAt, limit, skip, textAt } from "./cbor";
import { collectionAt } from "./collections";
import {
  C_IS_WANTED,
  CREATE,
  DELETE,
  F_DELETES,
  F_FIRST_OP,
  F_OP_COUNT,
  F_OPERATIONS,
  F_OPS,
  F_OTHER_COLLECTION,
  F_SEQ,
  F_TIME_MS,
  F_UNKNOWN,
  F_WRITES,
  MAX_OPS,
  O_CID,
  O_COLLECTION,
  O_FRAME,
  O_IS_SKIPPED,
  O_BLOCK,
  O_KIND,
  O_PATH,
  O_SEQ,
  O_TIME_MS,
  OP_ROW,
  OPS,
  UPDATE,
} from "./layout";
import { isRecordKey } from "./syntax";

/** More operations than these are for the host to judge. */
const MAX_OPS_OF_FRAME: u32 = 256;

/** How many rows are taken. */
export let opCount: u32 = 0;
let takesWrites: bool = false;
let takesDeletes: bool = false;

/** Whether creates and updates are wanted, and deletes. */
export function takeKinds(writes: bool, deletes: bool): void {
  takesWrites = writes;
  takesDeletes = deletes;
}

export function clearOps(): void {
  opCount = 0;
}

/** Where the rows of a frame's operations begin. */
// @ts-ignore: decorator
@inline
export function firstOpOf(frame: usize): usize {
  return OPS + <usize> load<u32>(frame, F_FIRST_OP) * OP_ROW;
}

/** Where they end. */
// @ts-ignore: decorator
@inline
export function opsEndOf(frame: usize): usize {
  return firstOpOf(frame) + <usize> load<u32>(frame, F_OP_COUNT) * OP_ROW;
}

/** Notes the wanted operations of a frame; false: one of them is for the host. */
export function readOps(frame: usize): bool {
  const first = opCount;
  limit(load<u32>(frame, F_OPS + 4));
  let p = enterAt(load<u32>(frame, F_OPS), 4);
  const count = argument;
  if (p == 0 || count > MAX_OPS_OF_FRAME || first + count > MAX_OPS) return false;
  otherCollection = writes = deletes = 0;
  for (let left = count; left > 0; left--) {
    p = readOp(frame, p);
    if (p == 0) {
      opCount = first;
      return false;
    }
  }
  store<u32>(frame, first, F_FIRST_OP);
  store<u32>(frame, opCount - first, F_OP_COUNT);
  store<u32>(frame, count, F_OPERATIONS);
  store<u32>(frame, otherCollection, F_OTHER_COLLECTION);
  store<u32>(frame, writes, F_WRITES);
  store<u32>(frame, deletes, F_DELETES);
  return true;
}

let otherCollection: u32 = 0;
let writes: u32 = 0;
let deletes: u32 = 0;

/** Where the operation ends; 0: it is for the host. */
function readOp(frame: usize, p: usize): usize {
  p = enterAt(p, 5);
  if (p == 0) return 0;
  let action: u32 = 0;
  let path: usize = 0;
  let pathEnd: usize = 0;
  let cid: usize = 0;
  prev = prevEnd = 0;
  for (let fields = argument; fields > 0; fields--) {
    const value = textAt(p);
    if (value == 0) return 0;
    const length = argument;
    const name = value - length;
    if (length == 6 && load<u32>(name) == 0x69746361 && load<u16>(name, 4) == 0x6e6f) {
      p = textAt(value);
      if (p == 0 || action != 0) return 0;
      action = actionAt(p - argument, argument);
      if (action == 0) return 0;
    } else if (length == 4 && load<u32>(name) == 0x68746170) {
      p = textAt(value);
      if (p == 0 || path != 0) return 0;
      path = p - argument;
      pathEnd = p;
    } else if (length == 3 && (load<u32>(name) & 0xffffff) == 0x646963) {
      if (cid != 0) return 0;
      if (load<u8>(value) == 0xf6 && value < end) p = value + 1;
      else {
        p = cidAt(value);
        if (p == 0) return 0;
        // Of another form, it is looked at only if the operation is wanted.
        cid = argument == 36 && isSha256(p - 36) ? p - 36 : OTHER_CID;
      }
    } else {
      p = skip(value, 0);
      if (p == 0) return 0;
      if (length == 4 && load<u32>(name) == 0x76657270) {
        prev = value;
        prevEnd = p;
      }
    }
  }
  if (action == 0 || path == 0) return 0;
  return select(frame, action, path, pathEnd, cid) ? p : 0;
}

const OTHER_CID: usize = 1;
/** The item of the operation that should be the CID before. */
let prev: usize = 0;
let prevEnd: usize = 0;

/** Gives the operation a row if it is wanted; false: it is for the host. */
function select(frame: usize, action: u32, path: usize, pathEnd: usize, cid: usize): bool {
  if (action == DELETE && !takesDeletes) {
    deletes++;
    return true;
  }
  if (action != DELETE && !takesWrites) {
    writes++;
    return true;
  }
  let slash = path;
  while (slash < pathEnd && load<u8>(slash) != 0x2f) slash++;
  const collection = collectionAt(path, slash);
  if (collection == 0) {
    store<u32>(frame, path, F_UNKNOWN);
    store<u32>(frame, slash, F_UNKNOWN + 4);
    return false;
  }
  if (load<u32>(collection, C_IS_WANTED) == 0) {
    otherCollection++;
    return true;
  }
  if (slash == pathEnd || !isRecordKey(slash + 1, pathEnd)) return false;
  if (action != DELETE && cid <= OTHER_CID) return false;
  const row = OPS + <usize> opCount * OP_ROW;
  opCount++;
  store<u32>(row, frame, O_FRAME);
  store<u32>(row, collection, O_COLLECTION);
  store<u32>(row, path, O_PATH);
  store<u32>(row, pathEnd, O_PATH + 4);
  store<u32>(row, cid, O_CID);
  store<u32>(row, action, O_KIND);
  store<u32>(row, prev, O_BLOCK);
  store<u32>(row, prevEnd, O_BLOCK + 4);
  store<f64>(row, load<f64>(frame, F_TIME_MS), O_TIME_MS);
  store<f64>(row, load<f64>(frame, F_SEQ), O_SEQ);
  store<u32>(row, 0, O_IS_SKIPPED);
  return true;
}

/** Which action has this name; 0 for one that the protocol may get one day. */
function actionAt(p: usize, length: u32): u32 {
  if (length != 6 || load<u16>(p, 4) != 0x6574) return 0;
  const name = load<u32>(p);
  return name == 0x61657263 ? CREATE : name == 0x61647075 ? UPDATE : name == 0x656c6564 ? DELETE : 0;
}

/** `01 CODEC 12 20`, the only form that the protocol writes. */
export function isSha256(p: usize): bool {
  return load<u8>(p) == 1 && load<u8>(p, 1) < 0x80 && load<u16>(p, 2) == 0x2012;
}
