import { assert, assertEquals } from "@std/assert";
import { accountFilter } from "../../src/filter/accounts.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { DidSet } from "../../src/filter/dids.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { serve } from "../../src/simulator/server.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun, ScriptedProducer } from "../support/pipeline.ts";

const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const LIKE = "app.bsky.feed.like";
const LIKES = { ...UNFILTERED, collections: rulesOf([LIKE]) };

/** A usual commit with one like under the number `seq`. */
async function like(seq: number, repo = DID) {
  const record = { subject: { uri: "at://x", cid: "y" }, createdAt: "z" };
  return { seq, bytes: await commitMessage([{ path: `${LIKE}/${seq}`, record }], { seq, repo }) };
}

function identity(seq: number) {
  return { seq, bytes: encodeMessage("#identity", { seq, did: DID, time: "2026-07-01T12:00:00Z" }) };
}

/** Delivers all that the run holds but the record at `place`, which is what the test is about. */
function deliverAllBut(run: PipelineRun, place: number): void {
  while (run.sink.held.length > place + 1) run.sink.settle(place + 1, "delivered");
  for (let left = place; left > 0; left--) run.sink.settle(0, "delivered");
}

Deno.test("run() shares no ticket past a gap: the cursor waits before it for its event", async () => {
  // The relay counts anew behind the 6.
  const messages = await Promise.all([5, 6, 3, 4].map((seq) => like(seq)));
  await using run = new PipelineRun(firehoseOf(messages), { shutdownTimeoutMs: 50 });
  await run.until("all records", () => run.sink.held.length === 5);
  assertEquals(run.sink.written.map((uri) => uri.startsWith("gap/")), [false, false, true, false, false]);
  deliverAllBut(run, 2);
  await run.until("the frames before the gap", () => run.cursors.last === 6);
  await run.ticks(5);
  assertEquals(run.cursors.last, 6);
  run.sink.settle(0, "delivered");
  await run.until("the frames after it", () => run.cursors.last === 4);
});

Deno.test("run() shares no ticket past a message that is of no use: the cursor waits before it for its letter", async () => {
  const letters = new ScriptedProducer();
  const bad = { seq: 3, bytes: encodeMessage("#commit", { seq: 3, repo: 7 }) };
  const messages = [await like(1), await like(2), bad, await like(4), await like(5)];
  await using run = new PipelineRun(firehoseOf(messages), { letters });
  run.sink.outcome = "delivered";
  await run.until("all records", () => run.count("delivered") === 4);
  await run.until("the frames before it", () => run.cursors.last === 2);
  await run.ticks(5);
  assertEquals(run.cursors.last, 2);
  letters.release("delivered");
  await run.until("the frames after it", () => run.cursors.last === 5);
});

Deno.test("run() shares no ticket past a message about an account: the cursor waits before it for its event", async () => {
  const messages = [await like(1), await like(2), identity(3), await like(4), await like(5)];
  await using run = new PipelineRun(firehoseOf(messages), {
    selection: { ...LIKES, events: ["records", "identity"] },
  });
  await run.until("all records", () => run.sink.held.length === 5);
  deliverAllBut(run, 2);
  await run.until("the frames before it", () => run.cursors.last === 2);
  await run.ticks(5);
  assertEquals(run.cursors.last, 2);
  run.sink.settle(0, "delivered");
  await run.until("the frames after it", () => run.cursors.last === 5);
});

Deno.test("run() shares no ticket past a commit that is not usual: the cursor waits before it for its events", async () => {
  const record = { subject: 7, createdAt: "z" };
  const odd = { seq: 3, bytes: await commitMessage([{ path: `${LIKE}/3`, record }], { seq: 3 }) };
  const messages = [await like(1), await like(2), odd, await like(4), await like(5)];
  await using run = new PipelineRun(firehoseOf(messages));
  await run.until("all records", () => run.sink.held.length === 5);
  deliverAllBut(run, 2);
  await run.until("the frames before it", () => run.cursors.last === 2);
  await run.ticks(5);
  assertEquals(run.cursors.last, 2);
  run.sink.settle(0, "delivered");
  await run.until("the frames after it", () => run.cursors.last === 5);
});

Deno.test("run() shares no ticket past the messages that came together: the cursor is at the last of them, while later ones wait", async () => {
  const more = Promise.withResolvers<void>();
  const messages = await Promise.all([1, 2, 3, 4, 5].map((seq) => like(seq)));
  let index = 0;
  const source = {
    next: async () => {
      if (index === 3) await more.promise;
      const message = messages[index++];
      return message === undefined ? null : { ...message, atMs: null };
    },
  };
  await using run = new PipelineRun(serve(source, { port: 0, rate: null, window: 1000, faults: [] }));
  try {
    await run.until("the first three", () => run.sink.held.length === 3);
    run.sink.settle(2, "delivered");
    run.sink.settle(1, "delivered");
    run.sink.settle(0, "delivered");
    await run.until("the cursor at the last of them", () => run.cursors.last === 3);
  } finally {
    more.resolve();
  }
  await run.until("the others", () => run.sink.held.length === 2);
  await run.ticks(5);
  assertEquals(run.cursors.last, 3);
  run.sink.release("delivered");
  await run.until("the last", () => run.cursors.last === 5);
});

Deno.test("run() shares a ticket among 32 usual commits at most, so that the cursor is not far behind what waits", async () => {
  const messages = await Promise.all(Array.from({ length: 100 }, (_, i) => like(i + 1)));
  await using run = new PipelineRun(firehoseOf(messages));
  await run.until("all records", () => run.sink.held.length === 100);
  deliverAllBut(run, 99);
  await run.until("a cursor less than 32 before the last", () => (run.cursors.last ?? 0) >= 68);
  await run.ticks(5);
  assert((run.cursors.last ?? 0) < 100, `${run.cursors.last}`);
  run.sink.release("delivered");
  await run.until("the last", () => run.cursors.last === 100);
});

Deno.test("run() shares tickets among usual commits and messages of accounts that are left out, and counts each frame", async () => {
  const other = "did:web:other.example";
  const accounts = accountFilter({ shard: null, dids: null, excludeDids: new DidSet([other]) });
  const messages = await Promise.all([DID, other, DID, other, other].map((did, i) => like(i + 1, did)));
  await using run = new PipelineRun(firehoseOf(messages), {
    selection: { ...LIKES, accounts },
    shutdownTimeoutMs: 50,
  });
  await run.until("all records", () => run.sink.held.length === 2);
  await run.until("all frames", () => run.frames === 5);
  run.stop();
  await run.ended;
  assertEquals([run.count("undelivered 5"), run.cursors.saved], [1, []]);
});

Deno.test("run() tells of all frames behind the cursor that were not delivered, those with a ticket of their own and others", async () => {
  const messages = [await like(1), await like(2), identity(3), await like(4), await like(5), await like(6)];
  await using run = new PipelineRun(firehoseOf(messages), { shutdownTimeoutMs: 50 });
  await run.until("all records", () => run.sink.held.length === 5);
  run.sink.settle(0, "delivered");
  run.sink.settle(0, "delivered");
  await run.until("the frames before the last three", () => run.cursors.last === 3);
  run.sink.settle(1, "delivered");
  run.stop();
  await run.ended;
  assertEquals([run.count("undelivered 3"), run.cursors.last], [1, 3]);
});
