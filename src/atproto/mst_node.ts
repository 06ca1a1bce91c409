/**
 * A node of a Merkle search tree: its keys in their order, each with its value, and the nodes between them. A key stands on
 * the level that its SHA-256 says, two zero bits a level. Source: atproto.com/specs/repository, "MST Structure".
 *
 * @module
 */
import { hash } from "node:crypto";
import { MAX_SHORT, shortSha256 } from "./bytes/short_sha256.ts";
import type { Span } from "./bytes/span.ts";
import { CborError, CborReader, MAJOR } from "./cbor.ts";
import { namesOf } from "./names.ts";

/** More than a collection, a slash and a record key may have. */
export const MAX_KEY_BYTES = 1024;

/** A node. Of a node on level 3 the children are on level 2, also such as have no keys. */
export interface MstNode {
  readonly level: number;
  readonly keys: string[];
  /** Binary CIDs of the records. */
  readonly values: Uint8Array[];
  /** Before, between and after the keys: a node, the binary CID of one that was not read, or nothing. */
  readonly children: (MstNode | Uint8Array | null)[];
  /** Its own binary CID; null since it was changed. */
  cid: Uint8Array | null;
}

/** The level of a key: half of the zero bits with which its SHA-256 begins. */
export function levelOf(key: string): number {
  const first = key.length > MAX_SHORT ? 0 : shortSha256(key);
  // One key in four billion has no bit in them.
  if (first !== 0) return Math.clz32(first) >>> 1;
  const digest = hash("sha256", key, "hex");
  let level = 0;
  let at = 0;
  for (; digest[at] === "0"; at++) level += 2;
  return (digest[at] ?? "") < "4" ? level + 1 : level;
}

const NODE_NAMES = namesOf(["l", "e"]);
const ENTRY = ["p", "k", "v", "t"] as const;
const ENTRY_NAMES = namesOf(ENTRY);
const NULL = 0xf6;

/**
 * Decodes the node that stands at `block` of `bytes`. `level` is where it has to be; null for a root, whose first key says
 * it.
 *
 * @returns what is wrong with it, where it is no valid node
 */
export function decodeNode(bytes: Uint8Array, block: Span, cid: Uint8Array, level: number | null): MstNode | string {
  try {
    return read(new CborReader(bytes, block.start, block.end), cid, level);
  } catch (error) {
    if (error instanceof CborError) return error.message;
    throw error;
  }
}

function read(reader: CborReader, cid: Uint8Array, wanted: number | null): MstNode | string {
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  const children: (Uint8Array | null)[] = [null];
  let hasEntries = false;
  for (let left = reader.readMapSize(); left > 0; left--) {
    const name = reader.readName(NODE_NAMES);
    if (name === 0) children[0] = readLink(reader);
    else if (name === 1) {
      if (hasEntries) return "its entries are duplicated";
      hasEntries = true;
      for (let entries = reader.readArraySize(); entries > 0; entries--) {
        const problem = readEntry(reader, keys, values, children);
        if (problem !== null) return problem;
      }
    } else reader.check();
  }
  if (!hasEntries || !reader.atEnd) return "it has no entries, or more follows it";
  const [first] = keys;
  const level = wanted ?? (first === undefined ? 0 : levelOf(first));
  if (keys.some((key) => levelOf(key) !== level)) return "a key is not on the level that its hash says";
  if (level === 0 && children.some((child) => child !== null)) return "it has nodes below the lowest level";
  return { level, keys, values, children, cid };
}

function readEntry(
  reader: CborReader,
  keys: string[],
  values: Uint8Array[],
  children: (Uint8Array | null)[],
): string | null {
  let shared = -1;
  let rest: string | null = null;
  let value: Uint8Array | null = null;
  let after: Uint8Array | null = null;
  for (let left = reader.readMapSize(); left > 0; left--) {
    switch (ENTRY[reader.readName(ENTRY_NAMES)]) {
      case "p":
        if (reader.readHead() !== MAJOR.unsigned) return "a prefix that is no number";
        shared = reader.argument;
        break;
      case "k":
        rest = asciiOf(reader.readBytes());
        if (rest === null) return "a key that is not ASCII, or too long";
        break;
      case "v":
        value = readLink(reader);
        break;
      case "t":
        after = readLink(reader);
        break;
      default:
        reader.check();
    }
  }
  const before = keys.at(-1) ?? "";
  if (rest === null || value === null || shared < 0 || shared > before.length) return "an entry lacks a valid field";
  const key = before.slice(0, shared) + rest;
  if (key.length > MAX_KEY_BYTES) return "a key is too long";
  if (keys.length > 0 && key <= before) return "its keys are out of order";
  keys.push(key);
  values.push(value);
  children.push(after);
  return null;
}

/** A CID, or null where null stands. */
function readLink(reader: CborReader): Uint8Array | null {
  if (reader.bytes[reader.offset] === NULL) {
    reader.skip();
    return null;
  }
  const start = reader.enterCid();
  return reader.bytes.subarray(start, reader.offset);
}

function asciiOf(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_KEY_BYTES) return null;
  let text = "";
  for (const byte of bytes) {
    if (byte >= 0x80) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

const CID_PREFIX = Uint8Array.of(1, 0x71, 0x12, 0x20);
const DIGEST_BYTES = 32;
const START = Uint8Array.of(0xa2, 0x61, 0x65);
const REST = Uint8Array.of(0xa4, 0x61, 0x6b);
const SHARED = Uint8Array.of(0x61, 0x70);
const AFTER = Uint8Array.of(0x61, 0x74);
const VALUE = Uint8Array.of(0x61, 0x76);
const LEFT = Uint8Array.of(0x61, 0x6c);
/** Tag 42, and the head of a byte string of one byte length, which follows. */
const LINK = Uint8Array.of(0xd8, 42, 0x58);
/** More than a link and the heads and names of an entry take, beside the bytes of the CID. */
const LINK_ROOM = 32;

/** Encodes nodes, one after the other in the same memory. */
export class NodeEncoder {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** The binary CID of a node, whose children's are `children`. */
  cidOf({ keys, values }: MstNode, children: readonly (Uint8Array | null)[]): Uint8Array {
    this.#length = 0;
    this.#reserve(LINK_ROOM);
    this.#put(START);
    this.#head(MAJOR.array, keys.length);
    let before = "";
    for (let place = 0; place < keys.length; place++) {
      const key = keys[place] ?? "";
      const shared = sharedLength(before, key);
      this.#reserve(key.length + LINK_ROOM);
      this.#put(REST);
      this.#head(MAJOR.bytes, key.length - shared);
      for (let at = shared; at < key.length; at++) this.#bytes[this.#length++] = key.charCodeAt(at);
      this.#put(SHARED);
      this.#head(MAJOR.unsigned, shared);
      this.#put(AFTER);
      this.#link(children[place + 1] ?? null);
      this.#put(VALUE);
      this.#link(values[place] ?? null);
      before = key;
    }
    this.#reserve(LINK_ROOM);
    this.#put(LEFT);
    this.#link(children[0] ?? null);
    const cid = new Uint8Array(CID_PREFIX.length + DIGEST_BYTES);
    cid.set(CID_PREFIX);
    cid.subarray(CID_PREFIX.length).setFromHex(hash("sha256", this.#bytes.subarray(0, this.#length), "hex"));
    return cid;
  }

  #reserve(room: number): void {
    if (this.#bytes.length - this.#length >= room) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + room));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }

  /** There is room for it, as for a head. */
  #put(piece: Uint8Array): void {
    for (let i = 0; i < piece.length; i++) this.#bytes[this.#length++] = piece[i] ?? 0;
  }

  #head(major: number, argument: number): void {
    const width = argument < 24 ? 0 : argument < 0x100 ? 1 : argument < 0x10000 ? 2 : 4;
    this.#bytes[this.#length++] = (major << 5) | (width === 0 ? argument : width === 4 ? 26 : 23 + width);
    for (let shift = (width - 1) * 8; shift >= 0; shift -= 8) this.#bytes[this.#length++] = (argument >>> shift) & 0xff;
  }

  /** A CID has no more bytes than one byte says. */
  #link(cid: Uint8Array | null): void {
    this.#reserve((cid?.length ?? 0) + LINK_ROOM);
    if (cid === null) {
      this.#bytes[this.#length++] = NULL;
      return;
    }
    this.#put(LINK);
    this.#bytes[this.#length++] = cid.length + 1;
    this.#bytes[this.#length++] = 0;
    this.#put(cid);
  }
}

/** How many characters two keys begin with in common. */
export function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}
