import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals } from "@std/assert";
import { commitMessage } from "../support/messages.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import { transactionalCheckpoint } from "../../src/pipeline/checkpoint.ts";
import { firehoseOf, PipelineRun, possibleGap, ScriptedProducer } from "../support/pipeline.ts";
import { textOf } from "../support/records.ts";

/** A commit of so many likes under the number `seq`. */
async function likes(seq: number, count: number) {
  const ops = Array.from({ length: count }, (_, i) => ({
    path: `app.bsky.feed.like/${seq}x${i}`,
    record: { seq, i },
  }));
  return { seq, bytes: await commitMessage(ops, { seq }) };
}

/** Makes a save what delivers, as a transaction does. */
function deliverBySaving(run: PipelineRun): void {
  run.cursors.saving = () => {
    for (let held = run.sink.held.length; held > 0; held--) run.sink.settle(0, "delivered");
  };
}

Deno.test("run() saves the last frame taken where saving is a transaction, with all its records and no other", async () => {
  const messages = await Promise.all(Array.from({ length: 300 }, (_, i) => likes(i + 1, i % 4)));
  await using run = new PipelineRun(firehoseOf(messages), { openCheckpoint: transactionalCheckpoint, saveEveryMs: 1 });
  const { sink, cursors } = run;
  const held: string[][] = [];
  cursors.saving = async (seq) => {
    const taken = sink.held.splice(0);
    assertEquals(sink.written.filter((uri) => Number(uri.split("/").at(-1)?.split("x")[0]) > seq), []);
    held.push(taken.map(({ record }) => record.uri));
    // More is written meanwhile, and belongs to the next.
    await after(5);
    for (const { record, receipt } of taken) receipt.settle(record, "delivered");
  };
  await run.until("the last frame", () => cursors.last === 300);
  assertEquals(held.flat(), sink.written);
  assertEquals(run.count("delivered"), 450);
});

Deno.test("run() writes a gap's event within the transaction of the frame after it, where saving is a transaction", async () => {
  const server = firehoseOf([await likes(5, 1), await likes(3, 2)]);
  await using run = new PipelineRun(server, { openCheckpoint: transactionalCheckpoint, saveEveryMs: 1e6 });
  deliverBySaving(run);
  await run.until("the records", () => run.sink.held.length === 4);
  assertEquals(run.sink.written.map((uri) => uri.startsWith("gap/")), [false, true, false, false]);
  run.stop();
  await run.ended;
  assertEquals([run.count("gap"), run.count("delivered"), run.cursors.saved], [1, 4, [3]]);
});

Deno.test("run() commits no transaction within what may be a gap, and then the gap's event with all that followed", async () => {
  const messages = new Map(
    await Promise.all(Array.from({ length: 25 }, async (_, i) => [i + 1, await likes(i + 1, 1)] as const)),
  );
  const relay = possibleGap((seq) => messages.get(seq) ?? { seq, bytes: new Uint8Array() });
  await using run = new PipelineRun(relay.server, { openCheckpoint: transactionalCheckpoint });
  using _ = relay;
  deliverBySaving(run);
  await run.until("the first transaction", () => run.cursors.last === 1);
  relay.jump();
  await run.until("what may be a gap", () => run.sink.written.length === 2 && run.count("held") === 1);
  await run.ticks(20);
  assertEquals([run.cursors.saved, run.sink.held.length], [[1], 1]);
  relay.decide();
  await run.until("the last transaction", () => run.cursors.last === 25);
  assertEquals([run.count("gap"), run.count("delivered"), run.sink.held.length], [1, 23, 0]);
});

Deno.test("run() writes each dead letter before the transaction of its frame, or while that finds it too large", async () => {
  const letters = new ScriptedProducer();
  const messages = await Promise.all(Array.from({ length: 200 }, (_, i) => likes(i + 1, i % 3)));
  // Every fourth is nothing that could be used.
  messages.splice(
    0,
    Infinity,
    ...messages.map(({ seq, bytes }) =>
      seq % 4 === 0 ? { seq, bytes: encodeMessage("#commit", { seq, repo: 7 }) } : { seq, bytes }
    ),
  );
  await using run = new PipelineRun(firehoseOf(messages), {
    openCheckpoint: transactionalCheckpoint,
    saveEveryMs: 1,
    letters,
  });
  const { sink, cursors } = run;
  const seqOf = ({ record }: { record: ProducerRecord }) => JSON.parse(textOf(record.value)).data.seq;
  const seqs: number[] = [];
  cursors.saving = (seq) => {
    assertEquals(letters.held.filter((letter) => seqOf(letter) > seq), []);
    const expected = letters.held.length + sink.held.length;
    while (sink.held.length > 0) sink.settle(0, "dropped");
    assertEquals(letters.held.length, expected);
    seqs.push(...letters.held.map(seqOf));
    while (letters.held.length > 0) letters.settle(0, "delivered");
  };
  await run.until("the last frame", () => cursors.last === 200);
  assertEquals(new Set(seqs.filter((seq) => seq % 4 === 0)).size, 50);
  assertEquals([seqs.length, run.count("letter event-too-large delivered")], [200, 150]);
});

Deno.test("run() stops at --max-events at the end of the commit that reaches it where saving is a transaction", async () => {
  const messages = [await likes(1, 2), await likes(2, 3), await likes(3, 1)];
  await using run = new PipelineRun(firehoseOf(messages), {
    openCheckpoint: transactionalCheckpoint,
    saveEveryMs: 1e6,
    maxEvents: 3,
  });
  deliverBySaving(run);
  await run.ended;
  assertEquals([run.count("delivered"), run.cursors.saved], [5, [2]]);
});

Deno.test("run() delivers what was taken when it is stopped where saving is a transaction", async () => {
  const server = firehoseOf([await likes(1, 2), await likes(2, 1)]);
  await using run = new PipelineRun(server, { openCheckpoint: transactionalCheckpoint, saveEveryMs: 1e6 });
  deliverBySaving(run);
  await run.until("the records", () => run.sink.held.length === 3);
  run.stop();
  await run.ended;
  assertEquals([run.count("delivered"), run.cursors.saved], [3, [2]]);
});

Deno.test("run() gives a transaction up after the shutdown timeout, and tells what is left", async () => {
  const server = firehoseOf([await likes(1, 1)]);
  await using run = new PipelineRun(server, {
    openCheckpoint: transactionalCheckpoint,
    saveEveryMs: 1,
    shutdownTimeoutMs: 20,
  });
  run.cursors.saving = () => new Promise(() => {});
  await run.until("the transaction", () => run.cursors.attempts === 1);
  run.stop();
  await run.ended;
  assertEquals([run.count("undelivered 1"), run.cursors.saved, run.count("cursorFailed")], [1, [], 0]);
  assert(run.sink.held.length === 1);
});
