import { assert, assertEquals } from "@std/assert";
import { decodeAll } from "@atproto/lex-cbor";
import { Account, makePast } from "../../src/simulator/account.ts";
import { commitFrame, messageFrame, syncFrame } from "../../src/simulator/messages.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { Timeline } from "../../src/simulator/timeline.ts";
import type { SimulatedFrame } from "../../src/simulator/messages.ts";

const OPTIONS = { firstSeq: 2 ** 33, startMs: Date.UTC(2026, 0, 1), stepMs: 5 };
const RANDOM = createRandom(1);
const MOMENT = new Timeline(OPTIONS, RANDOM).advance();
const ACCOUNT = await Account.create(0, RANDOM, await makePast(5, OPTIONS.startMs, RANDOM));
const { did } = ACCOUNT;
const COMMIT = await ACCOUNT.commit([{ action: "create", path: "a.b.c/1", record: { text: "x" } }], MOMENT.rev);

function decoded({ bytes }: SimulatedFrame): [unknown, Record<string, unknown>] {
  const [header, body] = [...decodeAll(bytes)];
  return [header, body as Record<string, unknown>];
}

Deno.test("commitFrame() has every field of a commit, with prev where there was a record alone", () => {
  const frame = commitFrame(did, COMMIT, MOMENT);
  const [header, { ops, blocks, commit, ...body }] = decoded(frame);
  assertEquals(header, { op: 1, t: "#commit" });
  assertEquals(ops, COMMIT.ops.map(({ action, path, cid }) => ({ action, path, cid })) as unknown);
  assertEquals([blocks, String(commit)], [COMMIT.blocks, COMMIT.cid.toString()] as unknown[]);
  const { seq, time, rev } = MOMENT;
  const { since, prevData } = COMMIT;
  assertEquals<unknown>(body, { seq, time, rev, repo: did, since, prevData, rebase: false, tooBig: false, blobs: [] });
  assertEquals([frame.seq, frame.type, frame.rev, frame.ops.length], [seq, "#commit", rev, 1]);
});

Deno.test("syncFrame() has the commit block alone, and messageFrame() what it is given", () => {
  const { seq, time, rev } = MOMENT;
  const sync = syncFrame(did, COMMIT, MOMENT);
  assertEquals<unknown>(decoded(sync), [{ op: 1, t: "#sync" }, { seq, did, time, rev, blocks: COMMIT.commitBlock }]);
  assert(COMMIT.commitBlock.length < COMMIT.blocks.length && sync.rev === rev);
  const account = messageFrame("#account", did, { active: true }, MOMENT);
  assertEquals<unknown>(decoded(account), [{ op: 1, t: "#account" }, { seq, did, time, active: true }]);
  assertEquals([account.rev, account.ops], [null, []]);
});
