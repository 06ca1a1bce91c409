import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { MemoryBlockstore, MST } from "@atproto/repo";
import { parseCommitUnauthenticated } from "@atproto/sync";
import { type Mix, mixOf, NETWORK_MIX } from "../../src/simulator/mix.ts";
import { createNetwork, type Network, type NetworkOptions } from "../../src/simulator/network.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";
import { assertInvertible, assertSigned, assertVerified, bodyOf, commitOf } from "../support/simulated_commits.ts";

const OPTIONS = {
  seed: 1,
  accounts: 6,
  pastRecords: 40,
  firstSeq: 31_500_000_000,
  startMs: Date.UTC(2026, 0, 1),
  stepMs: 5,
  keepsRecords: true,
};

/** Everything often enough for a short stream, and nothing lost. */
const WHOLE: Mix = {
  ...NETWORK_MIX,
  like: 20,
  foreign: 20,
  profile: 3,
  update: 12,
  delete: 20,
  identity: 4,
  account: 8,
  sync: 4,
  unknown: 3,
};

async function make(
  mix: Mix,
  count: number,
  options: Partial<NetworkOptions> = {},
): Promise<{ network: Network; frames: SimulatedFrame[] }> {
  const network = await createNetwork({ ...OPTIONS, mix, ...options });
  const frames: SimulatedFrame[] = [];
  for (let i = 0; i < count; i++) frames.push(await network.next());
  return { network, frames };
}

const { network: NETWORK, frames: FRAMES } = await make(WHOLE, 500);

/** What a consumer has that folds every message: records by AT-URI, and erases accounts as it is told. */
function fold(frames: readonly SimulatedFrame[]): Map<string, string> {
  const records = new Map<string, string>();
  for (const frame of frames) {
    for (const { path, cid } of frame.ops) {
      if (cid === null) records.delete(`at://${frame.did}/${path}`);
      else records.set(`at://${frame.did}/${path}`, cid.toString());
    }
    const { status } = frame.type === "#account" ? accountOf(frame) : {};
    if (status !== "deleted" && status !== "takendown") continue;
    for (const uri of records.keys()) if (uri.startsWith(`at://${frame.did}/`)) records.delete(uri);
  }
  return records;
}

function accountOf(frame: SimulatedFrame): { active: boolean; status?: string } {
  return bodyOf(frame) as unknown as { active: boolean; status?: string };
}

/** What such a consumer should have, by what there is. */
function expected(network: Network): Map<string, string> {
  const { records, accounts } = network.live();
  return new Map(
    [...records].flatMap(([uri, { cid, seq }]) => {
      const erasedSeq = accounts.get(uri.slice("at://".length, uri.indexOf("/", 5)))?.erasedSeq ?? 0;
      return seq !== null && seq > erasedSeq ? [[uri, cid.toString()] as const] : [];
    }),
  );
}

/** Asserts that what exists makes the trees whose roots each account's last commit or sync has stated. */
async function assertRoots(network: Network, frames: readonly SimulatedFrame[]): Promise<void> {
  const { accounts, records } = network.live();
  const trees = new Map<string, MST>();
  const stated = new Map<string, string>();
  const revs = new Map<string, string>();
  for (const frame of frames) {
    // A repeated commit states what was.
    if (frame.rev === null || frame.rev <= (revs.get(frame.did) ?? "")) continue;
    if (accounts.get(frame.did)?.status === "deleted") continue;
    revs.set(frame.did, frame.rev);
    trees.set(frame.did, await MST.create(new MemoryBlockstore()));
    stated.set(frame.did, String((await commitOf(frame)).commit.data));
  }
  for (const [uri, { cid }] of records) {
    const [, , did = "", ...path] = uri.split("/");
    const tree = trees.get(did);
    if (tree !== undefined) trees.set(did, await tree.add(path.join("/"), cid));
  }
  const roots = new Map<string, string>();
  for (const [did, tree] of trees) roots.set(did, String(await tree.getPointer()));
  assertEquals(roots, stated);
}

function keysOf(network: Network): Map<string, string> {
  return new Map(network.accounts.map(({ did, keypair }) => [did, keypair.did()]));
}

function commits(frames: readonly SimulatedFrame[]): SimulatedFrame[] {
  return frames.filter(({ type }) => type === "#commit");
}

Deno.test("Network.next() makes the same messages for the same seed, byte for byte, and others for another", async () => {
  const { frames: again } = await make(WHOLE, 100, { keepsRecords: false });
  assertEquals(again.map(({ bytes }) => bytes), FRAMES.slice(0, 100).map(({ bytes }) => bytes));
  const { frames: other } = await make(WHOLE, 2, { seed: 2 });
  assertNotEquals(other[0]?.bytes, FRAMES[0]?.bytes);
});

Deno.test("Network.next() makes commits that the reference library verifies and reads as they were meant", async () => {
  const keys = keysOf(NETWORK);
  let records = 0;
  for (const frame of commits(FRAMES)) {
    records += await assertVerified(frame, keys.get(frame.did) ?? "");
    await assertInvertible(frame);
  }
  assert(records > 400, `${records} records`);
});

Deno.test("Network.next() begins with profiles, and does to records of every type all that can be done", () => {
  assertEquals(FRAMES.slice(0, 6).map(({ ops }) => ops.map(({ path }) => path)).flat(), [
    ...Array.from({ length: 6 }, () => "app.bsky.actor.profile/self"),
  ]);
  const seen = new Set<string>();
  const done = new Map<string, Set<string>>();
  let unseen = 0;
  for (const { did, ops } of commits(FRAMES)) {
    for (const { action, path, prev } of ops) {
      const [collection = ""] = path.split("/");
      done.set(collection, (done.get(collection) ?? new Set()).add(action));
      assertEquals(prev === null, action === "create", path);
      if (action === "delete" && !seen.has(`${did}/${path}`)) unseen++;
      seen.add(`${did}/${path}`);
    }
  }
  for (const name of ["feed.like", "feed.post", "feed.repost", "actor.profile"]) {
    assertEquals([...done.get(`app.bsky.${name}`) ?? []].sort(), ["create", "delete", "update"], name);
  }
  const foreign = [...done].filter(([collection]) => !collection.startsWith("app.bsky."));
  assertEquals(foreign.length, 5, String(foreign));
  assertEquals(new Set(foreign.flatMap(([, actions]) => [...actions])), new Set(["create", "delete", "update"]));
  const deletes = commits(FRAMES).flatMap(({ ops }) => ops).filter(({ action }) => action === "delete").length;
  assert(unseen > deletes / 5 && unseen < deletes, `${unseen} of ${deletes} deletes are of records never seen`);
});

Deno.test("Network.next() gives each account commits that follow one another, and #sync its place among them", async () => {
  const last = new Map<string, { rev: string; data: string }>();
  let syncs = 0;
  for (const frame of FRAMES.filter(({ rev }) => rev !== null)) {
    const { commit } = await commitOf(frame);
    assertEquals([commit.did, commit.rev], [frame.did, frame.rev]);
    const before = last.get(frame.did);
    last.set(frame.did, { rev: commit.rev, data: String(commit.data) });
    if (frame.type === "#sync") {
      await assertSigned(frame, keysOf(NETWORK).get(frame.did) ?? "");
      assert(before === undefined || (before.rev < commit.rev && before.data === String(commit.data)));
      syncs++;
    } else if (before !== undefined) {
      const { since, prevData } = bodyOf(frame);
      assertEquals([since, String(prevData)], [before.rev, before.data]);
    }
  }
  assert(syncs > 5, `${syncs} syncs`);
});

Deno.test("Network.next() keeps accounts silent that are not active, and deleted ones for ever", () => {
  const status = new Map<string, { active: boolean; status?: string }>();
  const seen = new Set<string>();
  let returned = 0;
  for (const frame of FRAMES) {
    const before = status.get(frame.did);
    assert(before?.status !== "deleted", `${frame.type} of a deleted account`);
    if (frame.rev !== null) assert(before?.active !== false, `${frame.type} of an account that is ${before?.status}`);
    if (frame.type !== "#account") continue;
    const now = accountOf(frame);
    if (before?.active === false && now.active) returned++;
    status.set(frame.did, now);
    seen.add(`${now.active} ${now.status}`);
  }
  assert(returned > 5, `${returned} came back`);
  for (const wanted of ["deactivated", "deleted", "takendown", "suspended"]) {
    assert(seen.has(`false ${wanted}`), wanted);
  }
  assert(seen.has("false quarantined") || seen.has("true under-review"), [...seen].join());
  // For each that is deleted another one comes.
  const gone = [...status.values()].filter((each) => each.status === "deleted").length;
  assertEquals(NETWORK.accounts.length, OPTIONS.accounts + gone);
});

Deno.test("Network.next() changes handles, and leaves them out of some #identity messages", () => {
  const identities = FRAMES.filter(({ type }) => type === "#identity");
  const handles = identities.map((frame) => (bodyOf(frame) as unknown as { handle?: string }).handle);
  assert(handles.includes(undefined), "none without a handle");
  const last = new Map(identities.map((frame, i) => [frame.did, handles[i]] as const).filter(([, handle]) => handle));
  assert(last.size > 3);
  for (const [did, handle] of last) assertEquals(NETWORK.live().accounts.get(did)?.handle, handle);
  assertEquals(new Set(handles).size > 6, true);
  const types = new Set(FRAMES.map(({ type }) => type));
  assertEquals([...types].sort(), ["#account", "#commit", "#example", "#handle", "#identity", "#migrate", "#sync"]);
});

Deno.test("Network.live() is what the repositories have, and what a consumer has that folds all messages", async () => {
  assertEquals(fold(FRAMES), expected(NETWORK));
  await assertRoots(NETWORK, FRAMES);
  const { records, accounts } = NETWORK.live();
  assertEquals([...accounts.keys()], NETWORK.accounts.map(({ did }) => did));
  assert([...records.values()].some(({ seq }) => seq === null), "nothing of the past");
  const values = new Map(commits(FRAMES).flatMap(({ ops }) => ops.map(({ cid, record }) => [cid?.toString(), record])));
  for (const { cid, value, seq } of records.values()) if (seq !== null) assertEquals(value, values.get(cid.toString()));
  for (const frame of FRAMES.filter(({ type }) => type === "#account")) {
    const now = accountOf(frame);
    const isLast = FRAMES.findLast(({ type, did }) => type === "#account" && did === frame.did) === frame;
    const { active, status } = accounts.get(frame.did) ?? {};
    if (isLast) assertEquals([active, status], [now.active, now.status ?? null]);
  }
});

Deno.test("Network.live() needs keepsRecords", async () => {
  const { network } = await make(WHOLE, 1, { keepsRecords: false });
  assertThrows(() => network.live(), TypeError, "without keepsRecords");
});

Deno.test("Network.next() breaks chains and resets repositories if asked, and says which accounts that concerns", async () => {
  const { network, frames } = await make({ ...WHOLE, "broken-chain": 8, reset: 8 }, 250);
  const keys = keysOf(network);
  const last = new Map<string, { rev: string; data: string }>();
  const lost = new Map<string, number>();
  for (const frame of frames.filter(({ rev }) => rev !== null)) {
    const { commit } = await commitOf(frame);
    const before = last.get(frame.did);
    last.set(frame.did, { rev: commit.rev, data: String(commit.data) });
    if (frame.type === "#sync") {
      await assertSigned(frame, keys.get(frame.did) ?? "");
      if (before !== undefined && before.data !== String(commit.data)) lost.set(frame.did, frame.seq);
    } else {
      await assertVerified(frame, keys.get(frame.did) ?? "");
      await assertInvertible(frame);
      const { since, prevData } = bodyOf(frame);
      if (before !== undefined && since !== before.rev) {
        assertNotEquals(String(prevData), before.data);
        assert(since !== null && since > before.rev);
        lost.set(frame.did, frame.seq);
      }
    }
  }
  const { accounts, records } = network.live();
  assert(lost.size > 3, `${lost.size} accounts`);
  assertEquals(
    new Map([...accounts].flatMap(([did, { lostSeq }]) => lostSeq === null ? [] : [[did, lostSeq] as const])),
    new Map([...accounts.keys()].flatMap((did) => lost.has(did) ? [[did, lost.get(did) ?? 0] as const] : [])),
  );
  await assertRoots(network, frames);
  const isWhole = (uri: string) => !lost.has(uri.split("/")[2] ?? "");
  const whole = (of: Map<string, string>) => new Map([...of].filter(([uri]) => isWhole(uri)));
  assertEquals(whole(fold(frames)), whole(expected(network)));
  assert(records.size > 0);
});

Deno.test("Network.next() repeats commits if asked: the same but for the sequence number", async () => {
  const { network, frames } = await make({ ...WHOLE, "repeated-commit": 20 }, 150);
  const first = new Map<string, SimulatedFrame>();
  let repeated = 0;
  for (const frame of commits(frames)) {
    const before = first.get(frame.rev ?? "");
    first.set(frame.rev ?? "", before ?? frame);
    if (before === undefined) continue;
    assert(before.seq < frame.seq);
    assertEquals({ ...bodyOf(frame), seq: 0 }, { ...bodyOf(before), seq: 0 });
    await assertVerified(frame, keysOf(network).get(frame.did) ?? "");
    repeated++;
  }
  assert(repeated > 10, `${repeated} repeated`);
});

Deno.test("Network.next() goes on whatever the mix, even with one account and nothing to delete", async () => {
  for (const mix of [{ delete: 1 }, { account: 1 }, { update: 1, reset: 1 }, { "repeated-commit": 1 }, { sync: 1 }]) {
    const { network, frames } = await make(mixOf(mix), 60, { accounts: 1, pastRecords: 5 });
    assertEquals(new Set(frames.map(({ seq }) => seq)).size, 60);
    await assertRoots(network, frames);
  }
});

Deno.test("Network.nextOversize() makes a valid commit of a post with so many bytes of text, in its turn", async () => {
  const { network, frames: [before] } = await make(WHOLE, 1);
  const frame = await network.nextOversize(1_100_000);
  const after = await network.next();
  assert(before !== undefined && before.seq < frame.seq && frame.seq < after.seq);
  const [event] = await parseCommitUnauthenticated(bodyOf(frame));
  assert(event !== undefined && "record" in event);
  assertEquals((event as { record: { text?: unknown } }).record.text, "x".repeat(1_100_000));
});
