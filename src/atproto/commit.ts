/**
 * A commit to the records it creates or updates. Only the blocks that wanted operations name are looked up and hashed;
 * they are about 5 % of the bytes. One bad block costs one record, never the commit.
 *
 * @module
 */
import { findBlocks } from "./car.ts";
import { CborError, decodeCbor } from "./cbor.ts";
import { cidMatches, cidText } from "./cid.ts";
import { NOWHERE, type Span, spanText } from "./bytes/span.ts";
import type { CommitFrame } from "./frame.ts";
import type { OpReader } from "./op.ts";
import { reject, type Rejected } from "./rejected.ts";
import { CollectionMatcher, isSampled, type Selection } from "../filter/selection.ts";

/** The most operations of a commit that are read, five times what the protocol allows. */
export const MAX_OPS = 1000;
/**
 * The most bytes that the records of one commit may have together, each operation counted: as many as the protocol allows
 * to all of a commit's blocks. Hundreds of operations may name one block, and an event has up to six times the bytes of
 * its record.
 */
export const MAX_RECORD_BYTES = 2_000_000;

/** A record as decoded: an object whose fields may be anything. */
export type RepoRecord = { readonly [field: string]: unknown };

/** A created or updated record of a wanted collection, decoded. */
export interface RecordOp {
  readonly kind: "record";
  readonly action: "create" | "update";
  readonly did: string;
  readonly rev: string;
  readonly seq: number;
  /** The frame's time, verbatim. */
  readonly time: string;
  readonly collection: string;
  readonly rkey: string;
  /** The AT-URI. */
  readonly uri: string;
  /** The record's CID as text. */
  readonly cid: string;
  readonly record: RepoRecord;
}

/** A created or updated record of a wanted collection, where it stands in its message. */
export class RecordBlock {
  readonly kind = "block";
  readonly frame: CommitFrame;
  readonly action: "create" | "update";
  readonly collection: string;
  /** `COLLECTION/RKEY`: plain ASCII. */
  readonly path: Span;
  /** The binary CID. */
  readonly cid: Span;
  /** Where the block stands, and is the right one as its hash says; {@linkcode NOWHERE} until it is found. */
  block: Span;

  constructor(
    frame: CommitFrame,
    action: "create" | "update",
    collection: string,
    path: Span,
    cid: Span,
    block = NOWHERE,
  ) {
    this.frame = frame;
    this.action = action;
    this.collection = collection;
    this.path = path;
    this.cid = cid;
    this.block = block;
  }

  /** The record as an object, unless it is none. */
  decode(): RecordOp | Rejected {
    const { frame, action, collection } = this;
    const { bytes, did, rev, seq, time } = frame;
    const path = spanText(bytes, this.path);
    const cid = cidText(bytes.subarray(this.cid.start, this.cid.end));
    const at = { seq, did, path };
    try {
      const record = decodeCbor(bytes.subarray(this.block.start, this.block.end));
      if (!isRecord(record)) return reject("record-not-object", cid, at);
      const rkey = path.slice(collection.length + 1);
      return { kind: "record", action, did, rev, seq, time, collection, rkey, uri: `at://${did}/${path}`, cid, record };
    } catch (error) {
      if (error instanceof CborError) return reject("record-undecodable", error.message, at);
      throw error;
    }
  }
}

function isRecord(value: unknown): value is RepoRecord {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** What became of a commit's operations: results in order, and how many the sample left out. */
export interface CommitRecords {
  readonly results: readonly (RecordBlock | Rejected)[];
  readonly sampledOut: number;
}

/** Most commits have no wanted operation. */
const NOTHING: CommitRecords = { results: [], sampledOut: 0 };

/** Puts an item behind others. Most lists stay at one, for which one that grows would take room for seventeen. */
function add<T>(list: T[] | null, item: T): T[] {
  if (list === null) return [item];
  list.push(item);
  return list;
}

/** Finds the wanted records of commits. */
export class CommitReader {
  readonly #matcher: CollectionMatcher;
  readonly #sampleRate: number;
  /** Operations seen so far. */
  operations = 0;
  /** Of them, those that are not wanted: deletions, and other collections. */
  filtered = 0;

  constructor({ collections, sampleRate }: Selection) {
    this.#matcher = new CollectionMatcher(collections);
    this.#sampleRate = sampleRate;
  }

  /** The wanted records of a commit, in the order of its operations, after those operations that are of no use. */
  read(frame: CommitFrame): CommitRecords {
    let wanted: RecordBlock[] | null = null;
    let results: (RecordBlock | Rejected)[] | null = null;
    let sampledOut = 0;
    const ops = frame.ops();
    if (ops.size > MAX_OPS) return { results: [tooMany(frame, ops.size)], sampledOut };
    while (ops.next()) {
      this.operations++;
      const found = this.#select(frame, ops);
      if (found === null) this.filtered++;
      else if (found === "sampled-out") sampledOut++;
      else if (found.kind === "block") wanted = add(wanted, found);
      else results = add(results, found);
    }
    if (wanted === null) return results === null && sampledOut === 0 ? NOTHING : { results: results ?? [], sampledOut };
    const problem = findBlocks(frame.bytes, frame.spans.blocks, wanted);
    let bytesLeft = MAX_RECORD_BYTES;
    for (const record of wanted) {
      bytesLeft -= record.block.end - record.block.start;
      results = add(results, bytesLeft < 0 ? tooLarge(record) : toChecked(record, problem));
    }
    return { results: results ?? [], sampledOut };
  }

  #select(frame: CommitFrame, ops: OpReader): RecordBlock | Rejected | "sampled-out" | null {
    if (ops.problem !== null) return reject("op-invalid", ops.problem, frame);
    const { action, path, cid } = ops;
    if (action !== "create" && action !== "update") return null;
    const { bytes } = frame;
    const slash = endOfCollection(bytes, path);
    const collection = this.#matcher.match(bytes, path.start, slash);
    if (collection === null) return null;
    if (!isRecordKey(bytes, slash + 1, path.end)) {
      return reject("op-invalid", "the path has no valid record key", placeOf(frame, path));
    }
    if (cid === null) {
      return reject("op-invalid", `the ${action} has no CID`, placeOf(frame, path));
    }
    if (this.#sampleRate < 1) {
      const uri = `at://${frame.did}/${spanText(bytes, path)}`;
      if (!isSampled(uri, this.#sampleRate)) return "sampled-out";
    }
    return new RecordBlock(frame, action, collection, path, cid);
  }
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

function tooLarge({ frame, path }: RecordBlock): Rejected {
  const detail = `the commit's records have more than ${MAX_RECORD_BYTES} bytes together`;
  return reject("record-too-large", detail, placeOf(frame, path));
}

/** The record, if its block was found and is the right one. */
function toChecked(record: RecordBlock, problem: string | null): RecordBlock | Rejected {
  const { frame: { bytes }, block } = record;
  const isFound = block !== NOWHERE;
  if (isFound && cidMatches(bytes, record.cid, block)) return record;
  const where = placeOf(record.frame, record.path);
  const cid = cidText(bytes.subarray(record.cid.start, record.cid.end));
  if (isFound) return reject("block-mismatch", cid, where);
  return problem === null ? reject("block-missing", cid, where) : reject("blocks-undecodable", problem, where);
}
