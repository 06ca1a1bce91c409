import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { MAX_OPS } from "../../src/atproto/commit.ts";
import { Filter } from "../../src/filter/filter.ts";
import { commitFrame } from "../support/messages.ts";

const POST = "app.bsky.feed.post";
const POSTS = { collections: new Set([POST]), sampleRate: 1 };

Deno.test("Filter.read() takes creates and updates of wanted collections, and counts what it leaves out by reason", async () => {
  const cid = await cidForLex({});
  const path = `${POST}/1`;
  const ops = [
    { action: "delete", path, cid: null },
    { action: "delete", path: "a.b.c/1", cid: null },
    { action: "create", path: "a.b.c/1", cid },
    { action: "update", path: `${POST}x/1`, cid },
    { action: "rename", path, cid },
    { action: "create", path, cid },
    { action: "update", path, cid: null },
    "text",
  ];
  const filter = new Filter(POSTS);
  const frame = await commitFrame([], { ops, blocks: new Uint8Array(0) });
  filter.read(frame);
  const results = filter.read(frame);
  assertEquals(results.map((each) => each.kind === "rejected" ? each.reason : each.kind), [
    "op-invalid",
    "op-invalid",
    "blocks-undecodable",
  ]);
  const { operations, filtered, deletes, otherCollections, unknownKinds, sampledOut } = filter;
  assertEquals({ operations, filtered, deletes, otherCollections, unknownKinds, sampledOut }, {
    operations: 16,
    filtered: 10,
    deletes: 4,
    otherCollections: 4,
    unknownKinds: 2,
    sampledOut: 0,
  });
});

Deno.test("Filter.read() takes deletes where they are wanted, of what is in the sample, and leaves writes where not", async () => {
  const ops = Array.from({ length: 50 }, (_, i) => [
    { path: `${POST}/${i}`, record: {} },
    { action: "delete", path: `${POST}/${i}` },
  ]);
  const frame = await commitFrame(ops.flat());
  const taken = (filter: Filter) =>
    filter.read(frame).map((each) => each.kind === "rejected" ? each.reason : each.kind);
  const deletes = new Filter(POSTS, ["deletes"]);
  assertEquals(taken(deletes), new Array(50).fill("delete"));
  assertEquals([deletes.writes, deletes.deletes, deletes.filtered], [50, 0, 50]);
  const both = new Filter({ ...POSTS, sampleRate: 0.5 }, ["records", "deletes"]);
  const results = both.read(frame).map((each) => each.kind === "rejected" ? each : `${each.kind} ${each.uri}`);
  assert(results.length > 20 && results.length < 80, `${results.length}`);
  // A record and its delete share their fate.
  for (const each of results) {
    assert(results.includes(String(each).replace(/^\w+/, (kind) => kind === "delete" ? "create" : "delete")));
  }
  assertEquals([both.filtered, both.sampledOut], [0, 100 - results.length]);
});

Deno.test("Filter.read() samples before it looks for blocks, and counts what it leaves out", async () => {
  const frame = await commitFrame([{ path: `${POST}/1`, missing: true }, { path: `${POST}/2` }]);
  const filter = new Filter({ ...POSTS, sampleRate: 0 });
  assertEquals(filter.read(frame), []);
  assertEquals([filter.operations, filter.filtered, filter.sampledOut], [2, 0, 2]);
});

Deno.test("Filter.read() keeps at a sample rate the same records in every run, and the others of them are counted", async () => {
  const frame = await commitFrame(Array.from({ length: 200 }, (_, i) => ({ path: `${POST}/${i}`, record: {} })));
  const [one, other] = [new Filter({ ...POSTS, sampleRate: 0.5 }), new Filter({ ...POSTS, sampleRate: 0.5 })];
  const uris = (filter: Filter) => filter.read(frame).map((each) => each.kind === "rejected" ? "" : each.uri);
  const kept = uris(one);
  assertEquals(uris(other), kept);
  assert(kept.length > 50 && kept.length < 150 && !kept.includes(""), `${kept.length}`);
  assertEquals([one.operations, one.sampledOut], [200, 200 - kept.length]);
});

Deno.test("Filter.read() counts no operation of a commit that is of no use as a whole", async () => {
  const cid = await cidForLex({});
  const ops = Array.from({ length: MAX_OPS + 1 }, (_, i) => ({ action: "create", path: `${POST}/${i}`, cid }));
  const filter = new Filter(POSTS);
  const results = filter.read(await commitFrame([], { ops }));
  assertEquals(results.map((each) => each.kind === "rejected" && each.reason), ["frame-invalid"]);
  assertEquals(filter.operations, 0);
});
