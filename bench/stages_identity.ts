/**
 * The stage in which events have handles.
 *
 * @module
 */
import { wait } from "../src/async.ts";
import { decodeFrame } from "../src/atproto/frame.ts";
import { IdentityCache, identityTable } from "../src/identity/cache.ts";
import { Handles } from "../src/identity/handles.ts";
import { refused } from "../src/identity/requests.ts";
import { Resolver } from "../src/identity/resolver.ts";
import type { Figures } from "./measure.ts";
import { makerOf, type StageInput } from "./stage_input.ts";
import { framesWithRecords, passesOf } from "./stages_memory.ts";

const ACCOUNTS = 500_000;
const DAY_MS = 86_400_000;

/**
 * Frames to finished events, as stream makes them with verified handles. The accounts of the frames are known; those that
 * they follow or block are not, and the questions about them wait, as nobody answers.
 */
export async function mapHandles(input: StageInput): Promise<Figures> {
  const frames = await framesWithRecords(input);
  const cache = new IdentityCache(identityTable(ACCOUNTS, 1), null);
  const secs = Math.floor(Date.now() / 1000);
  for (const bytes of frames) {
    const frame = decodeFrame(bytes);
    if (frame.kind !== "commit" || cache.findDid(frame.did) >= 0) continue;
    const handle = `account${cache.size}.bsky.social`;
    cache.set(frame.did, "found", { handle, key: null }, secs);
    cache.setVerdict(frame.did, handle, "verified", secs);
  }
  const nobody = () => Promise.resolve(refused("unreachable"));
  const clock = { now: () => performance.now(), wait, random: Math.random };
  const observer = { looked: () => {}, requested: () => {}, refused: () => {}, dropped: () => {} };
  const common = { cache, perSecond: 10, ttlMs: DAY_MS, observer, clock, nowMs: Date.now };
  const resolver = new Resolver({ ...common, directory: nobody, hosts: nobody });
  const handles = new Handles({ ...common, mode: "verified", resolver, ask: nobody });
  return await passesOf(makerOf(input.collections, "", handles), frames, input);
}
