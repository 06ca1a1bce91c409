import { assert, assertEquals, assertRejects } from "@std/assert";
import { MemoryBlockstore, MST, readCarWithRoot, verifyCommitSig } from "@atproto/repo";
import { decodeAll } from "@atproto/lex-cbor";
import { Account, makePast } from "../../src/simulator/account.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { tidOf } from "../../src/simulator/tid.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const PAST = await makePast(50, NOW_MS, createRandom(1));

Deno.test("Account.create() makes DIDs and keys of every kind in use, each its own", async () => {
  const random = createRandom(2);
  const accounts = [];
  for (let i = 0; i < 20; i++) accounts.push(await Account.create(i, random, PAST));
  const dids = accounts.map(({ did }) => did);
  assertEquals(dids.filter((did) => /^did:web:account\d+\.example\.com$/.test(did)).length, 2);
  assertEquals(dids.filter((did) => /^did:plc:[a-z2-7]{24}$/.test(did)).length, 18);
  assertEquals(accounts.filter(({ keypair }) => keypair.jwtAlg === "ES256").length, 2);
  assertEquals(new Set(accounts.map(({ keypair }) => keypair.did())).size, 20);
  assertEquals(new Set(dids).size, 20);
});

Deno.test("Account.commit() signs creates, updates and deletes, and says what was before", async () => {
  const account = await Account.create(7, createRandom(3), PAST);
  const path = "app.bsky.feed.post/1";
  const record = (text: string) => ({ $type: "app.bsky.feed.post", text });
  const commits = [
    await account.commit([{ action: "create", path, record: record("a") }], tidOf(NOW_MS, 1)),
    await account.commit([{ action: "update", path, record: record("b") }], tidOf(NOW_MS, 2)),
    await account.commit([{ action: "delete", path, record: null }], tidOf(NOW_MS, 3)),
  ];
  const cids = commits.map(({ ops }) => ops[0]?.cid?.toString() ?? null);
  assertEquals(commits.map(({ ops }) => ops[0]?.prev?.toString() ?? null), [null, cids[0], cids[1]] as unknown[]);
  assertEquals([cids[2], account.records.size], [null, 0]);
  assertEquals(commits.map(({ since }) => since), [PAST.rev, commits[0]?.rev, commits[1]?.rev] as unknown[]);
  // What was created and deleted leaves the tree of the past.
  assertEquals(String(commits[0]?.prevData), String(PAST.data));
  for (const { blocks, cid, rev } of commits) {
    const { root, blocks: held } = await readCarWithRoot(blocks);
    assertEquals(root.toString(), cid.toString());
    const [commit] = [...decodeAll(held.get(root) ?? new Uint8Array())];
    assert(await verifyCommitSig(commit as Parameters<typeof verifyCommitSig>[0], account.keypair.did()));
    assertEquals((commit as { rev: string }).rev, rev);
  }
  const [last] = [...decodeAll(
    (await readCarWithRoot(commits[2]?.blocks ?? new Uint8Array())).blocks.get(
      commits[2]?.cid as never,
    ) ?? new Uint8Array(),
  )];
  assertEquals(String((last as { data: unknown }).data), String(PAST.data));
});

Deno.test("Account.commit() updates and deletes records of the past, each of which says what was", async () => {
  const account = await Account.create(1, createRandom(4), PAST);
  const [updated = "", deleted = ""] = PAST.paths;
  const writes = [{ action: "update", path: updated, record: { text: "new" } }, {
    action: "delete",
    path: deleted,
    record: null,
  }] as const;
  const { ops } = await account.commit(writes, tidOf(NOW_MS, 1));
  assertEquals(ops.map(({ prev }) => String(prev)), [String(PAST.cid), String(PAST.cid)]);
  assertEquals([account.hasPast(updated), account.hasPast(deleted)], [false, false]);
  assertEquals([await account.cidAt(updated), await account.cidAt(deleted)].map(String), [String(ops[0]?.cid), "null"]);
  assertEquals(PAST.paths.size, 50);
});

Deno.test("Account.commit() makes the same tree after everything was deleted as with nothing before", async () => {
  const past = await makePast(0, NOW_MS, createRandom(1));
  const account = await Account.create(1, createRandom(4), past);
  const write = async (action: "create" | "delete", numbers: readonly number[], rev: number) => {
    const record = action === "delete" ? null : { text: "x" };
    const writes = numbers.map((number) => ({ action, path: `a.b.c/${number}`, record }));
    return await account.commit(writes, tidOf(NOW_MS, rev));
  };
  const numbers = Array.from({ length: 40 }, (_, i) => i);
  await write("create", numbers, 1);
  await write("delete", numbers, 2);
  for (const number of numbers.slice(0, 10)) {
    const { ops: [created] } = await write("create", [number], 3 + 2 * number);
    const { prevData } = await write("delete", [number], 4 + 2 * number);
    assert(created !== undefined && created.cid !== null);
    const alone = await (await MST.create(new MemoryBlockstore())).add(created.path, created.cid);
    assertEquals(String(prevData), String(await alone.getPointer()));
  }
});

Deno.test("Account.erase() ends an account: nothing can be written any more", async () => {
  const account = await Account.create(2, createRandom(5), PAST);
  account.erase();
  await assertRejects(() => account.commit([], tidOf(NOW_MS, 1)), TypeError, "is deleted");
});

Deno.test("makePast() ends before the stream begins", () => {
  assert(PAST.rev < tidOf(NOW_MS, 0), PAST.rev);
});
