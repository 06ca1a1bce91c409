/**
 * What happens in a repository: a record is created, updated or deleted. An operation is a view on its message: texts and
 * the record are made when somebody asks for them.
 *
 * @module
 */
import { NOWHERE, type Span, spanText } from "./bytes/span.ts";
import { CborError, decodeCbor } from "./cbor.ts";
import { Cid, cidText } from "./cid.ts";
import type { CommitFrame } from "./frame.ts";
import { reject, type Rejected } from "./rejected.ts";

/** A record as decoded: an object whose fields may be anything. */
export type RepoRecord = { readonly [field: string]: unknown };

/** What every operation has. */
class Operation {
  readonly frame: CommitFrame;
  readonly collection: string;
  /** `COLLECTION/RKEY`: plain ASCII. */
  readonly path: Span;

  constructor(frame: CommitFrame, collection: string, path: Span) {
    this.frame = frame;
    this.collection = collection;
    this.path = path;
  }

  get did(): string {
    return this.frame.did;
  }

  get rev(): string {
    return this.frame.rev;
  }

  get seq(): number {
    return this.frame.seq;
  }

  /** The frame's time, verbatim. */
  get time(): string {
    return this.frame.time;
  }

  get rkey(): string {
    return this.#pathText.slice(this.collection.length + 1);
  }

  /** The AT-URI of the record. */
  get uri(): string {
    return `at://${this.did}/${this.#pathText}`;
  }

  get #pathText(): string {
    return spanText(this.frame.bytes, this.path);
  }
}

/** A record was created or updated. */
export class RecordWrite extends Operation {
  readonly kind: "create" | "update";
  /** The binary CID. */
  readonly cid: Span;
  /** Where the block stands, and is the right one as its hash says; {@linkcode NOWHERE} until it is found. */
  block: Span;

  constructor(
    kind: "create" | "update",
    frame: CommitFrame,
    collection: string,
    path: Span,
    cid: Span,
    block = NOWHERE,
  ) {
    super(frame, collection, path);
    this.kind = kind;
    this.cid = cid;
    this.block = block;
  }

  /** The record's CID as text. */
  get cidText(): string {
    return cidText(this.frame.bytes.subarray(this.cid.start, this.cid.end));
  }

  /** The record as an object, or why it is none. */
  decode(): { readonly kind: "record"; readonly record: RepoRecord } | Rejected {
    const { frame: { bytes }, seq, did } = this;
    const at = { seq, did, path: spanText(bytes, this.path) };
    try {
      const record = decodeCbor(bytes.subarray(this.block.start, this.block.end));
      return isRecord(record) ? { kind: "record", record } : reject("record-not-object", this.cidText, at);
    } catch (error) {
      if (error instanceof CborError) return reject("record-undecodable", error.message, at);
      throw error;
    }
  }
}

/** What a deleted record was about: a record, of which both are known, or an account. */
export type DeletedSubject =
  | { readonly kind: "record"; readonly uri: string; readonly cid: string }
  | { readonly kind: "account"; readonly did: string };

/** A record was deleted. */
export class RecordDelete extends Operation {
  readonly kind = "delete";
  /** Null where it is not known: the message does not say. */
  subject: DeletedSubject | null = null;
  readonly #prev: Span | null;

  /** `prev` is the item that should be the CID of the record before; null where there is none. */
  constructor(frame: CommitFrame, collection: string, path: Span, prev: Span | null = null) {
    super(frame, collection, path);
    this.#prev = prev;
  }

  /** The CID of the record that was deleted; null where the operation does not say. */
  get prevCid(): Cid | null {
    if (this.#prev === null) return null;
    try {
      const prev = decodeCbor(this.frame.bytes.subarray(this.#prev.start, this.#prev.end));
      return prev instanceof Cid ? prev : null;
    } catch (error) {
      if (error instanceof CborError) return null;
      throw error;
    }
  }

  /** The same as text. */
  get prevCidText(): string | null {
    return this.prevCid?.toString() ?? null;
  }
}

/** An operation of a commit. */
export type RepoOp = RecordWrite | RecordDelete;

function isRecord(value: unknown): value is RepoRecord {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
