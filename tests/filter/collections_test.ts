import { assertEquals } from "@std/assert";
import { CollectionMatcher } from "../../src/filter/collections.ts";

Deno.test("CollectionMatcher.match() knows each wanted collection where it stands, and nothing that is like it", () => {
  const wanted = ["app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.graph.follow"];
  const matcher = new CollectionMatcher(new Set(wanted));
  const match = (text: string) => {
    const bytes = new TextEncoder().encode(`<${text}>`);
    return matcher.match(bytes, 1, bytes.length - 1);
  };
  assertEquals(wanted.map(match), wanted);
  const others = ["", "app.bsky.feed.pos", "app.bsky.feed.postx", "App.bsky.feed.post", "app.bsky.feed.posu"];
  assertEquals(others.map(match), others.map(() => null));
});
