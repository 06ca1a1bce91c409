import { assertEquals, assertStringIncludes } from "@std/assert";
import { collectionsOption, didsText, FILTER_OPTIONS, mistypedCollections } from "../../src/filter/options.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";

const { read, doc, empty } = collectionsOption(RECORD_TYPES);

Deno.test("collectionsOption() reads rules once each, the exclusions last; empty means those with types of their own", () => {
  assertEquals(read(" app.bsky.feed.like , !app.bsky.feed.post, app.bsky.*,, app.bsky.feed.like,"), {
    kind: "value",
    value: ["app.bsky.feed.like", "app.bsky.*", "!app.bsky.feed.post"],
  });
  assertEquals(read("*"), { kind: "value", value: ["*"] });
  assertEquals(read(empty), { kind: "value", value: COLLECTIONS });
  assertEquals(COLLECTIONS.filter((name) => !doc.includes(name)), []);
});

Deno.test("collectionsOption() refuses what is no rule, and names the nearest known collection if there is one", () => {
  for (const text of ["app.bsky.feed.post,x,y", ",", " , ", "!app.bsky.feed.post"]) {
    assertEquals(read(text).kind, "wrong", text);
  }
  for (
    const [text, near] of [["post", "app.bsky.feed.post"], ["app.bsky.feed.po*t", "app.bsky.feed.post"], ["x", "NSIDs"]]
  ) {
    const result = read(String(text));
    assertStringIncludes(result.kind === "wrong" ? result.expected : "", String(near));
  }
});

Deno.test("mistypedCollections() tells of collections that are nearly known ones, and of no others", () => {
  for (
    const [rule, meant] of [
      ["app.bsky.feed.pots", "app.bsky.feed.post"],
      ["app.bsky.feed.likes", "app.bsky.feed.like"],
      ["App.Bsky.Actor.Profile", "app.bsky.actor.profile"],
      ["app.bsky.fed.*", "app.bsky.feed.*"],
      ["!app.bsky.graph.blocks", "app.bsky.graph.block"],
    ] as const
  ) {
    assertEquals(mistypedCollections([rule], "--collections"), [
      `Perhaps mistyped: --collections names "${rule.replace("!", "")}", the nearest known one is "${meant}"`,
    ]);
  }
  const real = [
    "app.bsky.feed.postgate",
    "app.bsky.feed.threadgate",
    "app.bsky.graph.listblock",
    "app.bsky.graph.list",
  ];
  assertEquals(mistypedCollections([...COLLECTIONS, ...real, "*", "app.bsky.*", "com.whtwnd.blog.entry"], "x"), []);
});

Deno.test("FILTER_OPTIONS takes the only shard of one for all accounts", () => {
  assertEquals(FILTER_OPTIONS.shard.read("0/1"), { kind: "value", value: null });
  assertEquals(FILTER_OPTIONS.shard.read("3/4"), { kind: "value", value: { index: 3, count: 4 } });
  assertEquals(FILTER_OPTIONS.shard.read("4/4").kind, "wrong");
});

Deno.test("FILTER_OPTIONS takes lists of DIDs and files of them, and names what is no DID", () => {
  const { read } = FILTER_OPTIONS.dids;
  assertEquals(read("did:web:b, did:web:a"), {
    kind: "value",
    value: { kind: "list", dids: ["did:web:b", "did:web:a"] },
  });
  assertEquals(read("@ a/b"), { kind: "value", value: { kind: "file", path: "a/b" } });
  const problems = ["did:web:a,alice.example", "did:plc:short", "@", "@a/", ","].map((text) => {
    const parsed = read(text);
    return parsed.kind === "wrong" ? parsed.is : null;
  });
  assertEquals(problems, [
    '"alice.example": it is a handle, which its account can change',
    '"did:plc:short": it is no DID of did:plc',
    "it names no file",
    "it names a folder",
    "it names no DID",
  ]);
});

Deno.test("didsText() is the same for the same accounts in any order, and the path of a file", () => {
  assertEquals(didsText({ kind: "list", dids: ["did:web:b", "did:web:a", "did:web:b"] }), "did:web:a,did:web:b");
  assertEquals([didsText({ kind: "file", path: "/x" }), didsText(null)], ["@/x", null]);
});
