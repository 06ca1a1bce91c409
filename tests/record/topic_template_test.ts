import { assert, assertEquals } from "@std/assert";
import {
  fixedText,
  MAX_TOPIC_LENGTH,
  otherTopic,
  placeholdersOf,
  topicPattern,
  topicTemplate,
} from "../../src/record/topic_template.ts";

const LIKE = { type: "Bluesky.Feed.Like", kind: "records", collection: "app.bsky.feed.like" };
const GAP = { type: "Bluesky.Stream.Gap", kind: "stream", collection: null };

Deno.test("topicTemplate() fills in what an event has, of one about no record the kind for the collection", () => {
  const topicOf = topicTemplate("a.{kind}-{type}_{collection}.{kind}");
  assertEquals(topicOf(LIKE), "a.records-Bluesky.Feed.Like_app.bsky.feed.like.records");
  assertEquals(topicOf(GAP), "a.stream-Bluesky.Stream.Gap_stream.stream");
});

Deno.test("topicTemplate() gives the very same text for all events where there is no placeholder", () => {
  assertEquals([topicTemplate("bluesky")(LIKE), topicTemplate("bluesky")(GAP)], ["bluesky", "bluesky"]);
});

Deno.test("topicTemplate() gives collections whose names are too long the topic of all others", () => {
  const collection = `com.${"example.".repeat(30)}thing`;
  const topicOf = topicTemplate("bluesky.{collection}");
  assertEquals(topicOf({ ...LIKE, collection }), "bluesky.other");
  const longest = collection.slice(0, MAX_TOPIC_LENGTH - "bluesky.".length);
  assertEquals(topicOf({ ...LIKE, collection: longest }).length, MAX_TOPIC_LENGTH);
});

Deno.test("topicPattern() finds in a topic what the template put there, and nothing in others", () => {
  const types = [LIKE, { type: "Atproto.Record", kind: "records" }, {
    type: "Atproto.Record.Deleted",
    kind: "deletes",
  }];
  for (
    const template of [
      "b.{collection}",
      "{kind}.{collection}",
      "{type}+{collection}",
      "{collection}.{kind}.{collection}",
    ]
  ) {
    const pattern = topicPattern(template, types);
    for (const { type, kind } of types) {
      const groups = pattern.exec(topicTemplate(template)({ type, kind, collection: "com.example.a-b.thing" }))?.groups;
      assertEquals(groups?.["collection"], "com.example.a-b.thing", template);
      if (template.includes("{kind}")) assertEquals(groups?.["kind"], kind);
      if (template.includes("{type}")) assertEquals(groups?.["type"], type);
    }
  }
  assertEquals(topicPattern("b.{collection}", types).exec("bXcom.example.thing"), null);
  assertEquals(topicPattern("{collection}-{collection}", types).exec("a.b.c-a.b.d"), null);
});

Deno.test("otherTopic(), placeholdersOf() and fixedText() take a template apart", () => {
  assertEquals(otherTopic("x.{kind}.{collection}", LIKE), "x.records.other");
  assertEquals(placeholdersOf("a{type}b{foo}{}"), ["type", "foo", ""]);
  assertEquals([fixedText("a{type}b{foo}"), fixedText("{collection}")], ["ab", ""]);
  assert(fixedText("a}b{").includes("}"));
});
