import { assertEquals, assertNotEquals } from "@std/assert";
import { compareOwners, type CursorOwner, optionsHash, readOwner } from "../../src/cursor/owner.ts";

const OWNER: CursorOwner = {
  job: "bluesky_firehose-bluesky",
  cluster: "C1",
  topic: "bluesky",
  topicId: "T1",
  options: optionsHash(["app.bsky.feed.post"], 1),
};

Deno.test("compareOwners() names each difference, and takes what is not known for equal", () => {
  assertEquals(compareOwners(OWNER, OWNER), { kind: "same" });
  assertEquals(compareOwners({ ...OWNER, cluster: null, topicId: null }, OWNER), { kind: "same" });
  assertEquals(compareOwners(OWNER, { ...OWNER, cluster: null }), { kind: "same" });
  const changes: readonly (readonly [Partial<CursorOwner>, string])[] = [
    [{ job: "mine" }, 'job "mine", not "bluesky_firehose-bluesky"'],
    [{ cluster: "C2" }, "cluster C2, not C1"],
    [{ topic: "posts" }, 'topic "posts", not "bluesky"'],
    [{ options: "x" }, "other events, collections, sample rate or filters"],
  ];
  for (const [change, text] of changes) {
    assertEquals(compareOwners({ ...OWNER, ...change }, OWNER), { kind: "other", differences: [text] });
  }
});

Deno.test("compareOwners() tells a topic that was created again from one of another job", () => {
  assertEquals(compareOwners({ ...OWNER, topicId: "T0" }, OWNER), { kind: "recreated" });
  assertEquals(compareOwners({ ...OWNER, topicId: "T0", job: "mine" }, OWNER).kind, "other");
});

Deno.test("optionsHash() depends on collections and sample rate, and not on the order of the collections", () => {
  assertEquals(optionsHash(["a", "b"], 0.5), optionsHash(["b", "a"], 0.5));
  assertNotEquals(optionsHash(["a"], 1), optionsHash(["b"], 1));
  assertNotEquals(optionsHash(["a"], 1), optionsHash(["a"], 0.5));
  assertNotEquals(optionsHash(["a"], 1), optionsHash(["a"], 1, { events: ["records", "deletes"] }));
  // The hash of cursors saved before there was a choice of events.
  assertEquals(optionsHash(["a"], 1), "25d0a274a423");
});

Deno.test("optionsHash() depends on the filters that are set, and without any is what every version made", () => {
  assertEquals(optionsHash(["a"], 1, { shard: null, dids: null }), optionsHash(["a"], 1));
  assertEquals(optionsHash(["app.bsky.feed.post"], 1), "c0cc6a1d9eed");
  const shards = [{ index: 0, count: 2 }, { index: 1, count: 2 }, { index: 0, count: 4 }, null];
  assertEquals(new Set(shards.map((shard) => optionsHash(["a"], 1, { shard }))).size, 4);
});

Deno.test("readOwner() reads what was written, and nothing else", () => {
  assertEquals(readOwner(JSON.parse(JSON.stringify(OWNER))), OWNER);
  const { cluster: _cluster, topicId: _topicId, ...least } = OWNER;
  assertEquals(readOwner(least), { ...least, cluster: null, topicId: null });
  for (const value of [null, "x", {}, { ...OWNER, job: 1 }, { ...OWNER, options: null }]) {
    assertEquals(readOwner(value), null);
  }
});
