import { assertEquals } from "@std/assert";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { acknowledgedCheckpoint, transactionalCheckpoint } from "../../src/pipeline/checkpoint.ts";
import { PLAIN_LAYOUT } from "../../src/events/record_layout.ts";
import { EVENT_KINDS, type EventKind } from "../../src/events/definition.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { type Selection, UNFILTERED } from "../../src/filter/filter.ts";
import { commitMessage } from "../support/messages.ts";
import { firehoseOf, PipelineRun, ScriptedProducer } from "../support/pipeline.ts";
import { assertSchema } from "../support/schemas.ts";

const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const TIME = "2026-07-01T12:00:00.123Z";
const LIKE = "app.bsky.feed.like";

function selecting(events: readonly EventKind[]): Selection {
  return { collections: rulesOf(COLLECTIONS), ...UNFILTERED, events };
}

function message(type: string, seq: number, fields: Parameters<typeof encodeMessage>[1]) {
  return { seq, bytes: encodeMessage(type, { seq, did: DID, time: TIME, ...fields }) };
}

/** A commit that deletes and creates, and a message of each other kind. */
async function messages() {
  const ops = [{ action: "delete", path: `${LIKE}/old` }, { path: `${LIKE}/new`, record: { a: 1 } }];
  return [
    { seq: 1, bytes: await commitMessage(ops, { seq: 1 }) },
    message("#identity", 2, { handle: "a.example" }),
    message("#account", 3, { active: false, status: "deleted" }),
    message("#sync", 4, { rev: "3lzzzzzzzzz2b" }),
    message("#to_come", 5, {}),
  ];
}

Deno.test("run() writes of each message what is wanted, in order, and the cursor passes the others", async () => {
  const uris = [`at://${DID}/${LIKE}/old`, `at://${DID}/${LIKE}/new`, ...new Array(3).fill(`at://${DID}`)];
  for (
    const [events, wanted] of [
      [EVENT_KINDS, uris],
      [["records"], [uris[1]]],
      [["deletes", "account"], [uris[0], uris[2]]],
    ] as const
  ) {
    await using run = new PipelineRun(firehoseOf(await messages()), { selection: selecting(events) });
    run.sink.outcome = "delivered";
    await run.until("the last message", () => run.cursors.last === 5);
    assertEquals(run.sink.written, wanted);
  }
});

Deno.test("run() gives events the whole record where that is wanted, and of other lexicons always", async () => {
  const record = { $type: LIKE, via: { uri: "at://x", cid: "y" } };
  const ops = [{ path: `${LIKE}/a`, record }, { path: "com.example.thing/b", record }];
  const stream = [{ seq: 1, bytes: await commitMessage(ops, { seq: 1 }) }];
  for (const wholeRecords of [true, false]) {
    await using run = new PipelineRun(firehoseOf(stream), {
      wholeRecords,
      selection: { collections: rulesOf(["*"]), ...UNFILTERED },
    });
    await run.until("both", () => run.sink.held.length === 2);
    const events = run.sink.held.map(({ record }) => JSON.parse(new TextDecoder().decode(record.value)));
    for (const event of events) assertSchema(event);
    assertEquals(events.map(({ type, data }) => [type, data.record]), [
      ["Bluesky.Feed.Like", wholeRecords ? record : undefined],
      ["Atproto.Record", record],
    ]);
    run.sink.release("delivered");
  }
});

Deno.test("run() says in records and deletes for how many an event of a sampled collection stands", async () => {
  const paths = Array.from({ length: 40 }, (_, i) => `${LIKE}/${i}`);
  const follow = "app.bsky.graph.follow/a";
  const stream = await Promise.all([
    commitMessage([...paths, follow].map((path) => ({ path, record: {} })), { seq: 1 }),
    commitMessage([...paths, follow].map((path) => ({ path, action: "delete" })), { seq: 2 }),
  ].map(async (bytes, i) => ({ seq: i + 1, bytes: await bytes })));
  await using run = new PipelineRun(firehoseOf(stream), {
    selection: { ...selecting(["records", "deletes"]), sampleRates: { rest: 1, of: [[LIKE, 0.3]] } },
  });
  const written = () => run.sink.held.map(({ record }) => JSON.parse(new TextDecoder().decode(record.value)));
  await run.until(
    "both follows",
    () => written().filter(({ collection }) => follow.startsWith(collection)).length === 2,
  );
  const events = written();
  for (const event of events) assertSchema(event);
  const likes = events.filter(({ collection }) => collection === LIKE);
  assertEquals(likes.every(({ sampledrate }) => sampledrate === 3), true);
  // A record and its delete share their fate.
  const of = (action: string) => likes.filter((each) => each.action === action).map(({ data }) => data.uri).sort();
  assertEquals(of("create"), of("delete"));
  assertEquals(likes.length > 0 && likes.length < 80, true);
  assertEquals(events.filter((event) => !likes.includes(event)).map(({ sampledrate }) => sampledrate), [
    undefined,
    undefined,
  ]);
  run.sink.release("delivered");
});

Deno.test("run() writes two messages about an account that have one time and say different things", async () => {
  const stream = [
    message("#account", 1, { active: true }),
    message("#account", 2, { active: false, status: "takendown" }),
    message("#account", 3, { active: false, status: "takendown" }),
  ];
  await using run = new PipelineRun(firehoseOf(stream), { selection: selecting(["account"]), rememberedRecords: 100 });
  run.sink.outcome = "delivered";
  await run.until("the last message", () => run.cursors.last === 3);
  assertEquals([run.sink.written.length, run.count("repeatedRecord")], [2, 1]);
});

/** Topics by collection, of which there is one more with each `#account`. */
function byCollection() {
  const topics = ["records.likes"];
  const recordTopics = () => {
    const now = [...topics];
    topics.push(`records.${topics.length}`);
    return now;
  };
  return { ...PLAIN_LAYOUT, topicOf: ({ kind }: { readonly kind: string }) => kind, recordTopics };
}

/** Deletion, takedown, deactivation and return of an account of whose records none is wanted. */
function goneAndBack() {
  return [
    message("#account", 1, { active: false, status: "deactivated" }),
    message("#identity", 2, {}),
    message("#account", 3, { active: false, status: "takendown" }),
    message("#account", 4, { active: true }),
    message("#account", 5, { active: false, status: "deleted" }),
  ];
}

Deno.test("run() writes each #account to all topics that hold records then, whatever collections are wanted", async () => {
  const selection = { ...selecting(["records", "identity", "account"]), collections: rulesOf(["com.example.thing"]) };
  for (const openCheckpoint of [acknowledgedCheckpoint, transactionalCheckpoint]) {
    const changes = {
      selection,
      layout: byCollection(),
      openCheckpoint,
      saveEveryMs: openCheckpoint === acknowledgedCheckpoint ? 5 : 1e6,
    };
    await using run = new PipelineRun(firehoseOf(goneAndBack()), changes);
    await run.until("all of them", () => run.sink.held.length === 15);
    const topics = run.sink.held.map(({ record }) => record.topic);
    const more = ["records.1", "records.2", "records.3"];
    assertEquals(topics, [
      ...["account", "records.likes", "identity", "account", "records.likes", ...more.slice(0, 1)],
      ...["account", "records.likes", ...more.slice(0, 2), "account", "records.likes", ...more],
    ]);
    assertEquals(new Set(run.sink.held.map(({ record }) => new TextDecoder().decode(record.value))).size, 5);
    run.sink.release("delivered");
  }
});

Deno.test("run() lets the cursor pass an #account when its last copy is acknowledged, or kept as a dead letter", async () => {
  const sink = new ScriptedProducer();
  const layout = { ...byCollection(), recordTopics: () => ["records.a", "records.b"] };
  const stream = [message("#account", 1, { active: false, status: "takendown" })];
  await using run = new PipelineRun(firehoseOf(stream), {
    selection: selecting(["records", "account"]),
    layout,
    letters: sink,
  });
  await run.until("three records", () => run.sink.held.length === 3);
  run.sink.settle(0, "delivered");
  run.sink.settle(1, "dropped");
  await run.until("the letter", () => sink.held.length === 1);
  await run.ticks(5);
  run.sink.settle(0, "delivered");
  await run.ticks(5);
  assertEquals(run.cursors.last, null);
  sink.release("delivered");
  await run.until("the cursor", () => run.cursors.last === 1);
});

Deno.test("run() stops after so many events within the copies of one, and reads its message again then", async () => {
  const layout = { ...byCollection(), recordTopics: () => ["records.a", "records.b"] };
  const selection = selecting(["records", "account"]);
  await using run = new PipelineRun(firehoseOf(goneAndBack()), { selection, layout, maxEvents: 4 });
  run.sink.outcome = "delivered";
  await run.ended;
  assertEquals([run.sink.written.length, run.cursors.last], [4, 2]);
});

Deno.test("run() keeps a dead letter of a message about an account that is invalid, where such are wanted", async () => {
  const invalid = message("#account", 1, { active: "yes" });
  const stream = [invalid, message("#identity", 2, { did: 7 }), message("#records", 3, {})];
  const sink = new ScriptedProducer();
  await using run = new PipelineRun(firehoseOf(stream), {
    selection: selecting(["records", "account"]),
    letters: sink,
  });
  await run.until("the letter", () => sink.held.length === 1);
  const letter = JSON.parse(new TextDecoder().decode(sink.held[0]?.record.value));
  assertSchema(letter);
  assertEquals([letter.data.reason, letter.data.seq, letter.data.content], ["frame-invalid", 1, "frame"]);
  assertEquals(Uint8Array.fromBase64(letter.data.raw), invalid.bytes);
  sink.release("delivered");
  await run.until("the last message", () => run.cursors.last === 3);
  assertEquals(run.count("frame-invalid"), 1);
});

Deno.test("run() keeps the event of a message about an account that is too large, with its DID", async () => {
  const sink = new ScriptedProducer();
  const stream = [message("#account", 1, { active: false, status: "x".repeat(5000) })];
  await using run = new PipelineRun(firehoseOf(stream), { selection: selecting(["account"]), letters: sink });
  run.sink.outcome = "dropped";
  await run.until("the letter", () => sink.held.length === 1);
  const { data } = JSON.parse(new TextDecoder().decode(sink.held[0]?.record.value));
  assertEquals([data.reason, data.did, data.path, data.seq], ["event-too-large", DID, null, 1]);
  sink.release("delivered");
  await run.until("the message", () => run.cursors.last === 1);
});
