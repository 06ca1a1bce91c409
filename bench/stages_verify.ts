/**
 * The stages that verify: ours in the threads that a run has, the library on this one.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitAuthenticated } from "@atproto/sync";
import { Messages } from "../src/atproto/bytes/messages.ts";
import { decodeFrame } from "../src/atproto/frame.ts";
import { VERIFIED, type VerifyMode } from "../src/atproto/verify.ts";
import { WorkerPool } from "../src/verify/pool.ts";
import { Verification } from "../src/verify/verification.ts";
import { frameKeys, signingKey } from "./directory.ts";
import { type Figures, measurePasses } from "./measure.ts";
import { FRAMES_IN_MEMORY, load, type StageInput } from "./stage_input.ts";

/** So many messages come together, as from a relay that replays. */
const BATCH = 256;
const MAX_BYTES = 4_194_304;

/** Signatures, with keys that are known. */
export function verifySignatures(input: StageInput): Promise<Figures> {
  return verified(input, "signatures");
}

/** The same, and the proofs of the operations. */
export function verifyProofs(input: StageInput): Promise<Figures> {
  return verified(input, "proofs");
}

async function verified(input: StageInput, mode: VerifyMode): Promise<Figures> {
  const frames = await commitsOf(input);
  const didKeys = await frameKeys(input.accounts, null);
  const keys = new Map(Array.from(didKeys, ([did, didKey]) => [did, signingKey(didKey)]));
  using pool = new WorkerPool({ mode, mostKeys: 16_384 }, Math.max(1, navigator.hardwareConcurrency - 1));
  const verification = new Verification({
    verifiers: pool,
    identity: { keyOf: (did) => keys.get(did) ?? null, refresh: (did) => Promise.resolve(keys.get(did) ?? null) },
    isWanted: () => true,
    maxBytes: MAX_BYTES,
    observer: { keyRefreshed: () => {} },
    nowMs: () => performance.now(),
    wait: () => new Promise(() => {}),
  });
  return await measurePasses(frames, input, async (all) => {
    for await (const batch of verification.through(inBatches(all))) {
      for (const bytes of batch) {
        const verdict = verification.of({ bytes });
        if (verdict !== VERIFIED) throw new Error(`Cannot measure: a frame is ${verdict.reason}`);
      }
    }
  });
}

async function* inBatches(frames: readonly Uint8Array[]): AsyncGenerator<Messages> {
  for (let at = 0; at < frames.length; at += BATCH) yield Messages.of(frames.slice(at, at + BATCH));
}

/** The same frames by the official library, with keys that are known. */
export async function atprotoAuthenticated(input: StageInput): Promise<Figures> {
  const commits = (await commitsOf(input))
    .map((bytes) => [...decodeAll(bytes)][1] as unknown as Parameters<typeof parseCommitAuthenticated>[1]);
  const keys = await frameKeys(input.accounts, null);
  const did = { resolveAtprotoKey: (name: string) => Promise.resolve(keys.get(name)) };
  const resolver = { did } as unknown as Parameters<typeof parseCommitAuthenticated>[0];
  return await measurePasses(commits, input, async (all) => {
    for (const commit of all) {
      const events = await parseCommitAuthenticated(resolver, commit);
      if (events.length === 0) throw new Error("Cannot measure: a frame is not authenticated");
    }
  });
}

/** Frames that do something. */
async function commitsOf({ file }: StageInput): Promise<Uint8Array[]> {
  const frames = (await load(file, Infinity)).filter((bytes) => {
    const frame = decodeFrame(bytes);
    return frame.kind === "commit" && frame.ops().size > 0;
  });
  return frames.slice(0, FRAMES_IN_MEMORY).map((bytes) => bytes.slice());
}
