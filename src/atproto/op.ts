/**
 * The operations of a commit, read one after another where they stand in the message.
 *
 * @module
 */
import { CborError, CborReader, MAJOR } from "./cbor.ts";
import { namesOf } from "./names.ts";
import { NOWHERE, type Span } from "./bytes/span.ts";

const FIELDS = ["action", "path", "cid", "prev"] as const;
const FIELD_NAMES = namesOf(FIELDS);
const ACTIONS = ["create", "update", "delete"] as const;
const ACTION_NAMES = namesOf(ACTIONS);

/** What an operation does; `unknown` is one that the protocol may get one day. */
export type Action = typeof ACTIONS[number] | "unknown";

/**
 * Reads the operations of one commit: `while (ops.next()) ...`. The fields hold the operation read last, and are
 * overwritten by the next one, so that operations which nobody wants cost no object.
 */
export class OpReader {
  /** The message; the spans are ranges of it. */
  readonly bytes: Uint8Array;
  action: Action = "unknown";
  /** `COLLECTION/RKEY`; not checked. */
  path: Span = NOWHERE;
  /** The binary CID of the record, or null where the operation states none. */
  cid: Span | null = null;
  /** The CID of the record before, as the item that it should be; not checked. Null where the operation has none. */
  prev: Span | null = null;
  /** What is wrong with the operation, or null; the other fields say nothing then. */
  problem: string | null = null;
  /** How many operations the commit has. */
  readonly size: number;
  readonly #reader: CborReader;
  #left: number;

  /** `ops` is the array of operations in a message that was read to its end, so all lengths in it are good. */
  constructor(bytes: Uint8Array, ops: Span) {
    this.bytes = bytes;
    this.#reader = new CborReader(bytes, ops.start, ops.end);
    this.size = this.#reader.readArraySize();
    this.#left = this.size;
  }

  /** Reads the next operation; false after the last one. */
  next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const start = this.#reader.offset;
    try {
      this.problem = this.#read();
    } catch (error) {
      if (!(error instanceof CborError)) throw error;
      this.problem = error.message;
      this.#reader.offset = start;
      this.#reader.skip();
    }
    return true;
  }

  #read(): string | null {
    const reader = this.#reader;
    if (reader.nextMajor() !== MAJOR.map) {
      reader.skip();
      return "it is no object";
    }
    let hasAction = false;
    let path: Span | null = null;
    this.cid = null;
    this.prev = null;
    for (let left = reader.readMapSize(); left > 0; left--) {
      const name = FIELDS[reader.readName(FIELD_NAMES)];
      if (name === "action") {
        this.action = ACTIONS[reader.readName(ACTION_NAMES)] ?? "unknown";
        hasAction = true;
      } else if (name === "path") {
        path = { start: reader.enterText(), end: reader.offset };
      } else if (name === "cid" && reader.nextMajor() === MAJOR.tag) {
        this.cid = { start: reader.enterCid(), end: reader.offset };
      } else if (name === "cid") {
        if (reader.readValue() !== null) throw new CborError("a cid that is none", reader.offset);
      } else if (name === "prev") {
        const start = reader.offset;
        reader.skip();
        this.prev = { start, end: reader.offset };
      } else {
        reader.skip();
      }
    }
    if (!hasAction || path === null) return "it has no action or no path";
    this.path = path;
    return null;
  }
}
