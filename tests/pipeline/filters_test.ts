import { assertEquals } from "@std/assert";
import type { FilterReason } from "../../src/filter/drops.ts";
import { accountFilter, type AccountRules } from "../../src/filter/accounts.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { DidSet } from "../../src/filter/dids.ts";
import { type Selection, UNFILTERED } from "../../src/filter/filter.ts";
import { postFilter } from "../../src/filter/posts.ts";
import { isInShard } from "../../src/filter/shard.ts";
import { commitMessage, type MadeOp } from "../support/messages.ts";
import { firehoseOf, PipelineRun } from "../support/pipeline.ts";

const [WANTED, OTHER] = ["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "did:web:other.example"];
const POST = "app.bsky.feed.post";
const LIKE = "app.bsky.feed.like";
const utf8 = new TextEncoder();

/** A filter, and an operation that it leaves out. */
interface Case {
  readonly name: string;
  readonly reason: FilterReason | "sampled";
  readonly selection: Partial<Selection>;
  /** Without a block unless it has to be read: whoever looks for it, rejects the operation. */
  readonly left: MadeOp & { readonly repo?: string };
}

function accounts(rules: Partial<AccountRules>): Partial<Selection> {
  return { accounts: accountFilter({ shard: null, dids: null, excludeDids: null, ...rules }) };
}

const shardOf = (did: string) =>
  [0, 1].find((index) => isInShard(utf8.encode(did), 0, did.length, { index, count: 2 }));
const inOtherShard = Array.from({ length: 20 }, (_, i) => `did:web:a${i}.example`)
  .find((did) => shardOf(did) !== shardOf(WANTED)) ?? "";
const unseen = { path: `${POST}/left`, missing: true };

const CASES: readonly Case[] = [
  {
    name: "shards",
    reason: "shard",
    selection: accounts({ shard: { index: shardOf(WANTED) ?? 0, count: 2 } }),
    left: { ...unseen, repo: inOtherShard },
  },
  {
    name: "wanted accounts",
    reason: "did",
    selection: accounts({ dids: new DidSet([WANTED]) }),
    left: { ...unseen, repo: OTHER },
  },
  {
    name: "excluded accounts",
    reason: "did",
    selection: accounts({ excludeDids: new DidSet([OTHER]) }),
    left: { ...unseen, repo: OTHER },
  },
  { name: "deletes", reason: "delete", selection: {}, left: { path: `${POST}/left`, action: "delete" } },
  { name: "unknown actions", reason: "action", selection: {}, left: { ...unseen, action: "rename" } },
  { name: "collections", reason: "collection", selection: {}, left: { ...unseen, path: `${LIKE}/left` } },
  {
    name: "samples",
    reason: "sampled",
    selection: { collections: rulesOf([POST, LIKE]), sampleRates: { rest: 1, of: [[LIKE, 0]] } },
    left: { ...unseen, path: `${LIKE}/left` },
  },
  {
    name: "replies",
    reason: "reply",
    selection: { posts: postFilter({ langs: null, posts: "root" }) },
    left: { path: `${POST}/left`, record: { langs: ["en"], reply: { parent: { uri: `at://${OTHER}/${POST}/1` } } } },
  },
  {
    name: "languages",
    reason: "language",
    selection: { posts: postFilter({ langs: ["en"], posts: "all" }) },
    left: { path: `${POST}/left`, record: { langs: ["de"] } },
  },
];

for (const { name, reason, selection, left } of CASES) {
  Deno.test(`run() looks for no block of what a filter leaves out, counts it, and the cursor passes it: ${name}`, async () => {
    const { repo = WANTED, ...op } = left;
    const commit = async (seq: number, ops: readonly MadeOp[], did: string) => ({
      seq,
      bytes: await commitMessage(ops, { seq, repo: did }),
    });
    const stream = [
      await commit(1, [op], repo),
      await commit(2, [{ path: `${POST}/kept`, record: { langs: ["en"] } }], WANTED),
      await commit(3, [op], repo),
    ];
    await using run = new PipelineRun(firehoseOf(stream), {
      selection: { ...UNFILTERED, collections: rulesOf([POST]), ...selection },
    });
    run.sink.outcome = "delivered";
    await run.until("the last message", () => run.cursors.last === 3);
    assertEquals(run.sink.written, [`at://${WANTED}/${POST}/kept`]);
    assertEquals(run.count("rejected"), 0);
    const { operations, filtered, sampledOut } = run.operations;
    const dropped = Object.entries(filtered).filter(([, count]) => count > 0);
    assertEquals(dropped, reason === "sampled" ? [] : [[reason, 2]]);
    assertEquals([operations, sampledOut], [3, reason === "sampled" ? 2 : 0]);
  });
}

Deno.test("run() leaves out writes where deletes alone are wanted, and the cursor passes them", async () => {
  const ops = [{ path: `${POST}/left`, missing: true }, { path: `${POST}/gone`, action: "delete" }];
  const stream = [{ seq: 1, bytes: await commitMessage(ops, { seq: 1, repo: WANTED }) }];
  await using run = new PipelineRun(firehoseOf(stream), {
    selection: { ...UNFILTERED, collections: rulesOf([POST]), events: ["deletes"] },
  });
  run.sink.outcome = "delivered";
  await run.until("the last message", () => run.cursors.last === 1);
  assertEquals([run.sink.written, run.count("rejected")], [[`at://${WANTED}/${POST}/gone`], 0]);
  assertEquals([run.operations.operations, run.operations.filtered.write], [2, 1]);
});
