/**
 * A network in which everything happens, streamed with everything switched on.
 *
 * @module
 */
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { type Mix, NETWORK_MIX } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import type { Random } from "../../src/simulator/random.ts";
import { type Commits, FIRST_SEQ } from "./many_commits.ts";

const HOUR_MS = 3_600_000;

/** The flags with which all that can become an event does. */
export const EVERYTHING: readonly string[] = ["--events", "all", "--collections", "*", "--whole-records"];

/** The flags with which all is remembered that can be. */
export const REMEMBERING: readonly string[] = ["--track-repos", "1000", "--remember-subjects", "1000"];

/** As on the live network, but that what is rare happens more often. */
export const BUSY_MIX: Mix = {
  ...NETWORK_MIX,
  "foreign": 10,
  "update": 5,
  "delete": 15,
  "identity": 3,
  "account": 2,
  "sync": 3,
};

/** Messages about accounts that become events. */
const ABOUT_ACCOUNTS: ReadonlySet<string> = new Set(["#identity", "#account", "#sync"]);

/** What a message is about besides records: `identity`, `account`, `sync`, or nothing. */
export function aboutAccount({ type }: SimulatedFrame): string | null {
  return ABOUT_ACCOUNTS.has(type) ? type.slice(1) : null;
}

/** The ids of the events that a message holds where everything is wanted. */
function idsIn(frame: SimulatedFrame): string[] {
  const { did, rev, time, ops } = frame;
  const kind = aboutAccount(frame);
  if (kind !== null) return [`${did}/${kind}/${kind === "sync" ? rev : time}`];
  return ops.map(({ path }) => `${did}/${rev}/${path}`);
}

/** So many messages of a network, and what must come of them. */
export async function manyMessages(count: number, random: Random): Promise<Commits> {
  const network = await createNetwork({
    seed: random.below(2 ** 31),
    accounts: 40,
    // Small commits cost less, and have the same records.
    pastRecords: 20,
    firstSeq: FIRST_SEQ,
    // Records have the times of their events, and brokers remove those that are older than a week.
    startMs: Date.now() - HOUR_MS,
    stepMs: 5,
    mix: BUSY_MIX,
  });
  const frames: SimulatedFrame[] = [];
  for (let i = 0; i < count; i++) frames.push(await network.next());
  return {
    messages: frames.map(({ seq, bytes }) => ({ seq, bytes, atMs: null })),
    ids: frames.flatMap(idsIn),
    lastSeq: frames.at(-1)?.seq ?? 0,
  };
}
