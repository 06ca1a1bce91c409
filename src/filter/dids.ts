/**
 * Sets of accounts, by their DIDs: up to a million, looked up by the bytes of a message.
 *
 * @module
 */
import { BASE32, digitsOf, NO_DIGIT } from "../atproto/base32.ts";
import { hashBytes } from "../atproto/bytes/hash.ts";
import { isDid } from "../atproto/did.ts";
import { listItems } from "../text/list.ts";

/** The most DIDs of a list. */
export const MAX_DIDS = 1_000_000;
const PLC_DID = /^did:plc:[a-z2-7]{24}$/;
const PLC_PREFIX = new TextEncoder().encode("did:plc:");
const PLC_LENGTH = PLC_PREFIX.length + 24;
/** Of each slot that a DID takes, another half stays empty, so that a search soon comes to an end. */
const SLOTS_EACH = 1.5;

/**
 * A set of DIDs. It is exact: no hash stands for a DID. One of `did:plc`, as nearly all are, takes 24 bytes, another one
 * its length and 9 bytes.
 *
 * @example Look up a DID in a message
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const dids = new DidSet(["did:plc:z72i7hdynmk6r22z27h6tvur"]);
 * const message = new TextEncoder().encode("repo=did:plc:z72i7hdynmk6r22z27h6tvur");
 * assertEquals(dids.has(message, 5, message.length), true);
 * ```
 */
export class DidSet {
  readonly #plc: PlcSet;
  readonly #others: TextSet;

  /** Takes DIDs as {@linkcode parseDidList} gives them; one may stand twice. */
  constructor(dids: readonly string[]) {
    const plc = dids.filter((did) => PLC_DID.test(did));
    this.#plc = new PlcSet(plc);
    this.#others = new TextSet(plc.length === dids.length ? [] : dids.filter((did) => !PLC_DID.test(did)));
  }

  /** How many DIDs are in the set. */
  get size(): number {
    return this.#plc.size + this.#others.size;
  }

  /** Memory that the set takes, in bytes. */
  get byteLength(): number {
    return this.#plc.byteLength + this.#others.byteLength;
  }

  /** Whether the bytes from `start` to `end` are a DID of the set. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    return end - start === PLC_LENGTH && isPlc(bytes, start)
      ? this.#plc.has(bytes, start + PLC_PREFIX.length)
      : this.#others.has(bytes, start, end);
  }
}

function isPlc(bytes: Uint8Array, start: number): boolean {
  for (let i = PLC_PREFIX.length - 1; i >= 0; i--) if (bytes[start + i] !== PLC_PREFIX[i]) return false;
  return true;
}

const VALUES = digitsOf(BASE32);
const CHARACTERS_EACH = 6;
/** Marks the first word of a slot that is taken; six characters have 30 bits. */
const TAKEN = 2 ** 30;

/** An open hash table whose slots have four words: the 24 characters behind `did:plc:`, six in a word. */
class PlcSet {
  size = 0;
  readonly #words: Int32Array;

  constructor(dids: readonly string[]) {
    this.#words = new Int32Array(4 * (Math.ceil(dids.length * SLOTS_EACH) + 1));
    const bytes = new Uint8Array(PLC_LENGTH);
    for (const did of dids) {
      for (let i = 0; i < PLC_LENGTH; i++) bytes[i] = did.charCodeAt(i);
      const slot = this.#find(bytes, PLC_PREFIX.length);
      if (this.#words[slot] !== 0) continue;
      for (let i = 0; i < 4; i++) this.#words[slot + i] = wordAt(bytes, PLC_PREFIX.length + i * CHARACTERS_EACH);
      this.#words[slot] = (this.#words[slot] ?? 0) | TAKEN;
      this.size++;
    }
  }

  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Whether the 24 characters from `start` on are in the set. */
  has(bytes: Uint8Array, start: number): boolean {
    return this.size > 0 && this.#words[this.#find(bytes, start)] !== 0;
  }

  /** Where the slot of 24 characters begins, or the empty one where they belong. */
  #find(bytes: Uint8Array, start: number): number {
    const words = this.#words;
    const first = wordAt(bytes, start) | TAKEN;
    const second = wordAt(bytes, start + CHARACTERS_EACH);
    const third = wordAt(bytes, start + 2 * CHARACTERS_EACH);
    const fourth = wordAt(bytes, start + 3 * CHARACTERS_EACH);
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    hash ^= Math.imul(third, 0xc2b2ae35) ^ Math.imul(fourth, 0x27d4eb2f);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    let slot = 4 * Math.floor(hash / 2 ** 32 * (words.length / 4));
    while (words[slot] !== 0) {
      const isFirst = words[slot] === first && words[slot + 1] === second;
      if (isFirst && words[slot + 2] === third && words[slot + 3] === fourth) return slot;
      slot = slot + 4 === words.length ? 0 : slot + 4;
    }
    return slot;
  }
}

/** Six characters of base32 as 30 bits; -1, which stands in no slot, if they are none. */
function wordAt(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let i = at; i < at + CHARACTERS_EACH; i++) {
    const value = VALUES[bytes[i] ?? 0] ?? NO_DIGIT;
    if (value === NO_DIGIT) return -1;
    word = word << 5 | value;
  }
  return word;
}

/**
 * Texts one after another in a pool, with a zero byte behind each. An open hash table has a byte of each hash, 0 where a
 * slot is empty, and the place in the pool: a search for what is not in the set hardly ever looks at the pool.
 */
class TextSet {
  size = 0;
  readonly #tags: Uint8Array;
  readonly #places: Uint32Array;
  readonly #pool: Uint8Array;

  constructor(texts: readonly string[]) {
    const slots = Math.ceil(texts.length * SLOTS_EACH) + 1;
    this.#tags = new Uint8Array(slots);
    this.#places = new Uint32Array(slots);
    this.#pool = new Uint8Array(texts.reduce((sum, text) => sum + text.length + 1, 0));
    let used = 0;
    for (const text of texts) {
      let end = used;
      for (let i = 0; i < text.length; i++) this.#pool[end++] = text.charCodeAt(i);
      const hash = hashBytes(this.#pool, used, end);
      const slot = this.#find(hash, this.#pool, used, end);
      if (this.#tags[slot] !== 0) continue;
      this.#tags[slot] = tagOf(hash);
      this.#places[slot] = used;
      used = end + 1;
      this.size++;
    }
  }

  get byteLength(): number {
    return this.#tags.byteLength + this.#places.byteLength + this.#pool.byteLength;
  }

  has(bytes: Uint8Array, start: number, end: number): boolean {
    return this.size > 0 && this.#tags[this.#find(hashBytes(bytes, start, end), bytes, start, end)] !== 0;
  }

  /** The slot of a text, or the empty one where it belongs. */
  #find(hash: number, bytes: Uint8Array, start: number, end: number): number {
    const tags = this.#tags;
    const wanted = tagOf(hash);
    let slot = Math.floor(hash / 2 ** 32 * tags.length);
    for (let tag = tags[slot]; tag !== 0; tag = tags[slot]) {
      if (tag === wanted && this.#stands(this.#places[slot] ?? 0, bytes, start, end)) return slot;
      slot = slot + 1 === tags.length ? 0 : slot + 1;
    }
    return slot;
  }

  #stands(place: number, bytes: Uint8Array, start: number, end: number): boolean {
    const pool = this.#pool;
    let at = place;
    for (let i = start; i < end; i++, at++) if (pool[at] !== bytes[i] || pool[at] === 0) return false;
    return pool[at] === 0;
  }
}

/** A slot is chosen by the high bits of a hash, so these are other ones. */
function tagOf(hash: number): number {
  return hash & 0xff || 1;
}

/** A line of a list that is no DID. */
export interface DidListError {
  /** Counts from 1. */
  readonly line: number;
  /** What stands there, as it is. */
  readonly text: string;
  readonly is: string;
  readonly expected: string;
}

/** What {@linkcode parseDidList} found. */
export interface DidList {
  readonly dids: readonly string[];
  readonly errors: readonly DidListError[];
}

/**
 * Reads a list of DIDs: one a line, or with commas between them. White space around them, empty lines, and comments (from
 * a `#` that begins a line or follows white space) do not count. Every item that is no DID is an error.
 */
export function parseDidList(text: string): DidList {
  const dids: string[] = [];
  const errors: DidListError[] = [];
  for (const [index, content] of text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/).entries()) {
    for (const did of listItems(content.replace(/(?:^|\s)#.*$/, ""))) {
      const problem = dids.length < MAX_DIDS ? problemOf(did) : TOO_MANY;
      if (problem === null) dids.push(did);
      else errors.push({ line: index + 1, text: did, ...problem });
      if (problem === TOO_MANY) return { dids, errors };
    }
  }
  return { dids, errors };
}

const TOO_MANY = { is: `it is one more than ${MAX_DIDS}`, expected: `at most ${MAX_DIDS} DIDs` };

function problemOf(did: string): Pick<DidListError, "is" | "expected"> | null {
  const expected = "a DID, such as did:plc:z72i7hdynmk6r22z27h6tvur or did:web:example.com";
  if (did.startsWith("did:plc:")) {
    return PLC_DID.test(did)
      ? null
      : { is: "it is no DID of did:plc", expected: "did:plc: and 24 characters of a-z and 2-7" };
  }
  const bytes = new TextEncoder().encode(did);
  if (isDid(bytes, { start: 0, end: bytes.length })) return null;
  const isHandle = /^@?(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$/i.test(did);
  return { is: isHandle ? "it is a handle, which its account can change" : "it is no DID", expected };
}
