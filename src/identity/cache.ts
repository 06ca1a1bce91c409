/**
 * What is known of accounts, by DID, in a table of a bounded number of entries of one size; when it is full, those go that
 * nobody asked for. An entry is 108 bytes: when the document was read, the key, the handle and whether it is shown. A
 * handle that does not fit continues in further entries under the same DID.
 *
 * @module
 */
import { readPlc } from "../atproto/did.ts";
import type { Span } from "../atproto/bytes/span.ts";
import { hashKey } from "../memory/hash_key.ts";
import type { EntryLog } from "../memory/journal.ts";
import { KeyTable } from "../memory/key_table.ts";
import type { DidIdentity } from "./document.ts";
import type { PublicKey } from "../atproto/signature.ts";

/** What was found of a DID: its document; that there is none; something that is no document of it. */
export const STATES = ["found", "absent", "unreadable"] as const;

/** One of {@linkcode STATES}. */
export type DocumentState = typeof STATES[number];

/** Whether a handle is shown to be its account's: not yet asked; it is; it is not; nobody who must answer did. */
export const VERDICTS = ["unasked", "verified", "invalid", "undecided"] as const;

/** One of {@linkcode VERDICTS}. */
export type Verdict = typeof VERDICTS[number];

/** What is kept of an account; times are in seconds since 1970. */
export interface CachedIdentity extends Pick<DidIdentity, "handle" | "key"> {
  readonly state: DocumentState;
  /** When the document was read; 0: it is to be read again. */
  readonly fetchedSecs: number;
  readonly verdict: Verdict;
  readonly verdictSecs: number;
}

const KEY_WORDS = 4;
const FETCHED = 4;
const FLAGS = 5;
const VERDICT_AT = 6;
const POINT = 7;
const TEXT = 15;
const ENTRY_WORDS = 27;
const WORD_BYTES = 4;
const TEXT_BYTES = (ENTRY_WORDS - TEXT) * WORD_BYTES;
/** What an entry holds of a long handle. */
const PART_BYTES = (ENTRY_WORDS - KEY_WORDS) * WORD_BYTES;
const X_BYTES = 32;

/** In the flags: the length of the text, what is known of the key, the document and the handle. */
const LENGTH = 0xff;
const HAS_KEY = 1 << 8;
const IS_P256 = 1 << 9;
const IS_ODD = 1 << 10;
const STATE_SHIFT = 12;
const VERDICT_SHIFT = 14;
const TWO_BITS = 3;

/** Above the 30 bits of the second word of a key: which part of a handle it is. */
const PART_SHIFT = 30;
const LOW_BITS = 0x3fff_ffff;
/** In the first word of a key, which no DID has so: the entry is the place in an export. */
const PLACE = 0x4000_0000;

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Keeps identities. `log` takes each change. */
export class IdentityCache {
  readonly #table: KeyTable;
  readonly #bytes: Uint8Array;
  readonly #log: Pick<EntryLog, "add"> | null;

  constructor(table: KeyTable, log: Pick<EntryLog, "add"> | null) {
    this.#table = table;
    this.#bytes = new Uint8Array(table.words.buffer);
    this.#log = log;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#table.size;
  }

  /** Whether an entry more makes another one go. */
  get isFull(): boolean {
    return this.#table.size >= this.#table.capacity;
  }

  /** The slot of the DID in a range of bytes, which was asked for; -1 if nothing is known of it, or not all. */
  find(bytes: Uint8Array, did: Span): number {
    const slot = this.#find(bytes, did);
    return slot >= 0 && (this.#flagsAt(slot) & LENGTH) > TEXT_BYTES && this.handleAt(slot) === null ? -1 : slot;
  }

  #find(bytes: Uint8Array, did: Span): number {
    const { key } = this.#table;
    if (!readPlc(bytes, did, key, 0)) {
      // In full, as anybody may choose the name of a did:web.
      hashKey(bytes.subarray(did.start, did.end), key);
      key[1] = (key[1] ?? 0) & LOW_BITS;
    }
    const slot = this.#table.find();
    if (slot >= 0) this.#table.touch(slot);
    return slot;
  }

  /** The same of a DID as text. */
  findDid(did: string): number {
    const bytes = utf8.encode(did);
    return this.find(bytes, { start: 0, end: bytes.length });
  }

  /** All that is known in a slot. */
  at(slot: number): CachedIdentity {
    const { words } = this.#table;
    const at = slot * ENTRY_WORDS;
    const flags = words[at + FLAGS] ?? 0;
    const handle = this.handleAt(slot);
    return {
      state: STATES[(flags >>> STATE_SHIFT) & TWO_BITS] ?? "unreadable",
      fetchedSecs: words[at + FETCHED] ?? 0,
      handle: handle === null ? null : text.decode(handle),
      key: this.keyAt(slot),
      verdict: this.verdictAt(slot),
      verdictSecs: words[at + VERDICT_AT] ?? 0,
    };
  }

  /** When the document in a slot was read, in seconds since 1970. */
  fetchedSecsAt(slot: number): number {
    return this.#table.words[slot * ENTRY_WORDS + FETCHED] ?? 0;
  }

  /** When the verdict in a slot was found, in seconds since 1970. */
  verdictSecsAt(slot: number): number {
    return this.#table.words[slot * ENTRY_WORDS + VERDICT_AT] ?? 0;
  }

  /** Whether a document was found of the account in a slot. */
  isFoundAt(slot: number): boolean {
    return ((this.#flagsAt(slot) >>> STATE_SHIFT) & TWO_BITS) === STATES.indexOf("found");
  }

  /** Whether the handle in a slot is its account's. */
  verdictAt(slot: number): Verdict {
    return VERDICTS[(this.#flagsAt(slot) >>> VERDICT_SHIFT) & TWO_BITS] ?? "unasked";
  }

  /** The key in a slot. */
  keyAt(slot: number): PublicKey | null {
    const flags = this.#flagsAt(slot);
    if ((flags & HAS_KEY) === 0) return null;
    const bytes = new Uint8Array(1 + X_BYTES);
    bytes[0] = (flags & IS_ODD) === 0 ? 2 : 3;
    const start = (slot * ENTRY_WORDS + POINT) * WORD_BYTES;
    bytes.set(this.#bytes.subarray(start, start + X_BYTES), 1);
    return { curve: (flags & IS_P256) === 0 ? "k256" : "p256", bytes };
  }

  /** The handle in a slot, in ASCII, until the next change; null if there is none, or a part of it is gone. */
  handleAt(slot: number): Uint8Array | null {
    const length = this.#flagsAt(slot) & LENGTH;
    if (length === 0) return null;
    const start = (slot * ENTRY_WORDS + TEXT) * WORD_BYTES;
    if (length <= TEXT_BYTES) return this.#bytes.subarray(start, start + length);
    const whole = new Uint8Array(length);
    whole.set(this.#bytes.subarray(start, start + TEXT_BYTES));
    this.#keyOf(slot);
    for (let part = 1, at = TEXT_BYTES; at < length; part++, at += PART_BYTES) {
      const found = this.#findPart(part);
      if (found < 0) return null;
      this.#table.touch(found);
      const from = (found * ENTRY_WORDS + KEY_WORDS) * WORD_BYTES;
      whole.set(this.#bytes.subarray(from, from + Math.min(PART_BYTES, length - at)), at);
    }
    return whole;
  }

  /** Sets what was read of a DID at a time in seconds since 1970. The verdict stays while the handle does. */
  set(did: string, state: DocumentState, identity: Pick<DidIdentity, "handle" | "key"> | null, secs: number): void {
    const bytes = utf8.encode(did);
    const found = this.#find(bytes, { start: 0, end: bytes.length });
    const before = found < 0 ? null : this.at(found);
    const slot = found < 0 ? this.#table.insert() : found;
    const { words } = this.#table;
    const at = slot * ENTRY_WORDS;
    words.fill(0, at + KEY_WORDS, at + ENTRY_WORDS);
    const handle = utf8.encode(identity?.handle ?? "");
    const key = identity?.key ?? null;
    let flags = handle.length | (STATES.indexOf(state) << STATE_SHIFT);
    if (key !== null) {
      flags |= HAS_KEY | (key.curve === "p256" ? IS_P256 : 0) | (key.bytes[0] === 3 ? IS_ODD : 0);
      this.#bytes.set(key.bytes.subarray(1), (at + POINT) * WORD_BYTES);
    }
    if (before !== null && identity !== null && before.handle === identity.handle) {
      flags |= VERDICTS.indexOf(before.verdict) << VERDICT_SHIFT;
      words[at + VERDICT_AT] = before.verdictSecs;
    }
    words[at + FETCHED] = secs;
    words[at + FLAGS] = flags;
    this.#bytes.set(handle.subarray(0, TEXT_BYTES), (at + TEXT) * WORD_BYTES);
    this.#log?.add(words, at);
    if (handle.length > TEXT_BYTES) this.#setParts(slot, handle);
  }

  /** Sets whether the handle of a DID is its own; nothing where the DID, or the handle, is not the one that was asked about. */
  setVerdict(did: string, handle: string | null, verdict: Verdict, secs: number): void {
    const slot = this.findDid(did);
    if (slot < 0 || this.at(slot).handle !== handle) return;
    const { words } = this.#table;
    const at = slot * ENTRY_WORDS;
    words[at + FLAGS] = ((words[at + FLAGS] ?? 0) & ~(TWO_BITS << VERDICT_SHIFT)) |
      (VERDICTS.indexOf(verdict) << VERDICT_SHIFT);
    words[at + VERDICT_AT] = secs;
    this.#log?.add(words, at);
  }

  /** Sets when what is known of a DID was read, in seconds since 1970; 0: too long ago. Whether anything is known. */
  setFetched(did: string, secs: number): boolean {
    const slot = this.findDid(did);
    if (slot < 0) return false;
    const { words } = this.#table;
    words[slot * ENTRY_WORDS + FETCHED] = secs;
    this.#log?.add(words, slot * ENTRY_WORDS);
    return true;
  }

  /** How far an export was followed, as the directory names that; null: not yet. */
  get place(): string | null {
    const slot = this.#findPlace();
    if (slot < 0) return null;
    const handle = this.handleAt(slot);
    return handle === null ? null : text.decode(handle);
  }

  /** At most 48 characters of ASCII. */
  set place(place: string) {
    const bytes = utf8.encode(place);
    if (bytes.length > TEXT_BYTES) throw new RangeError(`A place in an export has ${bytes.length} bytes`);
    const found = this.#findPlace();
    const slot = found < 0 ? this.#table.insert() : found;
    // It must outlive all that comes until it changes again.
    this.#table.touch(slot);
    const { words } = this.#table;
    const at = slot * ENTRY_WORDS;
    words.fill(0, at + KEY_WORDS, at + ENTRY_WORDS);
    words[at + FLAGS] = bytes.length;
    this.#bytes.set(bytes, (at + TEXT) * WORD_BYTES);
    this.#log?.add(words, at);
  }

  /** When the document was read that was read longest ago, in seconds since 1970; null: there is none. */
  oldestSecs(): number | null {
    const { words, capacity } = this.#table;
    let oldest = Infinity;
    for (let at = 0; at < capacity * ENTRY_WORDS; at += ENTRY_WORDS) {
      const secs = words[at + FETCHED] ?? 0;
      const isDocument = ((words[at] ?? 0) >>> PART_SHIFT) !== 1 && ((words[at + 1] ?? 0) >>> PART_SHIFT) === 0;
      if (isDocument && secs > 0 && secs < oldest) oldest = secs;
    }
    return oldest === Infinity ? null : oldest;
  }

  #flagsAt(slot: number): number {
    return this.#table.words[slot * ENTRY_WORDS + FLAGS] ?? 0;
  }

  #findPlace(): number {
    this.#table.key.fill(0);
    this.#table.key[0] = PLACE;
    return this.#table.find();
  }

  #keyOf(slot: number): void {
    this.#table.key.set(this.#table.words.subarray(slot * ENTRY_WORDS, slot * ENTRY_WORDS + KEY_WORDS));
  }

  /** The slot of a part of the handle whose entry's key the table looks for. */
  #findPart(part: number): number {
    const { key } = this.#table;
    key[1] = ((key[1] ?? 0) & LOW_BITS) | (part << PART_SHIFT);
    return this.#table.find();
  }

  #setParts(slot: number, handle: Uint8Array): void {
    this.#keyOf(slot);
    for (let part = 1, at = TEXT_BYTES; at < handle.length; part++, at += PART_BYTES) {
      const found = this.#findPart(part);
      const to = found < 0 ? this.#table.insert() : found;
      const { words } = this.#table;
      words.fill(0, to * ENTRY_WORDS + KEY_WORDS, (to + 1) * ENTRY_WORDS);
      this.#bytes.set(handle.subarray(at, at + PART_BYTES), (to * ENTRY_WORDS + KEY_WORDS) * WORD_BYTES);
      this.#log?.add(words, to * ENTRY_WORDS);
    }
  }
}

/** A table of so many identities. `seed` is any number. */
export function identityTable(capacity: number, seed: number): KeyTable {
  return new KeyTable(capacity, KEY_WORDS, ENTRY_WORDS - KEY_WORDS, seed);
}

/** Takes an entry of `words` into a table of identities. */
export function restoreIdentity(table: KeyTable, words: Uint32Array, at: number): void {
  table.key.set(words.subarray(at, at + KEY_WORDS));
  const found = table.find();
  const slot = found < 0 ? table.insert() : found;
  table.words.set(words.subarray(at, at + ENTRY_WORDS), slot * ENTRY_WORDS);
}
