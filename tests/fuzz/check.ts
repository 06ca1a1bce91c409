/**
 * One message through the whole of the producer's reading and writing, and all that must hold of what comes out.
 *
 * @module
 */
import { CborError, CborReader, decodeCbor } from "../../src/atproto/cbor.ts";
import { CompiledTypes } from "../../src/events/compiled.ts";
import { FastEncoder } from "../../src/events/fast_path.ts";
import { EventEncoder } from "../../src/events/encoder.ts";
import { RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { EVENT_KINDS } from "../../src/events/definition.ts";
import { decodeFrame, type Frame, isSequenced } from "../../src/atproto/frame.ts";
import { REASONS, type Rejected } from "../../src/atproto/rejected.ts";
import { RecordWrite } from "../../src/atproto/repo_op.ts";
import { CommitVerifier, VERIFY_REASONS } from "../../src/atproto/verify.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { RepoMemory, repoTable } from "../../src/memory/repo_memory.ts";
import { readSubject, SUBJECT_WORDS, subjectIn } from "../../src/memory/subject_form.ts";
import { SubjectMemory, subjectTable } from "../../src/memory/subject_memory.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import { compare } from "../support/record_json.ts";
import { schemaErrors } from "../support/schemas.ts";
import { encoderOptions } from "../support/events.ts";

const RECEIVED_MS = Date.UTC(2026, 6, 1);
/** More results than that of one message are looked at only in part. */
const MAX_CHECKED = 400;
/** A record that is larger is not converted by the others too: they would take most of the time. */
const MAX_CONVERTED_BYTES = 65_536;
/** Takes everything that can become an event. */
const READER = new Filter({ collections: rulesOf(["*"]), ...UNFILTERED, events: EVENT_KINDS });
const [TYPED, WHOLE] = [RECORD_TYPES, WHOLE_RECORD_TYPES].map((types) => {
  const options = encoderOptions(types, "structured");
  return { encoder: new EventEncoder(options), fast: new FastEncoder(new CompiledTypes(options)) };
}) as [Ways, Ways];
const REPOS = new RepoMemory(repoTable(50, 1), null, () => {});
const SUBJECTS = new SubjectMemory(subjectTable(50, 1), null, () => {});
/** Without a key all but the signature is looked at. */
const VERIFIER = new CommitVerifier("proofs", 1);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The two ways from a record to its event. */
interface Ways {
  readonly encoder: EventEncoder;
  readonly fast: FastEncoder;
}

/** What the producer makes of one message. */
interface Made {
  readonly frame: Frame | Rejected;
  readonly blocks: readonly RecordWrite[];
  /** Deletes, and a message about an account. */
  readonly others: number;
  readonly rejected: readonly Rejected[];
  readonly events: readonly ProducerRecord[];
}

/** What came of one message, in numbers. */
export interface Outcome {
  readonly isCommit: boolean;
  readonly events: number;
  /** Events that took the fast path. */
  readonly fast: number;
  readonly rejected: number;
}

/** The producer's own way with a message: what is timed. */
export function make(bytes: Uint8Array): Made {
  const frame = decodeFrame(bytes);
  const verdict = VERIFIER.verify(bytes, null);
  if (verdict !== null && !Object.hasOwn(VERIFY_REASONS, verdict)) throw new Error(`"${verdict}" is no verdict`);
  const blocks: RecordWrite[] = [];
  const rejected: Rejected[] = frame.kind === "rejected" ? [frame] : [];
  const events: ProducerRecord[] = [];
  let others = 0;
  if (frame.kind === "identity" || frame.kind === "account" || frame.kind === "sync") {
    others++;
    events.push(WHOLE.encoder.encodeAccount(frame, RECEIVED_MS));
  }
  if (isSequenced(frame)) REPOS.follow(frame, "host", RECEIVED_MS);
  for (const result of frame.kind === "commit" ? READER.read(frame) : []) {
    if (result.kind === "rejected") rejected.push(result);
    else {
      SUBJECTS.follow(result, "host");
      if (result instanceof RecordWrite) blocks.push(result);
      else others++;
      const encoded = WHOLE.encoder.encode(result, RECEIVED_MS);
      if ("kind" in encoded) rejected.push(encoded);
      else events.push(encoded);
    }
  }
  return { frame, blocks, others, rejected, events };
}

/** Fails unless all holds that must hold of what was made of a message. */
export function verify({ frame, blocks, others, rejected, events }: Made): Outcome {
  for (const { reason } of rejected.slice(0, MAX_CHECKED)) {
    if (!Object.hasOwn(REASONS, reason)) throw new Error(`"${reason}" is no reason`);
  }
  if (blocks.length + others < events.length) throw new Error("More events than operations and messages");
  for (const event of events.slice(0, MAX_CHECKED)) checkEvent(event);
  let fast = 0;
  for (const block of blocks.slice(0, MAX_CHECKED)) {
    checkWalk(block);
    checkSubject(block);
    const { start, end } = block.block;
    if (end - start <= MAX_CONVERTED_BYTES) compare(block.frame.bytes.subarray(start, end));
    compareWays(block, TYPED);
    if (compareWays(block, WHOLE)) fast++;
  }
  return { isCommit: frame.kind === "commit", events: events.length, fast, rejected: rejected.length };
}

function checkEvent({ key, value, uri, type }: ProducerRecord): void {
  const event = JSON.parse(utf8.decode(value));
  const errors = schemaErrors(event);
  if (errors.length > 0) throw new Error(`It breaks its schema: ${errors.join("; ")}`);
  const { did } = event.data;
  if (utf8.decode(key) !== did || event.subject !== did) throw new Error("Its key is not its DID");
  if (event.type !== type || !`${uri}/`.startsWith(`at://${did}/`)) {
    throw new Error("Its type or its AT-URI is another's");
  }
  if (Object.getPrototypeOf(event) !== Object.prototype) throw new Error("It has another prototype");
}

/** The walk that makes nothing must take what the decoder takes. */
function checkWalk({ frame, block }: RecordWrite): void {
  const reader = new CborReader(frame.bytes, block.start, block.end);
  const walks = takes(() => {
    reader.check();
    if (!reader.atEnd) throw new CborError("more bytes follow the item", reader.offset);
  });
  const decodes = takes(() => decodeCbor(frame.bytes.subarray(block.start, block.end)));
  if (walks !== decodes) throw new Error(`check() says ${walks}, readValue() ${decodes}`);
}

/** A subject that is remembered must be the one that the decoder finds. */
function checkSubject(op: RecordWrite): void {
  for (const kind of ["record", "account"] as const) {
    const words = new Uint32Array(SUBJECT_WORDS);
    const decoded = op.decode();
    if (!readSubject(op.frame.bytes, op.block, kind, words, 0) || decoded.kind === "rejected") continue;
    const { subject } = decoded.record;
    const found = subjectIn(words, 0);
    const texts = (about: unknown) => {
      const { uri, cid } = about as { readonly uri: unknown; readonly cid: unknown };
      return JSON.stringify([uri, cid]);
    };
    const isSame = found?.kind === "account" ? found.did === subject : texts(found) === texts(subject);
    if (!isSame) throw new Error(`The subject ${JSON.stringify(subject)} is remembered as ${JSON.stringify(found)}`);
  }
}

function takes(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof CborError) return false;
    throw error;
  }
}

/** The fast path must give nothing or what the generic path gives; whether it gave something. */
function compareWays(block: RecordWrite, ways: Ways): boolean {
  const fast = ways.fast.encode(block, RECEIVED_MS);
  if (fast === null) return false;
  const generic = ways.encoder.encodeGeneric(block, RECEIVED_MS);
  if ("kind" in generic) throw new Error(`The generic path rejects it: ${generic.detail}`);
  const same = (one: Uint8Array, other: Uint8Array) =>
    one.length === other.length && one.every((byte, i) => byte === other[i]);
  const isSame = same(fast.value, generic.value) && same(fast.key, generic.key) && fast.uri === generic.uri;
  if (!isSame) {
    throw new Error(`The fast path writes ${utf8.decode(fast.value)}, the generic one ${utf8.decode(generic.value)}`);
  }
  return true;
}
