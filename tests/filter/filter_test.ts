import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { MAX_OPS } from "../../src/atproto/commit.ts";
import { noOperations } from "../../src/filter/drops.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { Filter, UNFILTERED } from "../../src/filter/filter.ts";
import { postFilter } from "../../src/filter/posts.ts";
import { isSampled } from "../../src/filter/sample.ts";
import { commitFrame } from "../support/messages.ts";

const POST = "app.bsky.feed.post";
const POSTS = { collections: rulesOf([POST]), ...UNFILTERED };

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
  const filtered = { shard: 0, did: 0, write: 0, delete: 4, action: 2, collection: 4, reply: 0, language: 0 };
  assertEquals(filter.counts, { operations: 16, filtered, sampledOut: 0 });
});

Deno.test("Filter.read() takes deletes where they are wanted, of what is in the sample, and leaves writes where not", async () => {
  const ops = Array.from({ length: 50 }, (_, i) => [
    { path: `${POST}/${i}`, record: {} },
    { action: "delete", path: `${POST}/${i}` },
  ]);
  const frame = await commitFrame(ops.flat());
  const taken = (filter: Filter) =>
    filter.read(frame).map((each) => each.kind === "rejected" ? each.reason : each.kind);
  const deletes = new Filter({ ...POSTS, events: ["deletes"] });
  assertEquals(taken(deletes), new Array(50).fill("delete"));
  assertEquals([deletes.counts.filtered.write, deletes.counts.filtered.delete], [50, 0]);
  const both = new Filter({ ...POSTS, events: ["records", "deletes"], sampleRates: { rest: 0.5, of: [] } });
  const results = both.read(frame).map((each) => each.kind === "rejected" ? each : `${each.kind} ${each.uri}`);
  assert(results.length > 20 && results.length < 80, `${results.length}`);
  // A record and its delete share their fate.
  for (const each of results) {
    assert(results.includes(String(each).replace(/^\w+/, (kind) => kind === "delete" ? "create" : "delete")));
  }
  const { filtered, sampledOut } = both.counts;
  assertEquals([filtered.write + filtered.delete, sampledOut], [0, 100 - results.length]);
});

Deno.test("Filter.read() samples before it looks for blocks, and counts what it leaves out", async () => {
  const frame = await commitFrame([{ path: `${POST}/1`, missing: true }, { path: `${POST}/2` }]);
  const filter = new Filter({ ...POSTS, sampleRates: { rest: 0, of: [] } });
  assertEquals(filter.read(frame), []);
  assertEquals(filter.counts, { ...noOperations(), operations: 2, sampledOut: 2 });
});

Deno.test("Filter.read() keeps at a sample rate the same records in every run, and the others of them are counted", async () => {
  const frame = await commitFrame(Array.from({ length: 200 }, (_, i) => ({ path: `${POST}/${i}`, record: {} })));
  const half = { ...POSTS, sampleRates: { rest: 0.5, of: [] } };
  const [one, other] = [new Filter(half), new Filter(half)];
  const uris = (filter: Filter) => filter.read(frame).map((each) => each.kind === "rejected" ? "" : each.uri);
  const kept = uris(one);
  assertEquals(uris(other), kept);
  assert(kept.length > 50 && kept.length < 150 && !kept.includes(""), `${kept.length}`);
  assertEquals(one.counts, { ...noOperations(), operations: 200, sampledOut: 200 - kept.length });
});

Deno.test("Filter.read() counts no operation of a commit that is of no use as a whole", async () => {
  const cid = await cidForLex({});
  const ops = Array.from({ length: MAX_OPS + 1 }, (_, i) => ({ action: "create", path: `${POST}/${i}`, cid }));
  const filter = new Filter(POSTS);
  const results = filter.read(await commitFrame([], { ops }));
  assertEquals(results.map((each) => each.kind === "rejected" && each.reason), ["frame-invalid"]);
  assertEquals(filter.counts, noOperations());
});

Deno.test("Filter.read() samples each collection at its own rate", async () => {
  const like = "app.bsky.feed.like";
  const paths = Array.from({ length: 200 }, (_, i) => [`${POST}/${i}`, `${like}/${i}`]).flat();
  const frame = await commitFrame(paths.map((path) => ({ path, record: {} })));
  const sampleRates = { rest: 1, of: [[like, 0.1]] } as const;
  const filter = new Filter({ ...UNFILTERED, collections: rulesOf([POST, like]), sampleRates });
  const kept = filter.read(frame).map((each) => each.kind === "rejected" ? "" : each.uri);
  const likes = paths.map((path) => `at://${frame.did}/${path}`).filter((uri) => uri.includes(`/${like}/`));
  assertEquals(kept.filter((uri) => uri.includes(`/${POST}/`)).length, 200);
  assertEquals(kept.filter((uri) => uri.includes(`/${like}/`)), likes.filter((uri) => isSampled(uri, 0.1)));
  assertEquals(filter.counts.sampledOut, 400 - kept.length);
});

Deno.test("Filter.record() lets a record and its deletion share their fate", async () => {
  const filter = new Filter({ ...POSTS, sampleRates: { rest: 1, of: [[POST, 0.5]] } });
  const paths = Array.from({ length: 100 }, (_, i) => `${POST}/${i}`);
  const fates = async (action: "create" | "delete") => {
    const fate: boolean[] = [];
    const frame = await commitFrame(paths.map((path) => ({ path, action, record: {} })));
    for (const ops = frame.ops(); ops.next();) fate.push(filter.record(frame, ops.path, POST));
    return fate;
  };
  const created = await fates("create");
  assertEquals(await fates("delete"), created);
  assert(new Set(created).size === 2 && created.length === 100);
});

Deno.test("Filter.read() leaves out posts by what is in them, counts them, and passes what is of no use", async () => {
  const ops = [
    { path: `${POST}/1`, record: { langs: ["en"] } },
    { path: `${POST}/2`, record: { langs: ["de"] } },
    { path: `${POST}/3`, record: { langs: ["en"], reply: { parent: { uri: "at://did:plc:x/a.b.c/1" } } } },
    { path: `${POST}/4`, missing: true },
  ];
  const filter = new Filter({ ...POSTS, posts: postFilter({ langs: ["en"], posts: "root" }) });
  const found = filter.read(await commitFrame(ops));
  assertEquals(found.map((each) => each.kind === "rejected" ? each.reason : each.rkey), ["1", "block-missing"]);
  assertEquals(filter.counts.filtered, { ...noOperations().filtered, language: 1, reply: 1 });
  assertEquals(filter.counts.operations, 4);
});
