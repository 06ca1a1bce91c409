/**
 * The signed block of a commit: `{did, version: 3, data, rev, prev, sig}`. What is signed is the block without `sig`, so
 * it is cut out of the bytes, and nothing is decoded and encoded again. Source: atproto.com/specs/repository.
 *
 * @module
 */
import type { Span } from "./bytes/span.ts";
import { CborError, CborReader, MAJOR } from "./cbor.ts";
import { namesOf } from "./names.ts";

const FIELDS = ["did", "rev", "sig", "data", "prev", "version"] as const;
const FIELD_NAMES = namesOf(FIELDS);
const VERSION = 3;
const MAP_OF_NONE = 0xa0;
const MOST_FIELDS = 23;
const NULL = 0xf6;

/** Where the fields of a commit block stand in its message. */
export interface CommitBlock {
  readonly did: Span;
  readonly rev: Span;
  /** The binary CID of the root of the tree. */
  readonly data: Span;
  readonly signature: Span;
  /** The field of the signature, its name and head included. */
  readonly signatureField: Span;
}

/** Reads the block that stands at `block` of `bytes`; null where it is no commit of version 3 in canonical order. */
export function readCommitBlock(bytes: Uint8Array, block: Span): CommitBlock | null {
  try {
    return read(new CborReader(bytes, block.start, block.end), block);
  } catch (error) {
    if (error instanceof CborError) return null;
    throw error;
  }
}

/** What is signed: the block at `block` without its signature. */
export function unsignedBytes(bytes: Uint8Array, block: Span, { signatureField: { start, end } }: CommitBlock) {
  const unsigned = new Uint8Array(block.end - block.start - (end - start));
  unsigned.set(bytes.subarray(block.start, start));
  unsigned.set(bytes.subarray(end, block.end), start - block.start);
  // One field less.
  unsigned[0] = (unsigned[0] ?? 0) - 1;
  return unsigned;
}

function read(reader: CborReader, block: Span): CommitBlock | null {
  const { bytes } = reader;
  const size = reader.readMapSize();
  if (size > MOST_FIELDS || bytes[block.start] !== MAP_OF_NONE + size) return null;
  const found: { [name in typeof FIELDS[number]]?: Span } = {};
  let signatureField: Span | undefined;
  let before: Span | null = null;
  for (let left = size; left > 0; left--) {
    const start = reader.offset;
    const field = FIELDS[reader.readName(FIELD_NAMES)];
    const name: Span = { start, end: reader.offset };
    // In this order, and so none twice: otherwise it is not what a signer encodes.
    if (before !== null && !isBefore(bytes, before, name)) return null;
    before = name;
    const value = field === undefined ? skipped(reader) : valueOf(reader, field);
    if (value === null) return null;
    if (field !== undefined) found[field] = value;
    if (field === "sig") signatureField = { start, end: reader.offset };
  }
  const { did, rev, data, sig, prev, version } = found;
  const isWhole = prev !== undefined && version !== undefined && reader.atEnd;
  if (!isWhole || did === undefined || rev === undefined || data === undefined || sig === undefined) return null;
  return signatureField === undefined ? null : { did, rev, data, signature: sig, signatureField };
}

/** The content of the next item, or null where a field has none such. */
function valueOf(reader: CborReader, field: typeof FIELDS[number]): Span | null {
  const major = reader.nextMajor();
  switch (field) {
    case "did":
    case "rev":
      return major === MAJOR.text ? { start: reader.enterText(), end: reader.offset } : null;
    case "sig":
      return major === MAJOR.bytes ? { start: reader.enterBytes(), end: reader.offset } : null;
    case "data":
      return major === MAJOR.tag ? { start: reader.enterCid(), end: reader.offset } : null;
    case "prev":
      if (major === MAJOR.tag) return { start: reader.enterCid(), end: reader.offset };
      return reader.bytes[reader.offset] === NULL ? skipped(reader) : null;
    case "version":
      return reader.bytes[reader.offset] === VERSION ? skipped(reader) : null;
  }
}

function skipped(reader: CborReader): Span {
  const start = reader.offset;
  reader.check();
  return { start, end: reader.offset };
}

/** Whether one name, with its head, comes before another: the shorter one, or the lesser bytes. Their heads say the first. */
function isBefore(bytes: Uint8Array, a: Span, b: Span): boolean {
  const length = Math.min(a.end - a.start, b.end - b.start);
  for (let i = 0; i < length; i++) {
    const [left, right] = [bytes[a.start + i] ?? 0, bytes[b.start + i] ?? 0];
    if (left !== right) return left < right;
  }
  return false;
}
