/**
 * A made-up network whose accounts write, change, delete, come and go, and what there is of it in the end: what the tables
 * of databases must hold, whatever comes twice, late, or from another relay.
 *
 * @module
 */
import { REMOVED } from "../../src/schemas/fold.ts";
import type { LiveState } from "../../src/simulator/live.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { mixOf } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { withSeq } from "../../src/simulator/rewrite.ts";
import type { SourceMessage } from "../../src/simulator/server.ts";

/** Nothing is lost, as what nobody was told of nobody can know. */
const MIX = mixOf({
  ...{ like: 20, post: 12, repost: 8, follow: 8, block: 6, profile: 8, foreign: 12 },
  ...{ update: 20, delete: 24, identity: 6, account: 10, sync: 3, "repeated-commit": 12 },
});

/** Messages, and what there is after them. */
export interface Churn {
  readonly frames: readonly SimulatedFrame[];
  readonly live: LiveState;
}

/** So many messages of the network. */
export async function churn(count: number): Promise<Churn> {
  const network = await createNetwork({
    seed: 23,
    accounts: 30,
    pastRecords: 40,
    firstSeq: 31_500_000_000,
    startMs: Date.UTC(2026, 0, 1),
    stepMs: 5,
    mix: MIX,
    keepsRecords: true,
  });
  const frames: SimulatedFrame[] = [];
  for (let i = 0; i < count; i++) frames.push(await network.next());
  return { frames, live: network.live() };
}

/** The records that are to be seen, by AT-URI: written by a message, of an account that is neither deleted nor taken down. */
export function visible({ records, accounts }: LiveState): Map<string, { readonly cid: string }> {
  const isRemoved = (status: string | null) => REMOVED.some((each) => each === status);
  return new Map(
    [...records].filter(([uri, { seq }]) => {
      const did = uri.split("/")[2] ?? "";
      return seq !== null && !isRemoved(accounts.get(did)?.status ?? null);
    }).map(([uri, { cid }]) => [uri, { cid: cid.toString() }]),
  );
}

/** The messages as another relay sends them, which counts on its own. */
export function renumbered(frames: readonly SimulatedFrame[], firstSeq: number): SourceMessage[] {
  return frames.map(({ bytes }, i) => ({ seq: firstSeq + i, bytes: withSeq(bytes, firstSeq + i), atMs: null }));
}
