/**
 * What the last likes, reposts, follows and blocks were about, so that their deletes can say it. An entry stays when its
 * record is deleted, as the delete may come again. A record that came before the memory, or did not fit, is not known; of
 * one that was changed meanwhile the CID shows that, where the delete has it.
 *
 * @module
 */
import type { RecordDelete, RecordWrite, RepoOp } from "../atproto/repo_op.ts";
import { readPlc } from "../atproto/did.ts";
import { spanText } from "../atproto/bytes/span.ts";
import { readTid } from "../atproto/tid.ts";
import { hashKey } from "./hash_key.ts";
import type { EntryLog } from "./journal.ts";
import { KeyTable } from "./key_table.ts";
import { readSubject, SUBJECT_WORDS, subjectIn, type SubjectKind, writeUnknown } from "./subject_form.ts";

/** The collections, each with what its records are about. */
const KINDS: ReadonlyMap<string, SubjectKind> = new Map([
  ["app.bsky.feed.like", "record"],
  ["app.bsky.feed.repost", "record"],
  ["app.bsky.graph.follow", "account"],
  ["app.bsky.graph.block", "account"],
]);
const PLACES = [...KINDS.keys()];

/** The DID, and the record key; in the two bits above the 30 of the second word is the collection. */
const KEY_WORDS = 6;
const RKEY_AT = 4;
const TOP = 30;
/** The last 32 bits of the record's CID, then its subject. */
const CID_AT = KEY_WORDS;
const SUBJECT_AT = KEY_WORDS + 1;
const VALUE_WORDS = 1 + SUBJECT_WORDS;

const utf8 = new TextEncoder();

/** Remembers the subjects of so many records. */
export class SubjectMemory {
  readonly #table: KeyTable;
  readonly #log: EntryLog | null;
  readonly #onRecall: (isKnown: boolean) => void;
  readonly #subject = new Uint32Array(SUBJECT_WORDS);

  /** `onRecall` hears of each delete of such a record whether its subject is known. */
  constructor(table: KeyTable, log: EntryLog | null, onRecall: (isKnown: boolean) => void) {
    this.#table = table;
    this.#log = log;
    this.#onRecall = onRecall;
  }

  /** How many records are remembered. */
  get size(): number {
    return this.#table.size;
  }

  /** Takes the next operation of a message that `host` sent: remembers its subject, or sets that of a delete. */
  follow(op: RepoOp, host: string): void {
    const kind = KINDS.get(op.collection);
    if (kind === undefined) return;
    if (op.kind !== "delete") return this.#remember(op, kind, host);
    this.#recall(op, kind);
    this.#onRecall(op.subject !== null);
  }

  #remember(op: RecordWrite, kind: SubjectKind, host: string): void {
    const { frame: { bytes }, block, cid } = op;
    const found = this.#find(op);
    const fits = readSubject(bytes, block, kind, this.#subject, 0);
    // What is known of a record that was changed is no longer so.
    if (!fits) writeUnknown(this.#subject, 0);
    if (!fits && found < 0) return;
    const slot = found < 0 ? this.#table.insert() : found;
    const { words, entryWords } = this.#table;
    const at = slot * entryWords;
    words[at + CID_AT] = lastBits(bytes, cid.end);
    words.set(this.#subject, at + SUBJECT_AT);
    this.#log?.reach(host, op.seq);
    this.#log?.add(words, at);
  }

  #recall(op: RecordDelete, kind: SubjectKind): void {
    const slot = this.#find(op);
    if (slot < 0) return;
    const { words, entryWords } = this.#table;
    const at = slot * entryWords;
    const prev = op.prevCid?.bytes ?? null;
    if (prev !== null && lastBits(prev, prev.length) !== words[at + CID_AT]) return;
    const subject = subjectIn(words, at + SUBJECT_AT);
    if (subject?.kind === kind) op.subject = subject;
  }

  /** The slot of the record; the key of the table is that of it. */
  #find({ frame: { bytes, spans: { did } }, collection, path }: RepoOp): number {
    const { key } = this.#table;
    const rkey = { start: path.start + collection.length + 1, end: path.end };
    if (readPlc(bytes, did, key, 0) && readTid(bytes, rkey, key, RKEY_AT)) {
      key[1] = (key[1] ?? 0) | (PLACES.indexOf(collection) << TOP);
    } else {
      hashKey(utf8.encode(`${spanText(bytes, did)}/${spanText(bytes, path)}`), key);
    }
    return this.#table.find();
  }
}

function lastBits(bytes: Uint8Array, end: number): number {
  const high = ((bytes[end - 4] ?? 0) << 24) | ((bytes[end - 3] ?? 0) << 16);
  return (high | ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0)) >>> 0;
}

/** Takes an entry of `words` into a table of subjects. */
export function restoreSubject(table: KeyTable, words: Uint32Array, at: number): void {
  table.key.set(words.subarray(at, at + KEY_WORDS));
  const found = table.find();
  const slot = found < 0 ? table.insert() : found;
  table.words.set(words.subarray(at, at + table.entryWords), slot * table.entryWords);
}

/** A table of the subjects of so many records. */
export function subjectTable(capacity: number, seed: number): KeyTable {
  return new KeyTable(capacity, KEY_WORDS, VALUE_WORDS, seed);
}
