import { assert, assertEquals } from "@std/assert";
import { decodeFrame, isSequenced, type SequencedFrame } from "../../src/atproto/frame.ts";
import { KeyTable } from "../../src/memory/key_table.ts";
import { type FutureRev, REPO_ENTRY_WORDS, RepoMemory, repoTable, restoreRepo } from "../../src/memory/repo_memory.ts";
import { createNetwork, type Network } from "../../src/simulator/network.ts";
import { encodeMessage, type Lex } from "../../src/simulator/frames.ts";
import { mixOf, NETWORK_MIX } from "../../src/simulator/mix.ts";
import { tidOf } from "../../src/simulator/tid.ts";
import { commitMessage } from "../support/messages.ts";

const NOW = Date.UTC(2026, 6, 1, 12);
const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";

/** A revision, by its number. */
function rev(number: number): string {
  return tidOf(NOW - 1_000_000 + number, 0);
}

function frameIn(bytes: Uint8Array): SequencedFrame {
  const frame = decodeFrame(bytes);
  if (!isSequenced(frame)) throw new TypeError(`A frame with a number is wanted, got ${frame.kind}`);
  return frame;
}

/** What a memory says of messages, one after another: `new`, `repeat`, or the cause of a gap. */
class Followed {
  readonly future: FutureRev[] = [];
  readonly memory: RepoMemory;
  #seq = 0;

  constructor(table: KeyTable = repoTable(100, 1)) {
    this.memory = new RepoMemory(table, null, (future) => void this.future.push(future));
  }

  async commit(number: number, since: number | null, fields: Record<string, unknown> = {}): Promise<string> {
    const chain = { seq: ++this.#seq, rev: rev(number), since: since && rev(since) };
    return this.follow(await commitMessage([], { ...chain, ...fields }));
  }

  message(type: string, fields: Record<string, Lex>): string {
    return this.follow(encodeMessage(type, { seq: ++this.#seq, did: DID, time: "2026-07-01T12:00:00Z", ...fields }));
  }

  follow(bytes: Uint8Array): string {
    const followed = this.memory.follow(frameIn(bytes), "h", NOW);
    return typeof followed === "string" ? followed : followed.cause;
  }
}

Deno.test("RepoMemory says of each commit whether it is new, a repeat, or does not follow", async () => {
  const run = new Followed();
  assertEquals(await run.commit(5, 4), "new");
  assertEquals(await run.commit(6, 5), "new");
  assertEquals([await run.commit(6, 5), await run.commit(5, 4), await run.commit(3, 2)], [
    "repeat",
    "repeat",
    "repeat",
  ]);
  assertEquals(await run.commit(9, 8), "revision");
  assertEquals(await run.commit(10, 9), "new");
  assertEquals(await run.commit(12, 9), "revision");
  assertEquals(await run.commit(13, null), "new");
  assertEquals(await run.commit(14, 13), "new");
});

Deno.test("RepoMemory states the account, the last revision, and what the commit follows on", async () => {
  const { memory } = new Followed();
  memory.follow(frameIn(await commitMessage([], { seq: 1, rev: rev(1) })), "h", NOW);
  const gap = memory.follow(frameIn(await commitMessage([], { seq: 4, rev: rev(9), since: rev(8) })), "h", NOW);
  assertEquals(gap, {
    cause: "revision",
    did: DID,
    lastRev: rev(1),
    since: rev(8),
    rev: rev(9),
    seq: 4,
    time: "2026-07-01T12:00:00.123456Z",
  });
});

Deno.test("RepoMemory lets a #sync begin the chain anew, but one from before changes nothing that is known", async () => {
  const run = new Followed();
  assertEquals(await run.commit(5, 4), "new");
  assertEquals(run.message("#sync", { rev: rev(8), blocks: new Uint8Array() }), "new");
  assertEquals([await run.commit(7, 6), await run.commit(9, 8)], ["repeat", "new"]);
  // An account that comes back states what it had.
  assertEquals(run.message("#sync", { rev: rev(9), blocks: new Uint8Array() }), "new");
  assertEquals(run.message("#sync", { rev: rev(6), blocks: new Uint8Array() }), "new");
  assertEquals([await run.commit(9, 8), await run.commit(10, 6), await run.commit(12, 11)], [
    "repeat",
    "new",
    "revision",
  ]);
});

Deno.test("RepoMemory expects no chain over a time in which an account was away, or after it was deleted", async () => {
  for (const status of ["deactivated", "suspended", "something new"]) {
    const run = new Followed();
    await run.commit(5, 4);
    assertEquals(run.message("#account", { active: false, status }), "new");
    assertEquals(run.message("#account", { active: true }), "new");
    assertEquals([await run.commit(5, 4), await run.commit(9, 8), await run.commit(11, 10)], [
      "repeat",
      "new",
      "revision",
    ]);
  }
  const run = new Followed();
  await run.commit(5, 4);
  run.message("#account", { active: false, status: "deleted" });
  assertEquals([run.memory.size, await run.commit(2, 1)], [0, "new"]);
});

Deno.test("RepoMemory says nothing of what is new to it, of revisions that are none, and of other messages", async () => {
  const run = new Followed();
  assertEquals(run.message("#account", { active: true }), "new");
  assertEquals([await run.commit(5, 4), await run.commit(6, 5, { rev: "no TID" })], ["new", "new"]);
  assertEquals([await run.commit(9, 8), run.message("#identity", {}), run.message("#x", {})], ["new", "new", "new"]);
  assertEquals(await run.commit(20, 19, { repo: "did:web:example.com" }), "new");
  assertEquals(await run.commit(22, 21, { repo: "did:web:example.com" }), "revision");
  assertEquals(run.memory.size, 2);
});

Deno.test("RepoMemory reports a revision that is more than five minutes ahead of the clock, and follows it", async () => {
  const run = new Followed();
  const ahead = (ms: number) => ({ rev: tidOf(NOW + ms, 0) });
  await run.commit(0, null, ahead(299_000));
  assertEquals(run.future, []);
  assertEquals(await run.commit(0, null, ahead(301_000)), "new");
  assertEquals(run.future.map(({ did, aheadMs }) => [did, Math.round(aheadMs)]), [[DID, 301_000]]);
  assertEquals(await run.commit(5, 4), "repeat");
});

Deno.test("RepoMemory remembers so many accounts, those that were quiet for longest not", async () => {
  const run = new Followed(repoTable(2, 1));
  const of = (name: string) => ({ repo: `did:web:${name}` });
  for (const name of ["a", "b", "c"]) await run.commit(1, null, of(name));
  assertEquals([await run.commit(9, 8, of("a")), await run.commit(9, 8, of("c")), run.memory.size], [
    "new",
    "revision",
    2,
  ]);
});

Deno.test("restoreRepo() makes of what was logged the memory that logged it", async () => {
  const table = repoTable(10, 1);
  const logged: Uint32Array[] = [];
  const log = {
    reach: () => {},
    add: (words: Uint32Array, at: number) => void logged.push(words.slice(at, at + REPO_ENTRY_WORDS)),
  };
  const memory = new RepoMemory(table, log, () => {});
  const say = (bytes: Uint8Array) => memory.follow(frameIn(bytes), "h", NOW);
  for (const [number, repo] of [[1, "did:web:a"], [2, DID], [3, "did:web:b"], [4, DID]] as const) {
    say(await commitMessage([], { seq: number, repo, rev: rev(number) }));
  }
  say(encodeMessage("#account", { seq: 5, did: "did:web:b", time: "", active: false, status: "deleted" }));
  const restored = repoTable(10, 99);
  for (const words of logged) restoreRepo(restored, words, 0);
  const again = new Followed(restored);
  assertEquals([restored.size, logged.length], [2, 5]);
  assertEquals([await again.commit(4, 2), await again.commit(9, 8)], ["repeat", "revision"]);
  assertEquals(await again.commit(9, 8, { repo: "did:web:b" }), "new");
});

/** What a memory says of messages of a network, by the sequence numbers. */
async function follow(network: Network, count: number): Promise<Map<number, string>> {
  const { memory } = new Followed(repoTable(1000, 5));
  const said = new Map<number, string>();
  for (let i = 0; i < count; i++) {
    const frame = await network.next();
    const followed = memory.follow(frameIn(frame.bytes), "h", NOW);
    if (followed !== "new") said.set(frame.seq, typeof followed === "string" ? followed : followed.cause);
  }
  return said;
}

const NETWORK = {
  seed: 4,
  accounts: 30,
  pastRecords: 20,
  firstSeq: 31_500_000_000,
  startMs: NOW - 1_000_000,
  stepMs: 5,
} as const;

Deno.test("RepoMemory raises no alarm in a network where nothing is lost", async () => {
  const mix = { ...NETWORK_MIX, identity: 5, account: 20, sync: 20, reset: 10, delete: 10 };
  assertEquals(await follow(await createNetwork({ ...NETWORK, mix }), 700), new Map());
});

Deno.test("RepoMemory finds every commit that the network lost, and every one that it repeats", async () => {
  const mix = mixOf({ like: 60, post: 20, "broken-chain": 10, "repeated-commit": 10 });
  const network = await createNetwork({ ...NETWORK, mix, keepsRecords: true });
  const said = await follow(network, 700);
  const words = [...said.values()];
  const lost = [...network.live().accounts.values()].filter(({ lostSeq }) => lostSeq !== null);
  // The network knows of the last loss of each account, which the memory must have found among others.
  for (const { lostSeq } of lost) assertEquals(said.get(lostSeq ?? 0), "revision");
  assert(lost.length > 10, `${lost.length}`);
  const count = (word: string) => words.filter((each) => each === word).length;
  assert(count("revision") > 40 && count("repeat") > 40 && count("data") === 0, JSON.stringify(count("revision")));
});
