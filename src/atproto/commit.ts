/**
 * A commit to what it does in its repository. Only the blocks that wanted operations name are looked up and hashed; they
 * are about 5 % of the bytes. One bad block costs one record, never the commit.
 *
 * @module
 */
import { findBlocks } from "./car.ts";
import { cidMatches, cidText } from "./cid.ts";
import { NOWHERE, type Span, spanText } from "./bytes/span.ts";
import type { CommitFrame } from "./frame.ts";
import type { OpReader } from "./op.ts";
import { reject, type Rejected } from "./rejected.ts";
import { RecordDelete, RecordWrite, type RepoOp } from "./repo_op.ts";

/** The most operations of a commit that are read, five times what the protocol allows. */
export const MAX_OPS = 1000;
/**
 * The most bytes that the records of one commit may have together, each operation counted: as many as the protocol allows
 * to all of a commit's blocks. Hundreds of operations may name one block, and an event has up to six times the bytes of
 * its record.
 */
export const MAX_RECORD_BYTES = 2_000_000;

/** Decides which operations are wanted, before anything of their records is looked up. */
export interface OpSelector {
  /** A commit of so many operations is read. */
  begin(operations: number): void;
  /** The collection that stands from `start` to `end` of `bytes`, if such operations on it are wanted; else null. */
  collection(kind: RepoOp["kind"], bytes: Uint8Array, start: number, end: number): string | null;
  /** Whether the record at this path, of a wanted collection, is wanted. */
  record(frame: CommitFrame, path: Span, collection: string): boolean;
  /** An operation came of a kind that the protocol got later; it is left out. */
  unknownKind(): void;
}

/** Puts an item behind others. Most lists stay at one, for which one that grows would take room for seventeen. */
function add<T>(list: T[] | null, item: T): T[] {
  if (list === null) return [item];
  list.push(item);
  return list;
}

/** Most commits have no wanted operation. */
const NOTHING: readonly never[] = [];

/**
 * The wanted operations of a commit in their order, after those that are of no use. A record is found and is the right one
 * as its hash says, but not decoded.
 */
export function readCommit(frame: CommitFrame, selector: OpSelector): readonly (RepoOp | Rejected)[] {
  let wanted: RepoOp[] | null = null;
  let results: (RepoOp | Rejected)[] | null = null;
  const ops = frame.ops();
  if (ops.size > MAX_OPS) return [tooMany(frame, ops.size)];
  selector.begin(ops.size);
  while (ops.next()) {
    const found = select(frame, ops, selector);
    if (found === null) continue;
    if (found.kind === "rejected") results = add(results, found);
    else wanted = add(wanted, found);
  }
  if (wanted === null) return results ?? NOTHING;
  const writes = wanted.every(isWrite) ? wanted : wanted.filter(isWrite);
  const problem = writes.length === 0 ? null : findBlocks(frame.bytes, frame.spans.blocks, writes);
  let bytesLeft = MAX_RECORD_BYTES;
  for (const op of wanted) {
    if (op.kind === "delete") results = add(results, op);
    else {
      bytesLeft -= op.block.end - op.block.start;
      results = add(results, bytesLeft < 0 ? tooLarge(op) : toChecked(op, problem));
    }
  }
  return results ?? NOTHING;
}

function isWrite(op: RepoOp): op is RecordWrite {
  return op.kind !== "delete";
}

function select(frame: CommitFrame, ops: OpReader, selector: OpSelector): RepoOp | Rejected | null {
  if (ops.problem !== null) return reject("op-invalid", ops.problem, frame);
  const { action, path, cid, prev } = ops;
  if (action === "unknown") {
    selector.unknownKind();
    return null;
  }
  const { bytes } = frame;
  const slash = endOfCollection(bytes, path);
  const collection = selector.collection(action, bytes, path.start, slash);
  if (collection === null) return null;
  if (!isRecordKey(bytes, slash + 1, path.end)) {
    return reject("op-invalid", "the path has no valid record key", placeOf(frame, path));
  }
  if (action !== "delete" && cid === null) {
    return reject("op-invalid", `the ${action} has no CID`, placeOf(frame, path));
  }
  if (!selector.record(frame, path, collection)) return null;
  return action === "delete" || cid === null
    ? new RecordDelete(frame, collection, path, prev)
    : new RecordWrite(action, frame, collection, path, cid);
}

function placeOf({ seq, did, bytes }: CommitFrame, path: Span) {
  return { seq, did, path: spanText(bytes, path) };
}

function endOfCollection(bytes: Uint8Array, path: Span): number {
  let slash = path.start;
  while (slash < path.end && bytes[slash] !== SLASH) slash++;
  return slash;
}

const SLASH = 0x2f;
const DOT = 0x2e;
const MAX_RKEY_BYTES = 512;

/** The characters of record keys, by their codes. */
const IN_RKEY = Uint8Array.from(
  { length: 256 },
  (_, code) => /[A-Za-z0-9._:~-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** 1 to 512 letters, digits and `._:~-`, but neither `.` nor `..`. */
function isRecordKey(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 1 || length > MAX_RKEY_BYTES) return false;
  for (let i = start; i < end; i++) if (IN_RKEY[bytes[i] ?? 0] !== 1) return false;
  const isDots = bytes[start] === DOT && (length === 1 || (length === 2 && bytes[start + 1] === DOT));
  return !isDots;
}

function tooMany(frame: CommitFrame, ops: number): Rejected {
  return reject("frame-invalid", `a commit of ${ops} operations, more than ${MAX_OPS}`, frame);
}

function tooLarge({ frame, path }: RecordWrite): Rejected {
  const detail = `the commit's records have more than ${MAX_RECORD_BYTES} bytes together`;
  return reject("record-too-large", detail, placeOf(frame, path));
}

/** The operation, if its block was found and is the right one. */
function toChecked(op: RecordWrite, problem: string | null): RecordWrite | Rejected {
  const { frame: { bytes }, block } = op;
  const isFound = block !== NOWHERE;
  if (isFound && cidMatches(bytes, op.cid, block)) return op;
  const where = placeOf(op.frame, op.path);
  const cid = cidText(bytes.subarray(op.cid.start, op.cid.end));
  if (isFound) return reject("block-mismatch", cid, where);
  return problem === null ? reject("block-missing", cid, where) : reject("blocks-undecodable", problem, where);
}
