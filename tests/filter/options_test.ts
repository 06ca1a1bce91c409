import { assertEquals, assertStringIncludes } from "@std/assert";
import { collectionsOption, mistypedCollections } from "../../src/filter/options.ts";
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
    assertStringIncludes(result.kind === "wrong" ? result.wanted : "", String(near));
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
