import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { COLLECTIONS } from "../../src/events/registry.ts";
import type { RepoOp } from "../../src/atproto/repo_op.ts";
import type { CommitFrame } from "../../src/atproto/frame.ts";
import { accountFilter } from "../../src/filter/accounts.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { type Selection, UNFILTERED } from "../../src/filter/filter.ts";
import { postFilter } from "../../src/filter/posts.ts";
import { DidSet } from "../../src/filter/dids.ts";
import { EventMaker, type EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { EncodedWrite } from "../../src/plane/encoded_write.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import { encodeMessage } from "../../src/simulator/frames.ts";
import { layoutOf, SOURCE } from "../support/events.ts";
import { commitMessage, frameOf, type MadeOp } from "../support/messages.ts";
import { BothWays } from "../support/plane.ts";

const RECEIVED_MS = Date.UTC(2026, 6, 2);
const DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const LIKE = "app.bsky.feed.like";
const POST = "app.bsky.feed.post";
/** Of the usual form: the core writes its event. */
const USUAL = { subject: { uri: "at://x", cid: "y" }, createdAt: "z" };

function optionsOf(selection: Partial<Selection> = {}): EventMakerOptions {
  return {
    selection: { ...UNFILTERED, collections: rulesOf(COLLECTIONS), ...selection },
    layout: layoutOf("structured", "t"),
    wholeRecords: false,
    handles: null,
    usualVerdict: null,
  };
}

/** The commits of messages that came together. */
function framesOf(maker: EventMaker, messages: readonly Uint8Array[]): CommitFrame[] {
  maker.decoder.begin(messages);
  return messages.map((_, place) => {
    const frame = maker.decoder.frame(place);
    if (frame.kind !== "commit") throw new Error(JSON.stringify(frame));
    return frame;
  });
}

/** Messages of one commit each, numbered from 1 on. */
function messagesOf(commits: readonly (readonly MadeOp[])[]): Promise<Uint8Array[]> {
  return Promise.all(commits.map((ops, i) => commitMessage(ops, { seq: i + 1 })));
}

function attribute(record: ProducerRecord | null, name: string): unknown {
  return JSON.parse(new TextDecoder().decode(record?.value))[name];
}

Deno.test("EventMaker.events() counts the events of a usual commit, and is -1 where something else is to be looked at", async () => {
  const maker = new EventMaker(optionsOf(), SOURCE);
  const messages = await messagesOf([
    [{ path: `${LIKE}/a`, record: USUAL }, { path: `${LIKE}/b`, record: USUAL, action: "update" }],
    [{ path: "com.example.thing/a" }],
    [{ path: `${LIKE}/a`, record: { ...USUAL, subject: 7 } }],
    [{ path: `${LIKE}/a`, missing: true }],
  ]);
  const found: unknown[] = [];
  for (const [i, frame] of framesOf(maker, messages).entries()) {
    const events = maker.events(frame, RECEIVED_MS);
    found.push(events);
    for (let place = 0; place < events; place++) {
      const record = maker.recordAt(frame, place);
      found.push(`${record?.uri} ${record?.seq} ${attribute(record, "action")}`);
      assertEquals(record?.seq, i + 1);
    }
  }
  assertEquals(found, [2, `at://${DID}/${LIKE}/a 1 create`, `at://${DID}/${LIKE}/b 1 update`, 0, -1, -1]);
  assertEquals([maker.filter.counts.operations, maker.filter.counts.filtered.collection], [3, 1]);
});

Deno.test("EventMaker.read() and encode() give by the generic path what the core leaves to it", async () => {
  const maker = new EventMaker(optionsOf({ events: ["records", "deletes"] }), SOURCE);
  const ops = [
    { path: `${LIKE}/a`, record: USUAL },
    { path: `${LIKE}/b`, record: { ...USUAL, subject: 7 } },
    { path: `${LIKE}/c`, action: "delete" },
  ];
  const [frame] = framesOf(maker, await messagesOf([ops]));
  if (frame === undefined) throw new Error("a commit was expected");
  const found = maker.read(frame, RECEIVED_MS) as readonly RepoOp[];
  assertEquals(found.map((op) => [op.kind, op.rkey, op instanceof EncodedWrite]), [
    ["create", "a", true],
    ["create", "b", false],
    ["delete", "c", false],
  ]);
  const types = found.map((op) => {
    const record = maker.encode(op, RECEIVED_MS);
    return "kind" in record ? record : [record.type, record.uri];
  });
  assertEquals(types, [
    ["Bluesky.Feed.Like", `at://${DID}/${LIKE}/a`],
    ["Bluesky.Feed.Like", `at://${DID}/${LIKE}/b`],
    ["Bluesky.Feed.Like.Deleted", `at://${DID}/${LIKE}/c`],
  ]);
});

Deno.test("EventMaker reads each commit that is not of the last chunk by the generic path", async () => {
  const maker = new EventMaker(optionsOf(), SOURCE);
  const messages = await messagesOf([[{ path: `${LIKE}/a`, record: USUAL }]]);
  const [old] = framesOf(maker, messages);
  const [young] = framesOf(maker, messages);
  if (old === undefined || young === undefined) throw new Error("two commits were expected");
  assertEquals([maker.events(old, RECEIVED_MS), maker.events(young, RECEIVED_MS)], [-1, 1]);
  const [op] = maker.read(old, RECEIVED_MS);
  assertEquals([op?.kind, op instanceof EncodedWrite], ["create", false]);
});

Deno.test("EventMaker takes turns with others over the core, and each makes what is its own", async () => {
  const likes = new EventMaker(optionsOf({ collections: rulesOf([LIKE]) }), "wss://likes.example");
  const posts = new EventMaker(optionsOf({ collections: rulesOf([POST]) }), "wss://posts.example");
  const ops = [{ path: `${LIKE}/a`, record: USUAL }, { path: `${POST}/a`, record: { text: "hi", createdAt: "z" } }];
  const messages = await messagesOf([ops, ops]);
  for (let turn = 0; turn < 3; turn++) {
    for (const [maker, collection] of [[likes, LIKE], [posts, POST]] as const) {
      for (const frame of framesOf(maker, messages)) {
        assertEquals(maker.events(frame, RECEIVED_MS), 1);
        const record = maker.recordAt(frame, 0);
        assertEquals([record?.uri, attribute(record, "source")], [`at://${DID}/${collection}/a`, maker.source]);
        record?.release();
      }
    }
  }
  // A commit that was decoded before the other took the memory has lost its row, and nothing else.
  const [frame] = framesOf(likes, messages);
  framesOf(posts, messages);
  if (frame === undefined) throw new Error("a commit was expected");
  assertEquals([likes.events(frame, RECEIVED_MS), likes.read(frame, RECEIVED_MS).length], [-1, 1]);
});

Deno.test("EventMaker.source is that of the events from then on, also within a chunk", async () => {
  const maker = new EventMaker(optionsOf(), SOURCE);
  const messages = await messagesOf(new Array(3).fill([{ path: `${LIKE}/a`, record: USUAL }]));
  maker.decoder.begin(messages);
  const sources = messages.map((_, place) => {
    if (place === 1) maker.source = "wss://other.example";
    const frame = maker.decoder.frame(place);
    if (frame.kind !== "commit") throw new Error(JSON.stringify(frame));
    assertEquals(maker.events(frame, RECEIVED_MS), 1);
    return attribute(maker.recordAt(frame, 0), "source");
  });
  assertEquals(sources, [SOURCE, "wss://other.example", "wss://other.example"]);
});

Deno.test("EventMaker.events() is -1 where posts are chosen, and read() leaves those out that are not wanted", async () => {
  const posts = postFilter({ langs: null, posts: "root" });
  const maker = new EventMaker(optionsOf({ posts }), SOURCE);
  const reply = { text: "b", createdAt: "z", reply: { root: { uri: "u", cid: "c" }, parent: { uri: "u", cid: "c" } } };
  const [frame] = framesOf(
    maker,
    await messagesOf([[{ path: `${POST}/a`, record: { text: "a", createdAt: "z" } }, {
      path: `${POST}/b`,
      record: reply,
    }]]),
  );
  if (frame === undefined) throw new Error("a commit was expected");
  assertEquals(maker.events(frame, RECEIVED_MS), -1);
  const found = maker.read(frame, RECEIVED_MS);
  assertEquals(found.length, 1);
  assertInstanceOf(found[0], EncodedWrite);
  assertEquals(found[0].rkey, "a");
});

Deno.test("EventMaker makes what the generic path makes where accounts are left out, whose list changes", async () => {
  const other = "did:web:other.example";
  const accounts = accountFilter({ shard: null, dids: null, excludeDids: new DidSet([other]) });
  if (accounts === null) throw new Error("a filter was expected");
  const ways = new BothWays(optionsOf({ accounts }));
  const messages = await Promise.all(
    [DID, other, DID, other].map((repo, i) =>
      commitMessage([{ path: `${LIKE}/${i}`, record: USUAL }], { seq: i + 1, repo })
    ),
  );
  ways.compare(messages, (place) => {
    if (place === 2) accounts.excludeDids = new DidSet([DID]);
  });
  assertEquals(ways.taken.events, 2);
});

Deno.test("EventMaker makes events of all collections that are named, also of more than the core has room for", async () => {
  const names = Array.from({ length: 2500 }, (_, i) => `com.example.thing${i}`);
  const ways = new BothWays(optionsOf({ collections: rulesOf(names) }));
  const wanted = [0, 1, 1000, 2498, 2499].map((i) => ({ path: `com.example.thing${i}/a`, record: { i } }));
  ways.compare(await messagesOf([...wanted, { path: "com.example.other/a", record: {} }].map((op) => [op])));
  assertEquals(ways.taken.events, wanted.length);
  const { byCore } = ways.taken;
  assert(byCore > 0 && byCore < wanted.length, `${byCore} by the core`);
});

Deno.test("EventMaker.encodeAccount() has the event of an #account, and a copy for each topic of records of now", () => {
  const topics = ["likes"];
  const layout = { ...layoutOf("structured", "account"), recordTopics: () => topics };
  const maker = new EventMaker({ ...optionsOf(), layout }, SOURCE);
  const fields = { seq: 1, did: DID, time: "2026-07-01T12:00:00.123Z", active: true };
  const frame = frameOf(encodeMessage("#account", fields), "account");
  const topicsOf = () => maker.encodeAccount(frame, 0).map(({ topic }) => topic);
  assertEquals(topicsOf(), ["account", "likes"]);
  topics.push("posts");
  assertEquals(topicsOf(), ["account", "likes", "posts"]);
});
