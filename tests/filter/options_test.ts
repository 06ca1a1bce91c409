import { assertEquals } from "@std/assert";
import { collectionsOption, didsText, FILTER_OPTIONS } from "../../src/filter/options.ts";
import { COLLECTIONS, RECORD_TYPES } from "../../src/events/registry.ts";

const { read, doc } = collectionsOption(RECORD_TYPES);

Deno.test("collectionsOption() reads lists with spaces, empty places and repetitions, in the registry's order", () => {
  assertEquals(read(" app.bsky.feed.like , app.bsky.feed.post,, app.bsky.feed.like,"), {
    kind: "value",
    value: ["app.bsky.feed.post", "app.bsky.feed.like"],
  });
});

Deno.test("collectionsOption() takes all where a star is among the names, and names all of them", () => {
  for (const text of ["*", "app.bsky.feed.post, *"]) assertEquals(read(text), { kind: "value", value: COLLECTIONS });
  assertEquals(COLLECTIONS.filter((name) => !doc.includes(name)), []);
});

Deno.test("collectionsOption() names the nearest known collection for each unknown one, or all where none is near", () => {
  for (
    const [text, meant] of [
      ["app.bsky.feed.pots", "app.bsky.feed.post"],
      ["app.bsky.feed.likes", "app.bsky.feed.like"],
      ["post", "app.bsky.feed.post"],
      ["app.bsky.graph.blocks", "app.bsky.graph.block"],
      ["App.Bsky.Actor.Profile", "app.bsky.actor.profile"],
      ["com.example.thing", COLLECTIONS.join(", ")],
    ] as const
  ) {
    assertEquals(read(text), {
      kind: "wrong",
      is: `${JSON.stringify(text)} is an unknown collection`,
      wanted: `${meant} or *`,
    });
  }
  for (const text of ["app.bsky.feed.post,x,y", ",", " , "]) assertEquals(read(text).kind, "wrong", text);
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
