/**
 * The places of a record's fields, for records of the shapes that nearly all have. Anything unusual (a field twice, of
 * the wrong type, or no valid text) gives null: such a record is decoded and mapped the plain way, which decides what it
 * means. So nothing here need be lenient, only right about what it takes.
 *
 * @module
 */
import { CborError, CborReader, MAJOR } from "../atproto/cbor.ts";
import { isCidV0 } from "../atproto/cid.ts";
import { type Names, namesOf } from "../atproto/names.ts";
import { NOWHERE, type Span } from "../atproto/bytes/span.ts";
import { isUtf8 } from "../atproto/bytes/utf8.ts";
import { arrayJson, objectJson } from "./read.ts";

/** A reference to a record by `{uri, cid}`. Whether texts are UTF-8 is for who writes them to see, here and below. */
export interface StrongRef {
  readonly uri: Span | null;
  readonly cid: Span | null;
}

/** A like or a repost. */
export interface ReferenceShape {
  readonly subject: StrongRef;
  readonly createdAt: Span;
}

/** A follow or a block. */
export interface AccountShape {
  readonly subject: Span;
  readonly createdAt: Span;
}

/** A post. */
export interface PostShape {
  readonly text: Span;
  readonly langs: readonly Span[];
  readonly parent: StrongRef;
  readonly root: StrongRef;
  readonly embedType: Span | null;
  readonly embedUri: Span | null;
  /** JSON, or null. */
  readonly facets: string | null;
  readonly labels: string | null;
  readonly tags: readonly Span[];
  readonly createdAt: Span;
}

/** A profile; a blob is a binary CID, or the text of one in the legacy form. */
export interface ProfileShape {
  readonly displayName: Span | null;
  readonly description: Span | null;
  readonly avatar: BlobShape;
  readonly banner: BlobShape;
  readonly createdAt: Span;
}

/** A blob: its binary CID, else the CID's text, else nothing. */
export interface BlobShape {
  readonly ref: Span | null;
  readonly cid: Span | null;
}

const NO_REF: StrongRef = { uri: null, cid: null };

/** Thrown within this module: the shape is not the usual one. */
class Unusual extends Error {
  override readonly name = "Unusual";
}

/** Reads one block by `read`; null if it is unusual or no DAG-CBOR. */
function shapeOf<T>(bytes: Uint8Array, block: Span, read: (reader: CborReader) => T): T | null {
  const reader = new CborReader(bytes, block.start, block.end);
  try {
    const shape = read(reader);
    return reader.offset === block.end ? shape : null;
  } catch (error) {
    if (error instanceof CborError || error === UNUSUAL) return null;
    throw error;
  }
}

/** One for all, as its place tells nothing and a stack trace costs more than the record. */
const UNUSUAL = new Unusual("The shape is not the usual one");

/**
 * Walks a map at `depth`: `while (fields.next()) ...` stops at the value of each of the `names`, whose place in their list
 * is then in `name`; every other is checked and stepped over.
 */
class Fields {
  name = -1;
  readonly #reader: CborReader;
  readonly #names: Names;
  readonly #depth: number;
  #left: number;
  #seen = 0;

  constructor(reader: CborReader, names: Names, depth: number) {
    if (reader.nextMajor() !== MAJOR.map) throw UNUSUAL;
    this.#reader = reader;
    this.#names = names;
    this.#depth = depth;
    this.#left = reader.readMapSize();
  }

  /** Goes to the next value that is wanted; false if there is none. */
  next(): boolean {
    const reader = this.#reader;
    for (; this.#left > 0; this.#left--) {
      const name = reader.readName(this.#names);
      if (name >= 0) return this.#found(name);
      if (!isUtf8(reader.bytes, reader.offset - reader.argument, reader.offset)) throw UNUSUAL;
      reader.check(this.#depth + 1);
    }
    return false;
  }

  #found(name: number): true {
    // Of a key that stands twice the last value counts, the whole of it.
    if ((this.#seen & (1 << name)) !== 0) throw UNUSUAL;
    this.#seen |= 1 << name;
    this.#left--;
    this.name = name;
    return true;
  }
}

function textSpan(reader: CborReader): Span {
  if (reader.nextMajor() !== MAJOR.text) throw UNUSUAL;
  return { start: reader.enterText(), end: reader.offset };
}

/** A text that may be left out of the event, and must be UTF-8 all the same. */
function checkedSpan(reader: CborReader): Span {
  const span = textSpan(reader);
  if (!isUtf8(reader.bytes, span.start, span.end)) throw UNUSUAL;
  return span;
}

function textSpans(reader: CborReader): Span[] {
  if (reader.nextMajor() !== MAJOR.array) throw UNUSUAL;
  const spans: Span[] = [];
  for (let left = reader.readArraySize(); left > 0; left--) spans.push(textSpan(reader));
  return spans;
}

const REF = namesOf(["uri", "cid"]);

function strongRef(reader: CborReader, depth: number): StrongRef {
  let uri: Span | null = null;
  let cid: Span | null = null;
  const fields = new Fields(reader, REF, depth);
  while (fields.next()) {
    if (fields.name === 0) uri = textSpan(reader);
    else cid = textSpan(reader);
  }
  return { uri, cid };
}

const REFERENCE = namesOf(["subject", "createdAt"]);

/** Reads a like or a repost. */
export function referenceShape(bytes: Uint8Array, block: Span): ReferenceShape | null {
  return shapeOf(bytes, block, (reader) => {
    let subject = NO_REF;
    let createdAt = NOWHERE;
    const fields = new Fields(reader, REFERENCE, 0);
    while (fields.next()) {
      if (fields.name === 0) subject = strongRef(reader, 1);
      else createdAt = textSpan(reader);
    }
    return { subject, createdAt };
  });
}

/** Reads a follow or a block. */
export function accountShape(bytes: Uint8Array, block: Span): AccountShape | null {
  return shapeOf(bytes, block, (reader) => {
    let subject = NOWHERE;
    let createdAt = NOWHERE;
    const fields = new Fields(reader, REFERENCE, 0);
    while (fields.next()) {
      if (fields.name === 0) subject = textSpan(reader);
      else createdAt = textSpan(reader);
    }
    return { subject, createdAt };
  });
}

const POST = ["text", "langs", "reply", "embed", "facets", "labels", "tags", "createdAt"] as const;
const POST_NAMES = namesOf(POST);

/** Reads a post. */
export function postShape(bytes: Uint8Array, block: Span): PostShape | null {
  return shapeOf(bytes, block, (reader) => {
    const post = {
      text: NOWHERE,
      langs: NO_SPANS,
      reply: NO_REPLY,
      embed: NO_EMBED,
      facets: null as string | null,
      labels: null as string | null,
      tags: NO_SPANS,
      createdAt: NOWHERE,
    };
    const fields = new Fields(reader, POST_NAMES, 0);
    while (fields.next()) {
      const name = POST[fields.name];
      if (name === "text" || name === "createdAt") post[name] = textSpan(reader);
      else if (name === "langs" || name === "tags") post[name] = textSpans(reader);
      else if (name === "reply") post.reply = readReply(reader);
      else if (name === "embed") post.embed = readEmbed(reader);
      else if (name === "facets") post.facets = arrayJson(reader.readValue(1));
      else post.labels = objectJson(reader.readValue(1));
    }
    const { reply, embed, ...rest } = post;
    return { ...rest, ...reply, embedType: embed.type, embedUri: embedUri(reader.bytes, embed) };
  });
}

const NO_SPANS: readonly Span[] = [];
const NO_REPLY = { parent: NO_REF, root: NO_REF };
const REPLY = namesOf(["parent", "root"]);

function readReply(reader: CborReader): typeof NO_REPLY {
  let parent = NO_REF;
  let root = NO_REF;
  const fields = new Fields(reader, REPLY, 1);
  while (fields.next()) {
    if (fields.name === 0) parent = strongRef(reader, 2);
    else root = strongRef(reader, 2);
  }
  return { parent, root };
}

/** What an embed says that an event needs: its type, and the URI in each place where a type may have one. */
interface Embed {
  readonly type: Span | null;
  readonly external: Span | null;
  readonly record: Span | null;
  readonly recordOfRecord: Span | null;
}

const NO_EMBED: Embed = { type: null, external: null, record: null, recordOfRecord: null };
const EMBED = namesOf(["$type", "external", "record"]);
const EMBED_TYPES = namesOf([
  "app.bsky.embed.external",
  "app.bsky.embed.record",
  "app.bsky.embed.recordWithMedia",
]);
const URI_OR_RECORD = namesOf(["uri", "record"]);

function readEmbed(reader: CborReader): Embed {
  let type: Span | null = null;
  let external: Span | null = null;
  let record: Span | null = null;
  let recordOfRecord: Span | null = null;
  const fields = new Fields(reader, EMBED, 1);
  while (fields.next()) {
    if (fields.name === 0) type = textSpan(reader);
    else if (fields.name === 1) external = uriIn(reader, 2);
    else {
      const inner = new Fields(reader, URI_OR_RECORD, 2);
      while (inner.next()) {
        if (inner.name === 0) record = checkedSpan(reader);
        else recordOfRecord = uriIn(reader, 3);
      }
    }
  }
  return { type, external, record, recordOfRecord };
}

const URI = namesOf(["uri"]);

function uriIn(reader: CborReader, depth: number): Span | null {
  let uri: Span | null = null;
  const fields = new Fields(reader, URI, depth);
  while (fields.next()) uri = checkedSpan(reader);
  return uri;
}

function embedUri(bytes: Uint8Array, { type, external, record, recordOfRecord }: Embed): Span | null {
  if (type === null) return null;
  return [external, record, recordOfRecord][nameIn(bytes, type, EMBED_TYPES)] ?? null;
}

function nameIn(bytes: Uint8Array, { start, end }: Span, names: Names): number {
  for (const { index, bytes: name } of names[end - start] ?? []) {
    if (name.every((byte, i) => bytes[start + i] === byte)) return index;
  }
  return -1;
}

const PROFILE = ["displayName", "description", "avatar", "banner", "createdAt"] as const;
const PROFILE_NAMES = namesOf(PROFILE);
const NO_BLOB: BlobShape = { ref: null, cid: null };

/** Reads a profile. */
export function profileShape(bytes: Uint8Array, block: Span): ProfileShape | null {
  return shapeOf(bytes, block, (reader) => {
    const profile = {
      displayName: null as Span | null,
      description: null as Span | null,
      avatar: NO_BLOB,
      banner: NO_BLOB,
      createdAt: NOWHERE,
    };
    const fields = new Fields(reader, PROFILE_NAMES, 0);
    while (fields.next()) {
      const name = PROFILE[fields.name];
      if (name === "avatar" || name === "banner") profile[name] = readBlob(reader);
      else profile[name ?? "createdAt"] = textSpan(reader);
    }
    return profile;
  });
}

const BLOB = namesOf(["ref", "cid"]);

function readBlob(reader: CborReader): BlobShape {
  let ref: Span | null = null;
  let cid: Span | null = null;
  const fields = new Fields(reader, BLOB, 1);
  while (fields.next()) {
    if (fields.name === 1) cid = checkedSpan(reader);
    else {
      // Version 0 is written in another base.
      if (reader.nextMajor() !== MAJOR.tag) throw UNUSUAL;
      const start = reader.enterCid();
      if (isCidV0(reader.bytes, start)) throw UNUSUAL;
      ref = { start, end: reader.offset };
    }
  }
  return { ref, cid };
}
