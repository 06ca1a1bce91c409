/**
 * What a `#commit` or `#sync` claims of a repository, as far as it can be verified. The message was decoded before, or is
 * taken for none.
 *
 * @module
 */
import { NOWHERE, type Span } from "./bytes/span.ts";
import { CborError, CborReader, MAJOR } from "./cbor.ts";
import { namesOf } from "./names.ts";

const HEADER_NAMES = namesOf(["t"]);
const TYPES = ["#commit", "#sync"] as const;
const TYPE_NAMES = namesOf(TYPES);
const BODY = ["repo", "did", "rev", "commit", "prevData", "blocks", "ops"] as const;
const BODY_NAMES = namesOf(BODY);

/** Where the claims stand in the message. What is not stated, or is none such, is {@linkcode NOWHERE}. */
export interface Claims {
  readonly type: typeof TYPES[number];
  readonly did: Span;
  readonly rev: Span;
  /** The binary CID of the commit block; a `#sync` states none. */
  readonly commit: Span;
  /** The binary CID of the root of the tree before. */
  readonly prevData: Span;
  /** The CAR archive. */
  readonly blocks: Span;
  /** The array of operations, with its head. */
  readonly ops: Span;
}

/** Reads the claims of a message; null where it makes none, as of another type. */
export function readClaims(bytes: Uint8Array): Claims | null {
  try {
    const reader = new CborReader(bytes);
    const type = readType(reader);
    return type === null ? null : readBody(reader, type);
  } catch (error) {
    if (error instanceof CborError) return null;
    throw error;
  }
}

function readType(reader: CborReader): Claims["type"] | null {
  let type: Claims["type"] | null = null;
  for (let left = reader.readMapSize(); left > 0; left--) {
    const isType = reader.readName(HEADER_NAMES) === 0 && reader.nextMajor() === MAJOR.text;
    if (isType) type = TYPES[reader.readName(TYPE_NAMES)] ?? null;
    else reader.skip();
  }
  return type;
}

function readBody(reader: CborReader, type: Claims["type"]): Claims {
  const claims = {
    type,
    did: NOWHERE,
    rev: NOWHERE,
    commit: NOWHERE,
    prevData: NOWHERE,
    blocks: NOWHERE,
    ops: NOWHERE,
  };
  const did = type === "#commit" ? "repo" : "did";
  for (let left = reader.readMapSize(); left > 0; left--) {
    const name = BODY[reader.readName(BODY_NAMES)];
    const major = reader.nextMajor();
    if (name === did && major === MAJOR.text) claims.did = { start: reader.enterText(), end: reader.offset };
    else if (name === "rev" && major === MAJOR.text) claims.rev = { start: reader.enterText(), end: reader.offset };
    else if (name === "blocks" && major === MAJOR.bytes) {
      claims.blocks = { start: reader.enterBytes(), end: reader.offset };
    } else if (name === "ops" && major === MAJOR.array) {
      const start = reader.offset;
      reader.skip();
      claims.ops = { start, end: reader.offset };
    } else if ((name === "commit" || name === "prevData") && major === MAJOR.tag) {
      claims[name] = cidAt(reader);
    } else reader.skip();
  }
  return claims;
}

/** The next item as a CID; of another tag, nowhere. */
export function cidAt(reader: CborReader): Span {
  const start = reader.offset;
  try {
    return { start: reader.enterCid(), end: reader.offset };
  } catch (error) {
    if (!(error instanceof CborError)) throw error;
    reader.offset = start;
    reader.skip();
    return NOWHERE;
  }
}
