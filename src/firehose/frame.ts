/**
 * A WebSocket message to a {@linkcode Frame}: two DAG-CBOR objects, a header and a body. Only the fields that are
 * used later are decoded; the blocks of a commit stay a view on the message. Unknown fields, unknown message types and
 * unknown ops are ignored, as the protocol asks.
 *
 * @module
 */
import { CborError, CborReader, MAJOR } from "../codec/cbor.ts";
import { Cid } from "../codec/cid.ts";
import { reject, type Rejected } from "../rejected.ts";

/** The largest message that is read, in bytes (the protocol's limit). */
export const MAX_FRAME_BYTES = 5_000_000;

/** One operation of a commit, as the frame states it. `cid` is null for a delete. */
export interface CommitOp {
  readonly action: string;
  readonly path: string;
  readonly cid: Cid | null;
}

/** A `#commit`: a repository changed. `blocks` is a CAR archive, a view on the message. */
export interface CommitFrame {
  readonly kind: "commit";
  readonly seq: number;
  readonly did: string;
  readonly rev: string;
  readonly time: string;
  /** Operations in order; those whose fields have the wrong types are null. */
  readonly ops: readonly (CommitOp | null)[];
  readonly blocks: Uint8Array;
}

/** Any other message with a sequence number; it moves the cursor and becomes no event. */
export interface OtherFrame {
  readonly kind: "other";
  readonly type: string;
  readonly seq: number;
  readonly time: string;
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

/** A decoded message. */
export type Frame = CommitFrame | OtherFrame | InfoFrame | ErrorFrame;

/** Decodes one message. Never throws. */
export function decodeFrame(bytes: Uint8Array): Frame | Rejected {
  if (bytes.length > MAX_FRAME_BYTES) return reject("frame-too-large", `${bytes.length} bytes`);
  const reader = new CborReader(bytes);
  try {
    const header = readHeader(reader);
    const body = readBody(reader);
    if (!reader.atEnd) return reject("frame-undecodable", "more bytes follow the body", { seq: body.seq });
    return toFrame(header, body);
  } catch (error) {
    if (error instanceof CborError) return reject("frame-undecodable", error.message);
    throw error;
  }
}

interface Header {
  op: number | null;
  type: string;
}

function readHeader(reader: CborReader): Header {
  const header: Header = { op: null, type: "" };
  for (let left = reader.readMapSize(); left > 0; left--) {
    const key = reader.readText();
    if (key === "op") header.op = asNumber(reader.readValue());
    else if (key === "t") header.type = asText(reader.readValue()) ?? "";
    else reader.skip();
  }
  return header;
}

/** The body's fields that are used, each null where missing or of the wrong type. */
interface Body {
  seq: number | null;
  did: string | null;
  rev: string | null;
  time: string | null;
  ops: (CommitOp | null)[] | null;
  blocks: Uint8Array | null;
  name: string | null;
  message: string | null;
  error: string | null;
}

function readBody(reader: CborReader): Body {
  const body: Body = {
    seq: null,
    did: null,
    rev: null,
    time: null,
    ops: null,
    blocks: null,
    name: null,
    message: null,
    error: null,
  };
  for (let left = reader.readMapSize(); left > 0; left--) {
    switch (reader.readText()) {
      case "seq":
        body.seq = asSeq(reader.readValue());
        break;
      case "repo":
        body.did = asText(reader.readValue());
        break;
      case "rev":
        body.rev = asText(reader.readValue());
        break;
      case "time":
        body.time = asText(reader.readValue());
        break;
      case "ops":
        body.ops = readOps(reader);
        break;
      case "blocks":
        body.blocks = asBytes(reader.readValue());
        break;
      case "name":
        body.name = asText(reader.readValue());
        break;
      case "message":
        body.message = asText(reader.readValue());
        break;
      case "error":
        body.error = asText(reader.readValue());
        break;
      default:
        reader.skip();
    }
  }
  return body;
}

function readOps(reader: CborReader): (CommitOp | null)[] | null {
  if ((reader.bytes[reader.offset] ?? 0) >> 5 !== MAJOR.array) {
    reader.skip();
    return null;
  }
  const ops: (CommitOp | null)[] = [];
  for (let left = reader.readArraySize(); left > 0; left--) ops.push(readOp(reader));
  return ops;
}

function readOp(reader: CborReader): CommitOp | null {
  if ((reader.bytes[reader.offset] ?? 0) >> 5 !== MAJOR.map) {
    reader.skip();
    return null;
  }
  let action: string | null = null;
  let path: string | null = null;
  let cid: Cid | null | undefined = null;
  for (let left = reader.readMapSize(); left > 0; left--) {
    const key = reader.readText();
    if (key === "action") action = asText(reader.readValue());
    else if (key === "path") path = asText(reader.readValue());
    else if (key === "cid") cid = asCid(reader.readValue());
    else reader.skip();
  }
  return action === null || path === null || cid === undefined ? null : { action, path, cid };
}

function toFrame(header: Header, body: Body): Frame | Rejected {
  const { seq } = body;
  if (header.op === -1) return { kind: "error", error: body.error ?? "", message: body.message ?? "" };
  if (header.op === 1 && header.type === "#commit") return toCommit(body);
  if (seq === null) return { kind: "info", type: header.type, name: body.name ?? "", message: body.message ?? "" };
  return { kind: "other", type: header.type, seq, time: body.time ?? "" };
}

function toCommit(body: Body): CommitFrame | Rejected {
  const { seq, did, rev, time, ops, blocks } = body;
  const wrong = seq === null
    ? "seq"
    : did === null || !DID.test(did)
    ? "repo"
    : rev === null
    ? "rev"
    : ops === null
    ? "ops"
    : null;
  if (seq === null || did === null || rev === null || ops === null || wrong !== null) {
    return reject("frame-invalid", `a #commit needs a valid "${wrong}"`, { seq, did });
  }
  return { kind: "commit", seq, did, rev, time: time ?? "", ops, blocks: blocks ?? EMPTY };
}

const EMPTY = new Uint8Array(0);
const DID = /^did:[a-z0-9]+:[A-Za-z0-9._:%-]+$/;

function asText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function asNumber(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function asSeq(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function asBytes(value: unknown): Uint8Array | null {
  return value instanceof Uint8Array ? value : null;
}

function asCid(value: unknown): Cid | null | undefined {
  return value === null || value instanceof Cid ? value : undefined;
}
