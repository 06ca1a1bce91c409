/**
 * A WebSocket message to a {@linkcode Frame}: two DAG-CBOR objects, a header and a body. Of a commit only the places of
 * its fields are noted; texts, operations and blocks stay where they are in the message until somebody asks for them,
 * as most commits hold nothing that is wanted. Unknown fields, unknown message types and unknown ops are ignored, as the
 * protocol asks.
 *
 * @module
 */
import { CborError, CborReader, MAJOR } from "./cbor.ts";
import { namesOf } from "./names.ts";
import { copyPair, NOWHERE, pairFingerprint, type Span, spanText, textFingerprint } from "./bytes/span.ts";
import { isUtf8 } from "./bytes/utf8.ts";
import { reject, type Rejected } from "./rejected.ts";
import { isDid } from "./did.ts";
import { OpReader } from "./op.ts";
import { tidTimeMs } from "./tid.ts";

/** The largest message that is read, in bytes (the protocol's limit). */
export const MAX_FRAME_BYTES = 5_000_000;

/** Where the fields of a `#commit` stand in its message. */
export interface CommitSpans {
  readonly did: Span;
  readonly rev: Span;
  readonly time: Span;
  /** The CAR archive; empty where the commit has none. */
  readonly blocks: Span;
  /** The array of operations, with its head. */
  readonly ops: Span;
}

/** A `#commit`: a repository changed. */
export abstract class CommitFrame {
  readonly kind = "commit";
  readonly seq: number;

  constructor(seq: number) {
    this.seq = seq;
  }

  /** The whole message. */
  abstract get bytes(): Uint8Array;

  /** How many bytes it has. */
  get size(): number {
    return this.bytes.length;
  }

  /** Where its fields stand. */
  abstract get spans(): CommitSpans;

  /** Its time in milliseconds since 1970, where that was read already; else null. */
  get utcMs(): number | null {
    return null;
  }

  /** The time in its revision, in milliseconds since 1970; NaN where that holds none. */
  get revisionMs(): number {
    return tidTimeMs(this.bytes, this.spans.rev);
  }

  get did(): string {
    return spanText(this.bytes, this.spans.did);
  }

  get rev(): string {
    return spanText(this.bytes, this.spans.rev);
  }

  get time(): string {
    return spanText(this.bytes, this.spans.time);
  }

  /** A fingerprint of account and revision: the same on every relay, and of no other message. */
  get fingerprint(): number {
    return pairFingerprint(this.bytes, this.spans.did, this.spans.rev);
  }

  /** Writes `DID/REV` at `at` of `target`, if it has no more bytes than `room`; returns how many it has. */
  copyId(target: Uint8Array, at: number, room: number): number {
    const { bytes, spans: { did, rev } } = this;
    return copyPair(bytes, did.start, did.end, rev.start, rev.end, target, at, room);
  }

  /** The operations, one after another. */
  ops(): OpReader {
    return new OpReader(this.bytes, this.spans.ops);
  }
}

/** A commit that was decoded by itself. */
class DecodedCommit extends CommitFrame {
  readonly bytes: Uint8Array;
  readonly spans: CommitSpans;

  constructor(seq: number, bytes: Uint8Array, spans: CommitSpans) {
    super(seq);
    this.bytes = bytes;
    this.spans = spans;
  }
}

/** What every other message with a sequence number has. */
interface Sequenced {
  readonly seq: number;
  /** The whole message. */
  readonly bytes: Uint8Array;
  /** Where its DID stands; {@linkcode NOWHERE} where it has none. */
  readonly spans: Pick<CommitSpans, "did">;
  readonly time: string;
  /** What the message is on every relay: `DID/REV` where it has a revision, else `DID/TYPE TIME`. */
  readonly id: string;
  /** A fingerprint of `id`. */
  readonly fingerprint: number;
}

/** An `#identity`: an account's DID document or handle may have changed. */
export interface IdentityFrame extends Sequenced {
  readonly kind: "identity";
  readonly did: string;
  /** Null where the message names none. */
  readonly handle: string | null;
}

/** An `#account`: whether the host serves an account. */
export interface AccountFrame extends Sequenced {
  readonly kind: "account";
  readonly did: string;
  readonly active: boolean;
  /** Why it is not active, in any word; null where the message does not say. */
  readonly status: string | null;
}

/** A `#sync`: a repository is at a revision, whatever was known of it. */
export interface SyncFrame extends Sequenced {
  readonly kind: "sync";
  readonly did: string;
  readonly rev: string;
}

/** Any other message with a sequence number, and one of these that lacks what it must have; it moves the cursor. */
export interface OtherFrame extends Sequenced {
  readonly kind: "other";
  readonly type: string;
}

/** An `#info` message, or a message without a sequence number that is not understood. */
export interface InfoFrame {
  readonly kind: "info";
  readonly type: string;
  readonly name: string;
  readonly message: string;
}

/** An error frame: the server closes the connection after it. */
export interface ErrorFrame {
  readonly kind: "error";
  readonly error: string;
  readonly message: string;
}

/** A message with a sequence number. */
export type SequencedFrame = CommitFrame | IdentityFrame | AccountFrame | SyncFrame | OtherFrame;

/** A decoded message. */
export type Frame = SequencedFrame | InfoFrame | ErrorFrame;

/** Whether a message moves the cursor. */
export function isSequenced(item: { readonly kind: string }): item is SequencedFrame {
  return SEQUENCED.includes(item.kind);
}

const SEQUENCED: readonly string[] = [
  "commit",
  "identity",
  "account",
  "sync",
  "other",
] satisfies SequencedFrame["kind"][];

/** Decodes one message. Never throws. */
export function decodeFrame(bytes: Uint8Array): Frame | Rejected {
  if (bytes.length > MAX_FRAME_BYTES) return reject("frame-too-large", `${bytes.length} bytes`);
  const reader = new CborReader(bytes);
  try {
    const header = readHeader(reader);
    if (header.op === 1 && header.isCommit) {
      const body = readCommitBody(reader);
      return reader.atEnd ? toCommit(bytes, body) : moreFollows(body);
    }
    const body = readBody(reader);
    return reader.atEnd ? toOther(bytes, header, body) : moreFollows(body);
  } catch (error) {
    if (error instanceof CborError) return reject("frame-undecodable", error.message);
    throw error;
  }
}

function moreFollows({ seq }: { readonly seq: number | null }): Rejected {
  return reject("frame-undecodable", "more bytes follow the body", { seq });
}

interface Header {
  op: number | null;
  type: Span | null;
  isCommit: boolean;
}

const HEADER = ["t", "op"] as const;
const HEADER_NAMES = namesOf(HEADER);
const COMMIT = namesOf(["#commit"]);

function readHeader(reader: CborReader): Header {
  const header: Header = { op: null, type: null, isCommit: false };
  for (let left = reader.readMapSize(); left > 0; left--) {
    switch (HEADER[reader.readName(HEADER_NAMES)]) {
      case "t":
        if (reader.nextMajor() !== MAJOR.text) reader.skip();
        else {
          header.isCommit = reader.readName(COMMIT) === 0;
          if (!header.isCommit) header.type = { start: reader.offset - reader.argument, end: reader.offset };
        }
        break;
      case "op":
        header.op = readInteger(reader);
        break;
      default:
        reader.skip();
    }
  }
  return header;
}

/** The fields of a commit's body that are used. */
const COMMIT_BODY = ["seq", "repo", "rev", "time", "ops", "blocks"] as const;
const COMMIT_BODY_NAMES = namesOf(COMMIT_BODY);

/** Where the fields of a commit's body are, each null where missing or of the wrong type. */
interface CommitBody {
  seq: number | null;
  repo: Span | null;
  rev: Span | null;
  time: Span | null;
  ops: Span | null;
  blocks: Span | null;
}

function readCommitBody(reader: CborReader): CommitBody {
  const body: CommitBody = { seq: null, repo: null, rev: null, time: null, ops: null, blocks: null };
  for (let left = reader.readMapSize(); left > 0; left--) {
    const name = COMMIT_BODY[reader.readName(COMMIT_BODY_NAMES)];
    if (name === undefined) reader.skip();
    else if (name === "seq") body.seq = readInteger(reader);
    else if (name === "ops") body.ops = readSpan(reader, MAJOR.array);
    else if (name === "blocks") body.blocks = readContent(reader, MAJOR.bytes);
    else body[name] = readContent(reader, MAJOR.text);
  }
  return body;
}

/** The fields of other messages' bodies that are used: they are few, and share the list. */
const BODY = ["seq", "did", "rev", "time", "handle", "active", "status", "name", "message", "error"] as const;
const BODY_NAMES = namesOf(BODY);

/** The fields of such a body, each null where missing or of the wrong type. */
interface Body {
  seq: number | null;
  did: Span | null;
  rev: Span | null;
  time: Span | null;
  handle: Span | null;
  active: boolean | null;
  status: Span | null;
  name: Span | null;
  message: Span | null;
  error: Span | null;
}

function readBody(reader: CborReader): Body {
  const body: Body = {
    seq: null,
    did: null,
    rev: null,
    time: null,
    handle: null,
    active: null,
    status: null,
    name: null,
    message: null,
    error: null,
  };
  for (let left = reader.readMapSize(); left > 0; left--) {
    const name = BODY[reader.readName(BODY_NAMES)];
    if (name === undefined) reader.skip();
    else if (name === "seq") body.seq = readInteger(reader);
    else if (name === "active") body.active = readBoolean(reader);
    else body[name] = readContent(reader, MAJOR.text);
  }
  return body;
}

/** The whole next item if it has this major type, else null. */
function readSpan(reader: CborReader, major: number): Span | null {
  const isWanted = reader.nextMajor() === major;
  const start = reader.offset;
  reader.skip();
  return isWanted ? { start, end: reader.offset } : null;
}

/** What is in the next text or byte string, or null if the next item is of another major type. */
function readContent(reader: CborReader, major: number): Span | null {
  if (reader.nextMajor() !== major) {
    reader.skip();
    return null;
  }
  const start = major === MAJOR.text ? reader.enterText() : reader.enterBytes();
  return { start, end: reader.offset };
}

/** The next item if it is an integer that a number can hold, else null. */
function readInteger(reader: CborReader): number | null {
  if (reader.nextMajor() > MAJOR.negative) {
    reader.skip();
    return null;
  }
  const value = reader.readHead() === MAJOR.unsigned ? reader.argument : -1 - reader.argument;
  return Number.isSafeInteger(value) ? value : null;
}

const FALSE = 20;
const TRUE = 21;

/** The next item if it is a boolean, else null. */
function readBoolean(reader: CborReader): boolean | null {
  const isSimple = reader.nextMajor() === MAJOR.simple;
  reader.skip();
  return isSimple && reader.argument === TRUE ? true : isSimple && reader.argument === FALSE ? false : null;
}

function toCommit(bytes: Uint8Array, body: CommitBody): CommitFrame | Rejected {
  const { seq, repo, rev, ops } = body;
  if (seq === null || seq < 0) return invalid("seq", null, null);
  if (repo === null || !isDid(bytes, repo)) return invalid("repo", seq, repo && spanText(bytes, repo));
  // An empty one orders nothing, and no attribute of an event may be empty.
  const isRev = rev !== null && rev.end > rev.start && isUtf8(bytes, rev.start, rev.end);
  if (!isRev) return invalid("rev", seq, spanText(bytes, repo));
  if (ops === null) return invalid("ops", seq, spanText(bytes, repo));
  const time = body.time !== null && isUtf8(bytes, body.time.start, body.time.end) ? body.time : NOWHERE;
  const spans = { did: repo, rev, time, blocks: body.blocks ?? NOWHERE, ops };
  return new DecodedCommit(seq, bytes, spans);
}

function invalid(field: string, seq: number | null, did: string | null): Rejected {
  return reject("frame-invalid", `a #commit needs a valid "${field}"`, { seq, did });
}

function toOther(bytes: Uint8Array, header: Header, body: Body): Frame {
  const text = (span: Span | null) => span === null ? "" : spanText(bytes, span);
  if (header.op === -1) return { kind: "error", error: text(body.error), message: text(body.message) };
  const { seq } = body;
  const type = text(header.type);
  if (seq === null || seq < 0) return { kind: "info", type, name: text(body.name), message: text(body.message) };
  const time = text(body.time);
  const id = `${text(body.did)}/${body.rev === null ? `${type} ${time}` : text(body.rev)}`;
  const span = header.op === 1 && body.did !== null && isDid(bytes, body.did) ? body.did : null;
  const sequenced = { seq, bytes, spans: { did: span ?? NOWHERE }, time, id, fingerprint: textFingerprint(id) };
  const did = span && text(span);
  if (did !== null && type === "#identity") {
    return { kind: "identity", ...sequenced, did, handle: body.handle && text(body.handle) };
  }
  if (did !== null && type === "#account" && body.active !== null) {
    return { kind: "account", ...sequenced, did, active: body.active, status: body.status && text(body.status) };
  }
  const rev = body.rev === null ? "" : text(body.rev);
  if (did !== null && type === "#sync" && rev !== "") {
    return { kind: "sync", ...sequenced, did, rev };
  }
  return { kind: "other", type, ...sequenced };
}
