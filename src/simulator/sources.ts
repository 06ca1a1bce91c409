/**
 * Where a simulated firehose takes its messages from.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { readRecording, type RecordedMessage, RecordingError } from "../upstream/recording.ts";
import type { StruckFault } from "./commit_faults.ts";
import { type Fault, faultsAt, isCommitFault } from "./faults.ts";
import type { Mix } from "./mix.ts";
import { createNetwork } from "./network.ts";
import type { Source, SourceMessage } from "./server.ts";
import { createWorld, type WorldOptions } from "./world.ts";

/** More than the 1 MB that the protocol allows a record, and than what brokers take. */
const OVERSIZE_BYTES = 1_100_000;

/** What a world does wrong, and where it is noted. */
export interface SourceFaults {
  /** Those that are none of commits are the server's to do. */
  readonly faults: readonly Fault[];
  /** Each that struck is added here. */
  readonly struck: StruckFault[];
}

/**
 * The endless messages of a made-up world, or, given a mix, of a whole network; every `oversizeEvery`th is a post that
 * is too large, null for none. Of several faults of commits that are due, the first of the list strikes.
 */
export async function worldSource(
  options: WorldOptions,
  oversizeEvery: number | null = null,
  mix: Mix | null = null,
  { faults, struck }: SourceFaults = { faults: [], struck: [] },
): Promise<Source> {
  const world = await (mix === null ? createWorld(options) : createNetwork({ ...options, mix }));
  let count = 0;
  return {
    async next() {
      count++;
      const isOversize = oversizeEvery !== null && count % oversizeEvery === 0;
      const due = [...faultsAt(faults, count)].find(isCommitFault);
      const { seq, bytes, did, rev, fault } =
        await (isOversize
          ? world.nextOversize(OVERSIZE_BYTES)
          : due === undefined
          ? world.next()
          : world.nextFaulty(due));
      if (fault !== undefined) struck.push({ seq, fault, did, rev });
      return { seq, bytes, atMs: null };
    },
  };
}

/**
 * The messages of a recording, to its end; `isTimed` says whether it has their times of arrival.
 *
 * @throws {RecordingError} if it does not begin with a message; reading on may throw it too
 */
export async function recordedSource(path: string): Promise<Source & { readonly isTimed: boolean }> {
  const messages = readRecording(path);
  const first = await messages.next();
  if (first.done === true) throw new RecordingError(`Cannot replay "${path}": it holds no message; expected one`);
  let ahead: RecordedMessage | null = first.value;
  return {
    isTimed: first.value.atMs !== null,
    async next() {
      const message = ahead ?? (await messages.next()).value;
      ahead = null;
      return message === undefined ? null : { ...message, seq: seqOf(message.bytes) };
    },
  };
}

/** At most so many messages of a source. */
export function limitSource(source: Source, frames: number): Source {
  let left = frames;
  return { next: () => left-- > 0 ? source.next() : Promise.resolve(null) };
}

/** The same messages, the first so many of them made at once. */
export async function prepareSource(source: Source, frames: number): Promise<Source> {
  const prepared: SourceMessage[] = [];
  for (let i = 0; i < frames; i++) {
    const message = await source.next();
    if (message === null) break;
    prepared.push(message);
  }
  let index = 0;
  return {
    next() {
      const message = prepared[index++];
      return message === undefined ? source.next() : Promise.resolve(message);
    },
  };
}

/** The number in a message's body; null where it has none, or is no message. */
function seqOf(bytes: Uint8Array): number | null {
  try {
    const [, body] = [...decodeAll(bytes)];
    const seq = typeof body === "object" && body !== null && "seq" in body ? body.seq : null;
    return typeof seq === "number" ? seq : null;
  } catch {
    return null;
  }
}
