/**
 * A commit to the records it creates or updates. Only the blocks that wanted operations name are looked up, hashed and
 * decoded; they are about 5 % of the bytes. One bad block costs one record, never the commit.
 *
 * @module
 */
import { findBlocks } from "../codec/car.ts";
import { CborError, decodeCbor } from "../codec/cbor.ts";
import { type Cid, cidMatches } from "../codec/cid.ts";
import type { CommitFrame } from "../firehose/frame.ts";
import { reject, type Rejected } from "../rejected.ts";
import { isSampled, type Selection } from "./selection.ts";

/** A record as decoded: an object whose fields may be anything. */
export type RepoRecord = { readonly [field: string]: unknown };

/** A created or updated record of a wanted collection. */
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

/** What became of a commit's operations: results in order, and how many the sample left out. */
export interface CommitRecords {
  readonly results: readonly (RecordOp | Rejected)[];
  readonly sampledOut: number;
}

interface WantedOp {
  readonly action: "create" | "update";
  readonly collection: string;
  readonly rkey: string;
  readonly uri: string;
  readonly cid: Cid;
}

/** Decodes the wanted records of a commit, in the order of its operations. */
export function readCommit(frame: CommitFrame, selection: Selection): CommitRecords {
  const results: (RecordOp | Rejected)[] = [];
  const wanted: WantedOp[] = [];
  let sampledOut = 0;
  for (const op of frame.ops) {
    const found = op === null ? reject("op-invalid", "fields of the wrong type", frame) : select(frame, op, selection);
    if (found === "sampled-out") sampledOut++;
    else if (found === null) continue;
    else if ("kind" in found) results.push(found);
    else wanted.push(found);
  }
  if (wanted.length === 0) return { results, sampledOut };
  const { found, problem } = findBlocks(frame.blocks, wanted.map((op) => op.cid.bytes));
  wanted.forEach((op, i) => results.push(readRecord(frame, op, found[i] ?? null, problem)));
  return { results, sampledOut };
}

function select(
  frame: CommitFrame,
  op: { readonly action: string; readonly path: string; readonly cid: Cid | null },
  selection: Selection,
): WantedOp | Rejected | "sampled-out" | null {
  const { action, path, cid } = op;
  if (action !== "create" && action !== "update") return null;
  const slash = path.indexOf("/");
  const collection = slash < 0 ? path : path.slice(0, slash);
  if (!selection.collections.has(collection)) return null;
  const rkey = path.slice(collection.length + 1);
  if (!isRecordKey(rkey)) return reject("op-invalid", "the path has no valid record key", { ...frame, path });
  if (cid === null) return reject("op-invalid", `the ${action} has no CID`, { ...frame, path });
  const uri = `at://${frame.did}/${path}`;
  if (!isSampled(uri, selection.sampleRate)) return "sampled-out";
  return { action, collection, rkey, uri, cid };
}

const RECORD_KEY = /^[A-Za-z0-9._:~-]{1,512}$/;

function isRecordKey(rkey: string): boolean {
  return RECORD_KEY.test(rkey) && rkey !== "." && rkey !== "..";
}

function readRecord(
  frame: CommitFrame,
  op: WantedOp,
  block: Uint8Array | null,
  problem: string | null,
): RecordOp | Rejected {
  const { did, rev, seq, time } = frame;
  const { action, collection, rkey, uri } = op;
  const at = { seq, did, path: `${collection}/${rkey}` };
  const cid = op.cid.toString();
  if (block === null) {
    return problem === null ? reject("block-missing", cid, at) : reject("blocks-undecodable", problem, at);
  }
  if (!cidMatches(op.cid.bytes, block)) return reject("block-mismatch", cid, at);
  try {
    const record = decodeCbor(block);
    if (!isRecord(record)) return reject("record-not-object", cid, at);
    return { kind: "record", action, did, rev, seq, time, collection, rkey, uri, cid, record };
  } catch (error) {
    if (error instanceof CborError) return reject("record-undecodable", error.message, at);
    throw error;
  }
}

function isRecord(value: unknown): value is RepoRecord {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
