import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { parseCommitUnauthenticated } from "@atproto/sync";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { createWorld, type World, type WorldOptions } from "../../src/simulator/world.ts";
import { assertInvertible, assertVerified, bodyOf, commitOf } from "../support/simulated_commits.ts";

const OPTIONS: WorldOptions = {
  seed: 1,
  accounts: 8,
  firstSeq: 31_500_000_000,
  startMs: Date.UTC(2026, 0, 1),
  stepMs: 5,
  pastRecords: 40,
};

async function make(options: WorldOptions, count: number): Promise<{ world: World; frames: SimulatedFrame[] }> {
  const world = await createWorld(options);
  const frames: SimulatedFrame[] = [];
  for (let i = 0; i < count; i++) frames.push(await world.next());
  return { world, frames };
}

const { world: WORLD, frames: FRAMES } = await make(OPTIONS, 600);
const COMMITS = FRAMES.filter(({ type }) => type === "#commit");

Deno.test("World.next() makes the same messages for the same seed, byte for byte, and others for another", async () => {
  const { frames: again } = await make(OPTIONS, 150);
  assertEquals(again.map(({ bytes }) => bytes), FRAMES.slice(0, 150).map(({ bytes }) => bytes));
  const { frames: other } = await make({ ...OPTIONS, seed: 2 }, 3);
  assertNotEquals(other[0]?.bytes, FRAMES[0]?.bytes);
});

Deno.test("World.next() takes times from a clock, and the revisions of an account grow though it stands still", async () => {
  const nowMs = Date.UTC(2027, 0, 1);
  const { frames } = await make({ ...OPTIONS, accounts: 1, pastRecords: 10, now: () => nowMs }, 1100);
  assertEquals(frames.map(({ time }) => Date.parse(time) - nowMs), frames.map((_, i) => Math.floor(i / 1000)));
  const revisions = frames.flatMap(({ rev }) => rev === null ? [] : [rev]);
  assertEquals(revisions, revisions.toSorted());
  assertEquals(new Set(revisions).size, revisions.length);
});

Deno.test("World.next() counts upwards past 2^32, and leaves out a number now and then", () => {
  const steps = FRAMES.map(({ seq }, i) => seq - (FRAMES[i - 1]?.seq ?? OPTIONS.firstSeq));
  assert(steps.every((step) => step >= 1 && step <= 5), steps.join());
  const skipped = steps.filter((step) => step > 1).length;
  assert(skipped > 4 && skipped < 25, `${skipped} skips`);
  for (const frame of FRAMES) assertEquals(bodyOf(frame).seq, frame.seq);
});

Deno.test("World.next() makes commits that the reference library verifies and reads as they were meant", async () => {
  const keys = new Map(WORLD.accounts.map(({ did, keypair }) => [did, keypair.did()]));
  let records = 0;
  for (const frame of COMMITS) records += await assertVerified(frame, keys.get(frame.did) ?? "");
  assert(records > 600, `${records} records`);
});

Deno.test("World.next() makes commits whose operations can be taken back to the tree before, as Sync 1.1 asks", async () => {
  for (const frame of COMMITS) await assertInvertible(frame);
  const actions = new Set(COMMITS.flatMap(({ ops }) => ops.map(({ action }) => action)));
  assertEquals(actions, new Set(["create", "update", "delete"]));
  assert(COMMITS.some(({ ops }) => ops.length > 5));
});

Deno.test("World.next() gives each account revisions in order, each naming the one before", () => {
  const before = new Map<string, { rev: string; data: string }>();
  for (const frame of COMMITS) {
    const { rev, since, prevData } = bodyOf(frame);
    const last = before.get(frame.did);
    assert(since !== null && since < rev, `${since} is not before ${rev}`);
    if (last !== undefined) assertEquals(since, last.rev);
    assert(prevData !== undefined && prevData !== null);
    before.set(frame.did, { rev, data: String(prevData) });
  }
  assertEquals(before.size, OPTIONS.accounts);
});

Deno.test("World.next() has updates and deletes in the shares of the live network, and begins with profiles", () => {
  const ops = COMMITS.flatMap(({ ops }) => ops);
  const share = (action: string) => ops.filter((op) => op.action === action).length / ops.length;
  assert(share("delete") > 0.008 && share("delete") < 0.045, `deletes: ${share("delete")}`);
  assert(share("update") > 0.004 && share("update") < 0.03, `updates: ${share("update")}`);
  const first = FRAMES.slice(0, OPTIONS.accounts).map(({ ops }) => ops.map(({ path }) => path));
  assertEquals(first, first.map(() => ["app.bsky.actor.profile/self"]));
});

Deno.test("World.next() has other messages now and then: identities, accounts, syncs and old kinds", async () => {
  const others = FRAMES.filter(({ type }) => type !== "#commit");
  assert(others.length < 20, `${others.length} of ${FRAMES.length}`);
  assertEquals(new Set(others.map(({ type }) => type)), new Set(["#identity", "#account", "#handle", "#sync"]));
  for (const frame of others.filter(({ type }) => type === "#sync")) {
    const { blocks, commit } = await commitOf(frame);
    assertEquals([blocks.size, commit.did, commit.rev], [1, frame.did, bodyOf(frame).rev]);
  }
});

Deno.test("World.next() has frames as large as those of the live network", async () => {
  const { pastRecords: _, ...options } = OPTIONS;
  const { frames } = await make(options, 200);
  const sizes = frames.slice(50).map(({ bytes }) => bytes.length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert(mean > 3500 && mean < 7000, `${mean} bytes`);
});

Deno.test("World.nextOversize() makes a valid commit of a post with so many bytes of text, in its turn", async () => {
  const world = await createWorld({ ...OPTIONS, accounts: 2 });
  const before = await world.next();
  const frame = await world.nextOversize(1_100_000);
  const after = await world.next();
  assert(before.seq < frame.seq && frame.seq < after.seq);
  const [event] = await parseCommitUnauthenticated(bodyOf(frame));
  assert(event !== undefined && "record" in event);
  assertEquals((event as { record: { text?: unknown } }).record.text, "x".repeat(1_100_000));
});
