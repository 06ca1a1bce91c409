/**
 * How a commit follows on the one before, as Sync 1.1 has it: by revision (`since`) and by content (`prevData`), and what
 * the next one has to follow on (`rev`, and `data` of the commit block). Nothing is verified: what is compared are claims
 * of one repository about itself.
 *
 * @module
 */
import { CborError, CborReader, MAJOR } from "./cbor.ts";
import { findBlocks } from "./car.ts";
import { cidEnd } from "./cid.ts";
import { cidAt } from "./claims.ts";
import type { CommitFrame, SyncFrame } from "./frame.ts";
import { namesOf } from "./names.ts";
import { NOWHERE, type Span } from "./bytes/span.ts";
import { varintEnd, varintValue } from "./bytes/varint.ts";
import { readTid } from "./tid.ts";

const BODY = ["rev", "since", "blocks", "commit", "prevData"] as const;
const BODY_NAMES = namesOf(BODY);
const COMMIT_BLOCK_NAMES = namesOf(["data"]);

/** Places in {@linkcode Chain.words}, each of two words: 64 bits of a TID or of a digest. */
export const CHAIN = { rev: 0, since: 2, prevData: 4, data: 6 } as const;

/** What one message says of the chain; it is overwritten by the next. */
export class Chain {
  /** The values, at the places of {@linkcode CHAIN}; what is not known is 0. */
  readonly words = new Uint32Array(8);
  /** Whether the revision is a TID; without one there is no chain. */
  hasRev = false;
  /** Where `since` stands; {@linkcode NOWHERE} where there is none, as in the first commit of a repository. */
  since: Span = NOWHERE;

  /** Reads a message that was decoded, so that all lengths in its body are good. */
  read(frame: CommitFrame | SyncFrame): void {
    this.words.fill(0);
    this.hasRev = false;
    this.since = NOWHERE;
    if (frame.kind === "sync") return this.#readBody(frame.bytes);
    const { bytes, spans: { rev, time, blocks } } = frame;
    this.hasRev = readTid(bytes, rev, this.words, CHAIN.rev);
    // In the order of DAG-CBOR what is wanted stands behind the time, and only a few short fields with it.
    const isFound = time !== NOWHERE && this.#readFields(new CborReader(bytes, time.end), Infinity, blocks);
    if (!isFound) this.#readBody(bytes);
  }

  #readBody(bytes: Uint8Array): void {
    const reader = new CborReader(bytes);
    reader.skip();
    this.#readFields(reader, reader.readMapSize(), NOWHERE);
  }

  /** Reads fields up to the end, `left` at most; whether `since` was one of them. */
  #readFields(reader: CborReader, left: number, archive: Span): boolean {
    const { words } = this;
    const { bytes } = reader;
    let [blocks, commit, hasSince] = [archive, NOWHERE, false];
    for (; left > 0 && !reader.atEnd; left--) {
      const name = BODY[reader.readName(BODY_NAMES)];
      const major = reader.nextMajor();
      hasSince ||= name === "since";
      if (name === "rev" && major === MAJOR.text) {
        this.hasRev = readTid(bytes, { start: reader.enterText(), end: reader.offset }, words, CHAIN.rev);
      } else if (name === "since" && major === MAJOR.text) {
        const start = reader.enterText();
        // Some servers write an empty text where others write null.
        if (reader.offset > start) this.since = { start, end: reader.offset };
        readTid(bytes, this.since, words, CHAIN.since);
      } else if (name === "blocks" && major === MAJOR.bytes) {
        blocks = { start: reader.enterBytes(), end: reader.offset };
      } else if (name === "commit" && major === MAJOR.tag) {
        commit = cidAt(reader);
      } else if (name === "prevData" && major === MAJOR.tag) {
        readDigest(bytes, cidAt(reader), words, CHAIN.prevData);
      } else {
        reader.skip();
      }
    }
    readData(bytes, blocks, commit, words);
    return hasSince;
  }
}

const DIGEST_BYTES = 32;

/** The first 64 bits of the SHA-256 that ends a CID. */
function readDigest(bytes: Uint8Array, { start, end }: Span, words: Uint32Array, at: number): void {
  const digest = end - DIGEST_BYTES;
  if (digest <= start) return;
  for (let word = 0; word < 2; word++) {
    const from = digest + word * 4;
    words[at + word] = ((bytes[from] ?? 0) << 24) | ((bytes[from + 1] ?? 0) << 16) | ((bytes[from + 2] ?? 0) << 8) |
      (bytes[from + 3] ?? 0);
  }
}

/** Reads `data` of the commit block, which may stand anywhere in the archive. */
function readData(bytes: Uint8Array, car: Span, commit: Span, words: Uint32Array): void {
  const block = commit === NOWHERE ? firstBlock(bytes, car) : blockOf(bytes, car, commit);
  const reader = new CborReader(bytes, block.start, block.end);
  try {
    for (let left = block === NOWHERE ? 0 : reader.readMapSize(); left > 0; left--) {
      if (reader.readName(COMMIT_BLOCK_NAMES) < 0 || reader.nextMajor() !== MAJOR.tag) reader.skip();
      else return readDigest(bytes, cidAt(reader), words, CHAIN.data);
    }
  } catch (error) {
    // A block that is no commit says nothing.
    if (!(error instanceof CborError)) throw error;
  }
}

function blockOf(bytes: Uint8Array, car: Span, cid: Span): Span {
  const wanted = { cid, block: NOWHERE };
  findBlocks(bytes, car, [wanted]);
  return wanted.block;
}

/** A `#sync` names no commit, and has no other block. */
function firstBlock(bytes: Uint8Array, car: Span): Span {
  const header = varintEnd(bytes, car.start, car.end);
  const section = header < 0 ? car.end : header + varintValue(bytes, car.start, header);
  const start = section >= car.end ? -1 : varintEnd(bytes, section, car.end);
  const end = start < 0 ? 0 : start + varintValue(bytes, section, start);
  const block = start < 0 || end > car.end ? null : cidEnd(bytes, start, end);
  return block === null ? NOWHERE : { start: block, end };
}
