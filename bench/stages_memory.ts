/**
 * The stages that work on frames in memory.
 *
 * @module
 */
import { decodeAll } from "@atproto/lex-cbor";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { type Figures, measurePasses } from "./measure.ts";
import { finisher, FRAMES_IN_MEMORY, load, recordsOf, type StageInput, wanting } from "./stage_input.ts";

/** Frames to the records that are wanted, their hashes checked. */
export function decode(input: StageInput): Promise<Figures> {
  const commits = wanting(input.collections);
  return overMemory(input, (bytes) => void recordsOf(bytes, commits));
}

/** Frames to finished events. */
export function map(input: StageInput): Promise<Figures> {
  const commits = wanting(input.collections);
  return overMemory(input, finisher(commits));
}

/** The same frames, none of whose records is wanted. */
export function unwanted(input: StageInput): Promise<Figures> {
  const commits = wanting(["app.bsky.graph.listitem"]);
  return overMemory(input, finisher(commits));
}

/** The same frames by the official library, which parses and does no more. */
export async function atprotoSync(input: StageInput): Promise<Figures> {
  const commits = (await framesWithRecords(input))
    .map((bytes) => [...decodeAll(bytes)][1] as unknown as Parameters<typeof parseCommitUnauthenticated>[0]);
  return await measurePasses(commits, input, async (all) => {
    for (const commit of all) await parseCommitUnauthenticated(commit);
  });
}

async function overMemory(input: StageInput, handle: (bytes: Uint8Array) => void): Promise<Figures> {
  const frames = await framesWithRecords(input);
  return await measurePasses(frames, input, (all) => {
    for (const bytes of all) handle(bytes);
  });
}

/** Frames each of which has a record that is wanted. */
async function framesWithRecords({ file, collections }: StageInput): Promise<Uint8Array[]> {
  const commits = wanting(collections);
  const frames = (await load(file, Infinity)).filter((bytes) => recordsOf(bytes, commits).length > 0);
  return frames.slice(0, FRAMES_IN_MEMORY).map((bytes) => bytes.slice());
}
