import { assertEquals } from "@std/assert";
import { COLLECTIONS } from "../../src/events/schema.ts";
import { readCollections } from "../../src/filter/options.ts";
import { assertWrong, valueOf } from "../support/read.ts";

Deno.test("readCollections() tolerates spaces, empty places and repetitions", () => {
  assertEquals(
    valueOf(readCollections(" app.bsky.feed.like , app.bsky.feed.post,, app.bsky.feed.like,")),
    ["app.bsky.feed.post", "app.bsky.feed.like"],
  );
});

Deno.test("readCollections() takes all six when a star is among the names", () => {
  assertEquals(valueOf(readCollections("*")), COLLECTIONS);
  assertEquals(valueOf(readCollections("app.bsky.feed.post, *")), COLLECTIONS);
  assertEquals(COLLECTIONS.length, 6);
});

Deno.test("readCollections() names the nearest known collection for each unknown one, or all where none is near", () => {
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
    const read = readCollections(text);
    assertEquals(read, {
      kind: "wrong",
      is: `${JSON.stringify(text)} is an unknown collection`,
      wanted: `${meant} or *`,
    });
  }
  assertEquals(readCollections("app.bsky.feed.post,x,y").kind, "wrong");
  assertWrong(readCollections, [",", " , "]);
});
