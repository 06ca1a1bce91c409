import { assert, assertEquals } from "@std/assert";
import { NETWORK_MIX } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { createWorld, PROFILE, type World } from "../../src/simulator/world.ts";
import { assertInvertible } from "../support/simulated_commits.ts";

const MOST = 200;
const ACCOUNTS = 2;
const WITHOUT_LIMIT = {
  seed: 3,
  accounts: ACCOUNTS,
  firstSeq: 1,
  startMs: Date.UTC(2026, 0, 1),
  stepMs: 5,
  pastRecords: 10,
};
const OPTIONS = { ...WITHOUT_LIMIT, mostRecords: MOST };

/** What one commit may add to a share that is not yet exceeded. */
const MOST_OPS = 21;

/** Fails unless the accounts come to hold their share and no more, by commits that delete the oldest of each. */
async function assertBounded(world: World): Promise<void> {
  const created = new Map<string, string[]>();
  let cleanings = 0;
  for (let i = 0; i < 600; i++) {
    const frame = await world.next();
    const own = created.get(frame.did) ?? [];
    created.set(frame.did, own);
    const paths = frame.ops.map(({ path }) => path);
    if (frame.ops.length === 50) {
      cleanings++;
      assertEquals(new Set(frame.ops.map(({ action }) => action)), new Set(["delete"]));
      assertEquals(paths, own.slice(0, paths.length));
      await assertInvertible(frame);
    }
    for (const { action, path } of frame.ops) {
      if (path === PROFILE) continue;
      const at = own.indexOf(path);
      if (action === "delete" && at >= 0) own.splice(at, 1);
      else if (action !== "delete" && at < 0) own.push(path);
    }
    for (const { records } of world.accounts) assert(records.size <= MOST / ACCOUNTS + MOST_OPS, `${records.size}`);
  }
  assert(cleanings > 4, `${cleanings}`);
}

Deno.test("the accounts of a world delete their oldest records once they hold their share", async () => {
  await assertBounded(await createWorld(OPTIONS));
});

Deno.test("the accounts of a network delete their oldest records once they hold their share", async () => {
  const mix = { ...NETWORK_MIX, account: 0, update: 0, delete: 0, foreign: 0 };
  await assertBounded(await createNetwork({ ...OPTIONS, mix }));
});

Deno.test("without a limit that is named, accounts hold far more", async () => {
  const world = await createWorld(WITHOUT_LIMIT);
  for (let i = 0; i < 400; i++) assert((await world.next()).ops.length < 50);
  assert(world.accounts.reduce((sum, { records }) => sum + records.size, 0) > 400);
});
