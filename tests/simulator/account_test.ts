import { assert, assertEquals } from "@std/assert";
import { readCarWithRoot, verifyCommitSig } from "@atproto/repo";
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

Deno.test("makePast() ends before the stream begins", () => {
  assert(PAST.rev < tidOf(NOW_MS, 0), PAST.rev);
});
