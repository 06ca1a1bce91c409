import { assertEquals, assertMatch } from "@std/assert";
import { EVENT_TYPES, type FieldSpec, RECORD_TYPES, STREAM_TYPES } from "../../src/events/schema.ts";

/** What consumers rely on: the types and their collections. */
const PROMISED = {
  "Bluesky.Feed.Post": "app.bsky.feed.post",
  "Bluesky.Feed.Like": "app.bsky.feed.like",
  "Bluesky.Feed.Repost": "app.bsky.feed.repost",
  "Bluesky.Graph.Follow": "app.bsky.graph.follow",
  "Bluesky.Graph.Block": "app.bsky.graph.block",
  "Bluesky.Actor.Profile": "app.bsky.actor.profile",
};

Deno.test("RECORD_TYPES has the promised types, and each its collection", () => {
  const found: Record<string, string> = Object.fromEntries(
    Object.entries(RECORD_TYPES).map(([type, { collection }]) => [type, collection]),
  );
  assertEquals(found, PROMISED);
});

Deno.test("STREAM_TYPES has the promised types, each with the field that names it first", () => {
  assertEquals(Object.keys(STREAM_TYPES), ["Bluesky.Stream.Gap", "Bluesky.Stream.DeadLetter"]);
  for (const [type, { key, fields }] of Object.entries(STREAM_TYPES)) assertEquals(Object.keys(fields)[0], key, type);
});

Deno.test("RECORD_TYPES ends each event with created_at, indexed_at and seq, and names the account in each", () => {
  for (const [type, { fields }] of Object.entries(RECORD_TYPES)) {
    const names = Object.keys(fields);
    assertEquals(names.slice(-3), ["created_at", "indexed_at", "seq"], type);
    for (const name of ["did", "handle"]) assertEquals(names.includes(name), true, `${type}: ${name}`);
  }
});

Deno.test("EVENT_TYPES describes each type by a sentence and each field by a phrase, in names of one form", () => {
  let count = 0;
  for (const { doc, fields } of Object.values(EVENT_TYPES)) {
    assertMatch(doc, /^[A-Z].*\.$/);
    for (const [name, spec] of Object.entries(fields) as [string, FieldSpec][]) {
      assertMatch(name, /^[a-z]+(?:_[a-z]+)*$/);
      assertMatch(spec.doc, /[^.]$/);
      count++;
    }
  }
  assertEquals(count > 50, true, `${count}`);
});
