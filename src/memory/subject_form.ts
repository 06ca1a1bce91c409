/**
 * What a like, repost, follow or block is about, in 64 bytes: the DID and the CID as bits, the collection as a number, the
 * record key as it is. A subject that does not fit, such as an account of did:web, is not remembered; all that fit come
 * back as the same text.
 *
 * @module
 */
import { BASE32, digitsOf, NO_DIGIT } from "../atproto/base32.ts";
import { CborError, CborReader, MAJOR } from "../atproto/cbor.ts";
import { cidText } from "../atproto/cid.ts";
import { plcText, readPlc } from "../atproto/did.ts";
import { namesOf } from "../atproto/names.ts";
import { NOWHERE, type Span } from "../atproto/bytes/span.ts";
import type { DeletedSubject } from "../atproto/repo_op.ts";

/** Words of a subject: the DID, the record key with its length, the digest of the CID. */
export const SUBJECT_WORDS = 16;
const RKEY_AT = 4;
const DIGEST_AT = 8;
const MOST_RKEY_BYTES = 15;
/** A length that no record key has. */
const UNKNOWN = 255;

/** Collections of subjects, each by its place from 1 on; 0 is an account. New ones go to the end: files have the numbers. */
const COLLECTIONS = [
  "app.bsky.feed.post",
  "app.bsky.feed.generator",
  "app.bsky.graph.list",
  "app.bsky.graph.starterpack",
  "app.bsky.labeler.service",
] as const;
const COLLECTION_BYTES = COLLECTIONS.map((name) => new TextEncoder().encode(name));
/** The number stands in the two bits above the 30 of each of the first two words. */
const TOP = 30;

const AT_URI = new TextEncoder().encode("at://");
const DID_CHARACTERS = 32;
const SLASH = 0x2f;
const CID_CHARACTERS = 59;
/** `01 71 12 20`: version 1, dag-cbor, SHA-256 of 32 bytes; other CIDs of records there are none. */
const CID_HEAD = [1, 0x71, 0x12, 0x20] as const;
const MULTIBASE_B = 0x62;
const BASE32_VALUES = digitsOf(BASE32);

const RECORD_NAMES = namesOf(["subject"]);
const SUBJECT_NAMES = namesOf(["uri", "cid"]);

/** What a record is about: a record by AT-URI and CID, or an account. */
export type SubjectKind = DeletedSubject["kind"];

/** Reads the subject of the record in `block` into `words` from `at` on; false where there is none that fits. */
export function readSubject(
  bytes: Uint8Array,
  block: Span,
  kind: SubjectKind,
  words: Uint32Array,
  at: number,
): boolean {
  words.fill(0, at, at + SUBJECT_WORDS);
  const reader = new CborReader(bytes, block.start, block.end);
  let [fits, count] = [false, 0];
  try {
    for (let left = reader.readMapSize(); left > 0; left--) {
      if (reader.readName(RECORD_NAMES) < 0) reader.skip();
      else {
        fits = kind === "account" ? readAccount(reader, words, at) : readRecord(reader, words, at);
        count++;
      }
    }
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    fits = false;
  }
  // A record with two subjects is a riddle.
  return fits && count === 1;
}

function readAccount(reader: CborReader, words: Uint32Array, at: number): boolean {
  return readPlc(reader.bytes, nextText(reader), words, at);
}

function readRecord(reader: CborReader, words: Uint32Array, at: number): boolean {
  if (reader.nextMajor() !== MAJOR.map) {
    reader.skip();
    return false;
  }
  let [uri, cid] = [NOWHERE, NOWHERE];
  for (let left = reader.readMapSize(); left > 0; left--) {
    const name = reader.readName(SUBJECT_NAMES);
    if (name === 0) uri = nextText(reader);
    else if (name === 1) cid = nextText(reader);
    else reader.skip();
  }
  return readUri(reader.bytes, uri, words, at) && readCid(reader.bytes, cid, words, at + DIGEST_AT);
}

/** The next item if it is a text; else nowhere. */
function nextText(reader: CborReader): Span {
  if (reader.nextMajor() === MAJOR.text) return { start: reader.enterText(), end: reader.offset };
  reader.skip();
  return NOWHERE;
}

function readUri(bytes: Uint8Array, { start, end }: Span, words: Uint32Array, at: number): boolean {
  if (!isAt(bytes, start, AT_URI)) return false;
  const did = start + AT_URI.length;
  const collection = did + DID_CHARACTERS + 1;
  let rkey = collection;
  while (rkey < end && bytes[rkey] !== SLASH) rkey++;
  if (bytes[collection - 1] !== SLASH || ++rkey >= end || end - rkey > MOST_RKEY_BYTES) return false;
  const number = collectionNumber(bytes, collection, rkey - 1);
  if (number === 0 || !readPlc(bytes, { start: did, end: collection - 1 }, words, at)) return false;
  words[at] = (words[at] ?? 0) | ((number & 3) << TOP);
  words[at + 1] = (words[at + 1] ?? 0) | ((number >> 2) << TOP);
  words[at + RKEY_AT] = end - rkey;
  for (let i = 0; i < end - rkey; i++) {
    const byte = bytes[rkey + i] ?? 0;
    if (byte >= 0x80 || byte === SLASH) return false;
    const word = at + RKEY_AT + ((i + 1) >> 2);
    words[word] = (words[word] ?? 0) | (byte << (((i + 1) & 3) * 8));
  }
  return true;
}

/** The number of a collection; 0 for another. */
function collectionNumber(bytes: Uint8Array, start: number, end: number): number {
  for (let i = 0; i < COLLECTION_BYTES.length; i++) {
    const name = COLLECTION_BYTES[i];
    if (name !== undefined && end - start === name.length && isAt(bytes, start, name)) return i + 1;
  }
  return 0;
}

/** Whether these bytes stand at `start`. */
function isAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

function readCid(bytes: Uint8Array, { start, end }: Span, words: Uint32Array, at: number): boolean {
  if (end - start !== CID_CHARACTERS || bytes[start] !== MULTIBASE_B) return false;
  let [bits, held, count] = [0, 0, 0];
  for (let i = start + 1; i < end; i++) {
    const value = BASE32_VALUES[bytes[i] ?? 0] ?? NO_DIGIT;
    if (value === NO_DIGIT) return false;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    held &= (1 << bits) - 1;
    if (count < CID_HEAD.length && byte !== CID_HEAD[count]) return false;
    const place = count++ - CID_HEAD.length;
    if (place >= 0) words[at + (place >> 2)] = ((words[at + (place >> 2)] ?? 0) << 8) | byte;
  }
  // What is left over must be 0, or the text would come back as another.
  return held === 0;
}

/** Notes in `words` from `at` on that a subject is not known, although something of its record is. */
export function writeUnknown(words: Uint32Array, at: number): void {
  words.fill(0, at, at + SUBJECT_WORDS);
  words[at + RKEY_AT] = UNKNOWN;
}

/** The subject that stands in `words` from `at` on; null if it is not known. */
export function subjectIn(words: Uint32Array, at: number): DeletedSubject | null {
  if (words[at + RKEY_AT] === UNKNOWN) return null;
  const did = plcText(words, at);
  const number = ((words[at] ?? 0) >>> TOP) | (((words[at + 1] ?? 0) >>> TOP) << 2);
  const collection = COLLECTIONS[number - 1];
  if (collection === undefined) return { kind: "account", did };
  const length = (words[at + RKEY_AT] ?? 0) & 0xff;
  let rkey = "";
  for (let i = 1; i <= length; i++) {
    rkey += String.fromCharCode(((words[at + RKEY_AT + (i >> 2)] ?? 0) >>> ((i & 3) * 8)) & 0xff);
  }
  const cid = new Uint8Array(36);
  cid.set(CID_HEAD);
  const view = new DataView(cid.buffer);
  for (let word = 0; word < 8; word++) view.setUint32(4 + word * 4, words[at + DIGEST_AT + word] ?? 0);
  return { kind: "record", uri: `at://${did}/${collection}/${rkey}`, cid: cidText(cid) };
}
