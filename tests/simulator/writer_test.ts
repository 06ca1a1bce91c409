import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { Account, makePast, type Write } from "../../src/simulator/account.ts";
import { mixOf, NETWORK_MIX, type Operation, OPERATIONS } from "../../src/simulator/mix.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { type Moment, Timeline } from "../../src/simulator/timeline.ts";
import { Writer } from "../../src/simulator/writer.ts";

const START_MS = Date.UTC(2026, 0, 1);

async function prepare(pastRecords: number, mix = NETWORK_MIX) {
  const random = createRandom(1);
  const past = await makePast(pastRecords, START_MS, random);
  const account = await Account.create(0, random, past);
  const writer = new Writer(mix, random, past, await cidForLex({ blob: 1 }));
  const timeline = new Timeline({ firstSeq: 0, startMs: START_MS, stepMs: 5 }, random);
  const commit = async (make: (moment: Moment) => Write[]) => {
    const moment = timeline.advance();
    const writes = make(moment);
    const { ops } = await account.commit(writes, moment.rev);
    writer.remember(account, ops);
    return writes;
  };
  return { account, writer, past, commit };
}

Deno.test("Writer.writes() does what it is asked first, each path once in a commit, and many things now and then", async () => {
  const { account, writer, commit } = await prepare(100);
  const sizes: number[] = [];
  for (const operation of Object.keys(OPERATIONS) as Operation[]) {
    for (let i = 0; i < 40; i++) {
      const [first, ...more] = await commit((moment) => writer.writes(operation, account, moment));
      assert(first !== undefined);
      assertEquals(new Set([first, ...more].map(({ path }) => path)).size, 1 + more.length);
      sizes.push(1 + more.length);
      if (operation === "update" || operation === "delete") assertEquals(first.action, operation);
      else if (operation === "profile") assertEquals(first.path, "app.bsky.actor.profile/self");
      else if (operation !== "foreign") assert(first.path.startsWith("app.bsky.") && first.path.includes(operation));
    }
  }
  assert(
    sizes.some((size) => size > 5) && sizes.filter((size) => size === 1).length > sizes.length * 0.9,
    sizes.join(),
  );
});

Deno.test("Writer.writes() deletes records of before and of the stream until none is left, then likes", async () => {
  const { account, writer, past, commit } = await prepare(20, mixOf({ delete: 1 }));
  await commit((moment) =>
    Array.from({ length: 20 }, (_, i) => writer.writes("post", account, { ...moment, keyAt: () => moment.keyAt(i) })[0])
      .filter((write) => write !== undefined)
  );
  const deleted = new Set<string>();
  let liked = 0;
  for (let i = 0; i < 60; i++) {
    for (const { action, path } of await commit((moment) => writer.writes("delete", account, moment))) {
      if (action === "delete") deleted.add(path);
      else liked++;
    }
  }
  assert([...past.paths].every((path) => deleted.has(path)));
  assert([...deleted].some((path) => path.startsWith("app.bsky.feed.post/") && !past.paths.has(path)));
  assert(liked > 0);
});

Deno.test("Writer.deletes() are of different records, and of no more than there are", async () => {
  const { account, writer } = await prepare(3);
  assertEquals(new Set(writer.deletes(account, 2).map(({ path }) => path)).size, 2);
  assertEquals(writer.deletes(account, 50).length, 3);
  assertEquals((await prepare(0)).writer.deletes((await prepare(0)).account, 5), []);
});

Deno.test("Writer.writes() refers to what was written", async () => {
  const { account, writer, commit } = await prepare(0);
  await commit((moment) => [writer.profile(account, moment)]);
  const [post] = await commit((moment) => writer.writes("post", account, moment));
  const [like] = await commit((moment) => writer.writes("like", account, moment));
  const [follow] = await commit((moment) => writer.writes("follow", account, moment));
  const { uri } = like?.record?.["subject"] as { uri: string };
  assertEquals(uri, `at://${account.did}/${post?.path}`);
  assertEquals(follow?.record?.["subject"], account.did);
});
