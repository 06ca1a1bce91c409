/**
 * Messages with the keys to verify them by, as one piece of memory that can be handed to a worker, and the verdicts that
 * come back.
 *
 * @module
 */
import type { PublicKey } from "../atproto/signature.ts";
import { type Verdict, VERDICTS, type VerifyMode, type VerifyReason } from "../atproto/verify.ts";

/** The first message to a worker: its settings. */
export interface WorkerSettings {
  readonly mode: VerifyMode;
  /** It keeps at most so many keys ready. */
  readonly mostKeys: number;
}

/** Every further one: what {@linkcode packJob} made. */
export interface WorkerJob {
  readonly id: number;
  readonly job: ArrayBuffer;
}

/** What it answers: of each message the place of its verdict in the list of all. */
export interface WorkerAnswer {
  readonly id: number;
  readonly verdicts: Uint8Array<ArrayBuffer>;
}

/** A message, and the key of its account; null where it is not known. */
export interface ToVerify {
  readonly bytes: Uint8Array;
  readonly key: PublicKey | null;
}

const CURVES: readonly PublicKey["curve"][] = ["k256", "p256"];
/** The bytes of a key, in whole words. */
const KEY_ROOM = 36;
const KEY_BYTES = 33;
const WORD = 4;

/** Copies messages and keys into new memory: how many, of each its length and curve, the keys, the messages. */
export function packJob(messages: readonly ToVerify[]): ArrayBuffer {
  const words = 1 + 2 * messages.length;
  let at = words * WORD + messages.length * KEY_ROOM;
  const total = messages.reduce((sum, { bytes }) => sum + bytes.length, at);
  const job = new Uint8Array(total);
  const heads = new Uint32Array(job.buffer, 0, words);
  heads[0] = messages.length;
  messages.forEach(({ bytes, key }, place) => {
    heads[1 + 2 * place] = bytes.length;
    heads[2 + 2 * place] = key === null ? 0 : 1 + CURVES.indexOf(key.curve);
    if (key !== null) job.set(key.bytes.subarray(0, KEY_BYTES), words * WORD + place * KEY_ROOM);
    job.set(bytes, at);
    at += bytes.length;
  });
  return job.buffer;
}

/** What was packed, as views on its memory. */
export function unpackJob(job: ArrayBuffer): ToVerify[] {
  const [count = 0] = new Uint32Array(job, 0, 1);
  const heads = new Uint32Array(job, 0, 1 + 2 * count);
  const keys = heads.length * WORD;
  let at = keys + count * KEY_ROOM;
  return Array.from({ length: count }, (_, place) => {
    const length = heads[1 + 2 * place] ?? 0;
    const curve = CURVES[(heads[2 + 2 * place] ?? 0) - 1];
    const key = curve === undefined ? null : { curve, bytes: new Uint8Array(job, keys + place * KEY_ROOM, KEY_BYTES) };
    at += length;
    return { bytes: new Uint8Array(job, at - length, length), key };
  });
}

const PLACES = new Map<VerifyReason | null, number>(VERDICTS.map(({ reason }, place) => [reason, place]));

/** Reasons as numbers. */
export function packVerdicts(reasons: readonly (VerifyReason | null)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(reasons, (reason) => PLACES.get(reason) ?? 0);
}

/**
 * The verdicts of so many messages.
 *
 * @throws {TypeError} if they are others than were packed
 */
export function unpackVerdicts(packed: Uint8Array, count: number): Verdict[] {
  const verdicts = Array.from(packed, (place) => VERDICTS[place]).filter((verdict) => verdict !== undefined);
  if (verdicts.length !== count) throw new TypeError(`A worker answered ${packed.length} verdicts, expected ${count}`);
  return verdicts;
}
