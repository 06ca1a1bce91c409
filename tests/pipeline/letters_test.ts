import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun, ScriptedProducer } from "../support/pipeline.ts";
import { assertSchema } from "../support/schemas.ts";

const LIKE = "app.bsky.feed.like";

/** One like, followed by what cannot be used in each of three ways: a record, a frame with a number, one without. */
async function badMessages() {
  const odd = new Uint8Array([0xff]);
  return [
    { seq: 1, bytes: await commitMessage([{ path: `${LIKE}/good`, record: { a: 1 } }], { seq: 1 }) },
    { seq: 2, bytes: await commitMessage([{ path: `${LIKE}/missing`, record: { a: 2 }, missing: true }], { seq: 2 }) },
    { seq: 3, bytes: encodeMessage("#commit", { seq: 3, repo: 7 }) },
    { seq: null, bytes: odd },
    { seq: 4, bytes: encodeMessage("#identity", { seq: 4, did: "did:plc:a", time: "t" }) },
  ];
}

/** The data of the letters that a sink holds. */
function letters(sink: ScriptedProducer): Record<string, unknown>[] {
  return sink.held.map(({ record }) => {
    const event = JSON.parse(new TextDecoder().decode(record.value));
    assertSchema(event);
    return event.data;
  });
}

Deno.test("run() keeps a dead letter of all that cannot be used, with its bytes, and saves no cursor past an open one", async () => {
  const sink = new ScriptedProducer();
  const messages = await badMessages();
  await using run = new PipelineRun(firehoseOf(messages), { letters: sink });
  run.sink.outcome = "delivered";
  await run.until("the letters", () => sink.held.length === 3);
  await run.until("the last frame", () => run.frames === 3);
  const found = letters(sink);
  assertEquals(found.map(({ reason, seq, path, content }) => [reason, seq, path, content]), [
    ["block-missing", 2, `${LIKE}/missing`, "frame"],
    ["frame-invalid", 3, null, "frame"],
    ["frame-undecodable", null, null, "frame"],
  ]);
  for (const [i, letter] of found.entries()) {
    assertEquals(Uint8Array.fromBase64(String(letter["raw"])), messages[i + 1]?.bytes);
  }
  sink.settle(1, "delivered");
  await run.until("the frame before the letters", () => run.cursors.last === 1);
  sink.settle(0, "delivered");
  await run.until("the frame of the second letter", () => run.cursors.last === 3);
  assertEquals(run.cursors.saved.at(-1), 3);
  sink.settle(0, "delivered");
  await run.until("the last frame", () => run.cursors.last === 4);
  assertEquals(run.seen.filter((each) => each.startsWith("letter ")).length, 3);
});

Deno.test("run() keeps the block of a record that is no record, and the event that is too large", async () => {
  const sink = new ScriptedProducer();
  const messages = [{
    seq: 7,
    bytes: await commitMessage([{ path: `${LIKE}/list`, record: [1] }, { path: `${LIKE}/big`, record: { a: 1 } }], {
      seq: 7,
    }),
  }];
  await using run = new PipelineRun(firehoseOf(messages), { letters: sink });
  run.sink.outcome = "dropped";
  await run.until("the letters", () => sink.held.length === 2);
  const [list, big] = letters(sink);
  assertEquals([list?.["reason"], list?.["content"], list?.["raw"]], ["record-not-object", "block", "gQE="]);
  assertEquals([big?.["reason"], big?.["content"], big?.["seq"]], ["event-too-large", "event", 7]);
  const event: Record<string, unknown> = JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(String(big?.["raw"]))),
  );
  assert(String(event["id"]).endsWith(`${LIKE}/big`), String(event["id"]));
  assertEquals(run.cursors.saved, []);
  sink.release("delivered");
  await run.until("the frame", () => run.cursors.last === 7);
});

Deno.test("run() names in the letter of an event that is too large the number of its own message, among others that came with it", async () => {
  const sink = new ScriptedProducer();
  const record = { subject: { uri: "at://x", cid: "y" }, createdAt: "z" };
  const messages = await Promise.all([11, 12, 13, 14].map(async (seq) => ({
    seq,
    bytes: await commitMessage(["a", "b"].map((key) => ({ path: `${LIKE}/${seq}${key}`, record })), { seq }),
  })));
  await using run = new PipelineRun(firehoseOf(messages), { letters: sink });
  await run.until("all records", () => run.sink.held.length === 8);
  // The second event of the second message, and then the first of the last.
  run.sink.settle(3, "dropped");
  run.sink.settle(5, "dropped");
  run.sink.release("delivered");
  await run.until("the letters", () => sink.held.length === 2);
  assertEquals(letters(sink).map(({ reason, seq, path }) => [reason, seq, path]), [
    ["event-too-large", 12, `${LIKE}/12b`],
    ["event-too-large", 14, `${LIKE}/14a`],
  ]);
  assertEquals(run.cursors.saved, []);
  sink.release("delivered");
  await run.until("the last frame", () => run.cursors.last === 14);
});

Deno.test("run() drains dead letters after the abort, and fails as their sink does", async () => {
  const sink = new ScriptedProducer();
  await using run = new PipelineRun(firehoseOf(await badMessages()), { letters: sink });
  run.sink.outcome = "delivered";
  await run.until("the letters", () => sink.held.length === 3);
  run.stop();
  await run.until("the abort", () => run.cursors.last === 1);
  sink.release("delivered");
  await run.ended;
  assertEquals(run.cursors.last, 4);

  const broken = new ScriptedProducer();
  await using failing = new PipelineRun(firehoseOf(await badMessages()), { letters: broken });
  failing.sink.outcome = "delivered";
  broken.fail(new Error("the disk is full"));
  await assertRejects(() => failing.ended, Error, "the disk is full");
});

Deno.test("run() stops reading while too many bytes of dead letters are unwritten", async () => {
  const sink = new ScriptedProducer();
  const garbage = Array.from({ length: 50 }, (_, i) => ({
    seq: i,
    bytes: encodeMessage("#commit", { seq: i, repo: 7, more: "x".repeat(1000) }),
  }));
  await using run = new PipelineRun(firehoseOf(garbage), { letters: sink, maxInFlightBytes: 10_000 });
  await run.until("the pause", () => run.count("paused") === 1);
  assert(sink.held.length < 50, `${sink.held.length} letters`);
  sink.outcome = "delivered";
  sink.release("delivered");
  await run.until("all letters", () => run.seen.filter((each) => each.startsWith("letter ")).length >= 49);
});
