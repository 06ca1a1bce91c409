import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { accountFilter } from "../../src/filter/accounts.ts";
import { DidSet } from "../../src/filter/dids.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import { isSampled } from "../../src/filter/sample.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { serve } from "../../src/simulator/server.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun, possibleGap } from "../support/pipeline.ts";

const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
/** The time of messages of tests/support/messages.ts. */
const TIME = "2026-07-01T12:00:00.123Z";
const LIKE = "app.bsky.feed.like";

/** A commit of so many likes under the number `seq`. */
async function likes(seq: number, count: number) {
  const ops = Array.from({ length: count }, (_, i) => ({ path: `${LIKE}/${seq}x${i}`, record: { seq, i } }));
  return { seq, bytes: await commitMessage(ops, { seq }) };
}

function identity(seq: number) {
  return { seq, bytes: encodeMessage("#identity", { seq, did: DID, time: "2026-07-01T12:00:00Z" }) };
}

/** What is remembered is looked up for each commit, so that none shares its ticket with others. */
const EACH_BY_ITSELF = { rememberedRecords: 100 };

Deno.test("run() saves no cursor ahead of what the sink acknowledged, in whatever order it does so", async () => {
  const messages = [await likes(1, 1), await likes(2, 2), await likes(3, 1)];
  await using run = new PipelineRun(firehoseOf(messages), EACH_BY_ITSELF);
  const { sink, cursors } = run;
  await run.until("all records", () => sink.held.length === 4);
  sink.settle(3, "delivered");
  sink.settle(1, "delivered");
  await run.until("the frames to be counted", () => run.frames === 3);
  assertEquals(cursors.saved, []);
  sink.settle(0, "delivered");
  await run.until("the first frame", () => cursors.last === 1);
  sink.settle(0, "delivered");
  await run.until("the last frame", () => cursors.last === 3);
  assertEquals(cursors.saved, [1, 3]);
});

Deno.test("run() moves the cursor over usual commits that came together when all of them are acknowledged", async () => {
  const messages = [await likes(1, 1), await likes(2, 2), identity(3), await likes(4, 1)];
  await using run = new PipelineRun(firehoseOf(messages));
  const { sink, cursors } = run;
  await run.until("all records", () => sink.held.length === 4);
  sink.settle(0, "delivered");
  sink.settle(0, "delivered");
  await run.until("the frames to be counted", () => run.frames === 4);
  assertEquals(cursors.saved, []);
  sink.settle(0, "delivered");
  await run.until("the frames before the last", () => cursors.last === 3);
  sink.settle(0, "delivered");
  await run.until("the last frame", () => cursors.last === 4);
});

/** A commit of an account with a like. */
async function likeOf(did: string, seq: number) {
  return { seq, bytes: await commitMessage([{ path: `${LIKE}/${seq}`, record: {} }], { seq, repo: did }) };
}

Deno.test("run() shares the accounts among shards: each event is written once, and every cursor reaches the end", async () => {
  const dids = Array.from({ length: 12 }, (_, i) => `did:plc:${"abcdefghijkl"[i]}`.padEnd(32, "a"));
  const messages = [
    ...await Promise.all(dids.map((did, i) => likeOf(did, i + 1))),
    ...dids.map((did, i) => ({ seq: 13 + i, bytes: encodeMessage("#commit", { seq: 13 + i, repo: did, rev: 7 }) })),
  ];
  const written: string[] = [];
  let [operations, left, rejected] = [0, 0, 0];
  for (const index of [0, 1, 2]) {
    await using run = new PipelineRun(firehoseOf(messages), {
      selection: {
        collections: rulesOf([LIKE]),
        ...UNFILTERED,
        accounts: accountFilter({ shard: { index, count: 3 }, dids: null, excludeDids: null }),
      },
    });
    run.sink.outcome = "delivered";
    await run.until("the last frame", () => run.cursors.last === 24);
    written.push(...run.sink.written);
    operations += run.operations.operations;
    left += run.operations.filtered.shard;
    rejected += run.count("frame-invalid");
    assert(run.sink.written.length > 0 && run.sink.written.length < 12);
  }
  assertEquals(written.sort(), dids.map((did, i) => `at://${did}/${LIKE}/${i + 1}`).sort());
  assertEquals([operations, left, rejected], [36, 24, 12]);
});

Deno.test("run() leaves out accounts by their DIDs from the moment that a list changes", async () => {
  const other = "did:web:other.example";
  const next = Promise.withResolvers<void>();
  const messages = [await likeOf(DID, 1), await likeOf(other, 2), await likeOf(DID, 3), await likeOf(other, 4)];
  let index = 0;
  const source = {
    next: async () => {
      if (index === 2) await next.promise;
      const message = messages[index++];
      return message === undefined ? null : { ...message, atMs: null };
    },
  };
  const accounts = accountFilter({ shard: null, dids: null, excludeDids: new DidSet([other]) });
  assert(accounts !== null);
  await using run = new PipelineRun(serve(source, { port: 0, rate: null, window: 1000, faults: [] }), {
    selection: { collections: rulesOf([LIKE]), ...UNFILTERED, accounts },
  });
  run.sink.outcome = "delivered";
  await run.until("the first two", () => run.cursors.last === 2);
  accounts.excludeDids = new DidSet([DID]);
  next.resolve();
  await run.until("the others", () => run.cursors.last === 4);
  assertEquals(run.sink.written, [`at://${DID}/${LIKE}/1`, `at://${other}/${LIKE}/4`]);
  assertEquals(run.operations.filtered.did, 2);
});

Deno.test("run() moves the cursor over frames that are filtered, sampled out, rejected or dropped", async () => {
  const sampled = await likes(1, 1);
  const rate = 0.5;
  const kept = Array.from({ length: 20 }, (_, i) => i).map((i) => 2 + i)
    .find((seq) => isSampled(`at://${DID}/${LIKE}/${seq}x0`, rate)) ?? 0;
  const out = Array.from({ length: 20 }, (_, i) => 100 + i)
    .find((seq) => !isSampled(`at://${DID}/${LIKE}/${seq}x0`, rate)) ?? 0;
  const messages = [
    sampled,
    await likes(kept, 1),
    await likes(out, 1),
    { seq: 200, bytes: await commitMessage([{ path: "app.bsky.feed.generator/x" }], { seq: 200 }) },
    { seq: 201, bytes: await commitMessage([{ path: `${LIKE}/x`, action: "delete" }], { seq: 201 }) },
    identity(202),
    { seq: 203, bytes: encodeMessage("#commit", { seq: 203, repo: 7 }) },
    { seq: null, bytes: new Uint8Array([1, 2, 3]) },
    { seq: 204, bytes: encodeMessage("#to_come", { seq: 204 }) },
  ];
  await using run = new PipelineRun(firehoseOf(messages), {
    selection: { collections: rulesOf([LIKE]), ...UNFILTERED, sampleRates: { rest: rate, of: [] } },
  });
  run.sink.outcome = "dropped";
  await run.until("the last frame", () => run.cursors.last === 204);
  assert(run.sink.written.includes(`at://${DID}/${LIKE}/${kept}x0`));
  assertEquals(run.sink.written.includes(`at://${DID}/${LIKE}/${out}x0`), false);
  assertEquals(run.operations, {
    operations: 5,
    filtered: { shard: 0, did: 0, write: 0, delete: 1, action: 0, collection: 1, reply: 0, language: 0 },
    sampledOut: 2 - Number(isSampled(`at://${DID}/${LIKE}/1x0`, rate)),
  });
  assertEquals([run.count("frame-invalid"), run.count("frame-undecodable")], [1, 1]);
  assertEquals(run.count("dropped"), run.sink.written.length);
});

Deno.test("run() leaves out a record whose block is missing, and delivers those beside it", async () => {
  const bytes = await commitMessage(
    [{ path: `${LIKE}/a`, record: { a: 1 } }, { path: `${LIKE}/b`, record: { b: 1 }, missing: true }],
    { seq: 5 },
  );
  await using run = new PipelineRun(firehoseOf([{ seq: 5, bytes }]));
  run.sink.outcome = "delivered";
  await run.until("the frame", () => run.cursors.last === 5);
  assertEquals(run.sink.written, [`at://${DID}/${LIKE}/a`]);
  assertEquals(run.count("block-missing"), 1);
});

Deno.test("run() writes a gap as an event before the first after it, and saves no cursor past it before it is acknowledged", async () => {
  const messages = [await likes(5, 1), await likes(3, 1)];
  await using run = new PipelineRun(firehoseOf(messages));
  const { sink, cursors } = run;
  await run.until("all records", () => sink.held.length === 3);
  assertEquals(sink.written, [`at://${DID}/${LIKE}/5x0`, sink.written[1], `at://${DID}/${LIKE}/3x0`]);
  assertMatch(sink.written[1] ?? "", /^gap\/127\.0\.0\.1:\d+\/5\/127\.0\.0\.1:\d+\/3$/);
  sink.settle(2, "delivered");
  sink.settle(0, "delivered");
  await run.until("the frame before the gap", () => cursors.last === 5);
  await run.until("the frames to be counted", () => run.frames === 2);
  assertEquals(cursors.saved, [5]);
  sink.settle(0, "delivered");
  await run.until("the frame after the gap", () => cursors.last === 3);
  assertEquals([run.count("gap"), run.count("delivered")], [1, 3]);
});

Deno.test("run() saves no cursor past what may be a gap, until that is decided", async () => {
  const relay = possibleGap(identity);
  await using run = new PipelineRun(relay.server);
  using _ = relay;
  run.sink.outcome = "delivered";
  await run.until("the first cursor", () => run.cursors.last === 1);
  relay.jump();
  await run.until("what may be a gap", () => run.frames === 2 && run.count("held") === 1);
  await run.ticks(20);
  assertEquals(run.cursors.saved, [1]);
  relay.decide();
  await run.until("the verdict", () => run.count("gap") === 1);
  await run.until("the last cursor", () => run.cursors.last === 25);
  assertEquals(run.sink.written.length, 1);
  assertMatch(run.sink.written[0] ?? "", /^gap\/.*\/1\/.*\/5$/);
});

Deno.test("run() handles a repeated message once", async () => {
  const one = await likes(1, 1);
  await using run = new PipelineRun(firehoseOf([one, one, identity(2)]));
  run.sink.outcome = "delivered";
  await run.until("the end", () => run.cursors.last === 2);
  assertEquals(run.sink.written.length, 1);
  assertEquals(run.count("repeated"), 1);
});

Deno.test("run() stops at --max-events within a commit, and saves no cursor past that commit", async () => {
  await using run = new PipelineRun(firehoseOf([await likes(1, 2), await likes(2, 3), await likes(3, 1)]), {
    maxEvents: 3,
  });
  run.sink.outcome = "delivered";
  await run.ended;
  assertEquals(run.count("delivered"), 3);
  assertEquals(run.cursors.last, 1);
});

Deno.test("run() stops at --max-events after what may be a gap, and writes that as one", async () => {
  const messages = new Map([[1, await likes(1, 1)], [5, await likes(5, 1)]]);
  const relay = possibleGap((seq) => messages.get(seq) ?? identity(seq));
  await using run = new PipelineRun(relay.server, { maxEvents: 2 });
  using _ = relay;
  run.sink.outcome = "delivered";
  await run.until("the first cursor", () => run.cursors.last === 1);
  relay.jump();
  await run.ended;
  assertEquals([run.count("held"), run.count("gap"), run.frames, run.cursors.last], [1, 1, 2, 5]);
  assertEquals(run.sink.written.map((uri) => uri.startsWith("gap/")), [false, false, true]);
});

Deno.test("run() counts only delivered events to --max-events", async () => {
  await using run = new PipelineRun(firehoseOf([await likes(1, 3), await likes(2, 3)]), { maxEvents: 3 });
  await run.until("the first three", () => run.sink.held.length === 3);
  run.sink.settle(0, "dropped");
  run.sink.settle(0, "dropped");
  run.sink.outcome = "delivered";
  run.sink.settle(0, "delivered");
  await run.ended;
  assertEquals([run.count("dropped"), run.count("delivered")], [2, 3]);
});

Deno.test("run() drains the sink after the abort, and then saves the cursor", async () => {
  await using run = new PipelineRun(firehoseOf([await likes(1, 2)]));
  await run.until("the records", () => run.sink.held.length === 2);
  run.stop();
  run.sink.settle(0, "delivered");
  run.sink.settle(0, "delivered");
  await run.ended;
  assertEquals(run.cursors.saved, [1]);
});

Deno.test("run() gives up draining after the shutdown timeout, tells what is left, and saves what was delivered", async () => {
  await using run = new PipelineRun(firehoseOf([await likes(1, 1), await likes(2, 1), await likes(3, 1)]), {
    ...EACH_BY_ITSELF,
    shutdownTimeoutMs: 20,
  });
  await run.until("the records", () => run.sink.held.length === 3);
  run.sink.settle(0, "delivered");
  run.stop();
  await run.ended;
  assertEquals(run.cursors.last, 1);
  assertEquals(run.count("undelivered 2"), 1);
});

Deno.test("run() fails with the sink's error, and saves what was delivered before", async () => {
  const options = { ...EACH_BY_ITSELF, saveEveryMs: 1e6 };
  await using run = new PipelineRun(firehoseOf([await likes(1, 1), await likes(2, 1)]), options);
  await run.until("the records", () => run.sink.held.length === 2);
  run.sink.settle(0, "delivered");
  run.sink.fail(new Error("the topic is gone"));
  await assertRejects(() => run.ended, Error, "the topic is gone");
  assertEquals(run.cursors.saved, [1]);
});

Deno.test("run() drains the sink before it fails when something else than the sink did", async () => {
  const server = firehoseOf([await likes(1, 1), identity(2)]);
  await using run = new PipelineRun(server, {
    saveEveryMs: 1e6,
    random: () => {
      throw new Error("a bug");
    },
  });
  await run.until("the second frame", () => run.frames === 2);
  await server[Symbol.asyncDispose]();
  run.sink.settle(0, "delivered");
  await assertRejects(() => run.ended, Error, "a bug");
  assertEquals(run.cursors.saved, [2]);
});

Deno.test("run() tries a cursor that could not be saved again", async () => {
  await using run = new PipelineRun(firehoseOf([identity(1)]));
  run.cursors.failing = true;
  await run.until("two failures", () => run.count("cursorFailed") >= 2);
  run.cursors.failing = false;
  await run.until("the cursor", () => run.cursors.last === 1);
  run.stop();
  await run.ended;
  assertEquals(run.cursors.saved, [1]);
});

Deno.test("run() fails when the last cursor cannot be saved", async () => {
  await using run = new PipelineRun(firehoseOf([identity(1)]), { saveEveryMs: 1e6 });
  run.cursors.failing = true;
  await run.until("the frame", () => run.frames === 1);
  run.stop();
  await assertRejects(() => run.ended, Error, "the disk is full");
});

Deno.test("run() pauses when too much is undelivered, and resumes without a gap or a copy", async () => {
  const messages = await Promise.all(Array.from({ length: 60 }, (_, i) => likes(i + 1, 1)));
  // Room for the records of a few frames.
  await using run = new PipelineRun(firehoseOf(messages), { maxInFlightBytes: 5000 });
  await run.until("the pause", () => run.count("paused") === 1);
  const held = run.sink.held.length;
  assert(held >= 5 && held <= 60, `${held}`);
  run.sink.release("delivered");
  await run.until("the last frame", () => run.cursors.last === 60);
  assertEquals(run.sink.written, messages.map(({ seq }) => `at://${DID}/${LIKE}/${seq}x0`));
  assertEquals([run.count("gap"), run.count("repeated"), run.count("disconnected")], [0, 0, 0]);
  assertEquals(run.count("connecting"), 1);
});

Deno.test("run() leaves the firehose when a pause lasts, and resumes without a gap or a copy", async () => {
  const messages = await Promise.all(Array.from({ length: 60 }, (_, i) => likes(i + 1, 1)));
  await using run = new PipelineRun(firehoseOf(messages), { maxInFlightBytes: 5000, maxPauseMs: 20 });
  await run.until("the end of the connection", () => run.count("paused") === 2);
  run.sink.outcome = "delivered";
  run.sink.release("delivered");
  await run.until("the last frame", () => run.cursors.last === 60);
  assertEquals([run.count("gap"), run.count("repeated"), run.count("disconnected")], [0, 0, 0]);
  assert(run.count("connecting") >= 2);
});

Deno.test("run() bounds what waits behind a record that is not delivered: events that are, and frames without any", async () => {
  const events = await Promise.all(Array.from({ length: 30 }, (_, i) => likes(i + 2, 1)));
  const frames = Array.from({ length: 300 }, (_, i) => identity(i + 2));
  // Usual commits share tickets, and what is remembered of each is kept all the same.
  const commits = await Promise.all(Array.from({ length: 300 }, (_, i) => likes(i + 2, 0)));
  for (const behind of [events, frames, commits]) {
    await using run = new PipelineRun(firehoseOf([await likes(1, 1), ...behind]), { maxInFlightBytes: 10_000 });
    run.sink.outcome = "delivered";
    run.sink.kept = 1;
    await run.until("the pause", () => run.count("paused") === 1);
    assertEquals([run.sink.held.length, run.cursors.last], [1, null]);
    run.sink.release("delivered");
    await run.until("the last frame", () => run.cursors.last === behind.length + 1);
    assertEquals([run.count("gap"), run.count("repeated")], [0, 0]);
  }
});

Deno.test("run() releases each record when it ended, so that few buffers serve any number of them", async () => {
  // Of the usual shape, as others have a buffer each.
  const record = { subject: { uri: "at://x", cid: "y" }, createdAt: "z" };
  const ops = Array.from({ length: 200 }, (_, i) => ({ path: `${LIKE}/${i}`, record }));
  const messages = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => ({ seq: i + 1, bytes: await commitMessage(ops, { seq: i + 1 }) })),
  );
  for (const outcome of ["delivered", "dropped"] as const) {
    await using run = new PipelineRun(firehoseOf(messages));
    run.sink.outcome = outcome;
    await run.until("the last frame", () => run.cursors.last === 20);
    assertEquals(run.sink.written.length, 4000);
    assert(run.sink.buffers.size <= 2, `${run.sink.buffers.size} buffers`);
  }
});

Deno.test("run() tells how long the oldest event waits, counted from its own time, and how old each was at its end", async () => {
  const clock = { ms: Date.parse(TIME) + 60_000 };
  await using run = new PipelineRun(firehoseOf([await likes(1, 2), await likes(2, 1)]), { now: () => clock.ms });
  await run.until("all records", () => run.sink.held.length === 3);
  await run.until("the age of the first", () => run.oldestMs === 60_000);
  clock.ms += 120_000;
  await run.until("its age after two minutes without the destination", () => run.oldestMs === 180_000);
  run.sink.release("delivered");
  await run.until("nothing that waits", () => run.oldestMs === 0);
  assertEquals(run.ages, [180_000, 180_000, 180_000]);
});
