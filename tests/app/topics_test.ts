import { assert, assertEquals } from "@std/assert";
import { homeTopic, layoutOf, recordTopicsOf, topicsOf } from "../../src/app/topics.ts";
import { resolveConfig } from "../../src/config/config.ts";
import { EVENT_KINDS, type EventKind } from "../../src/events/definition.ts";
import { PLAIN_LAYOUT } from "../../src/events/record_layout.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { DEAD_LETTER } from "../../src/events/types/dead_letter.ts";
import { topicTemplate } from "../../src/record/topic_template.ts";

function topics(template: string, collections: readonly string[], events: readonly EventKind[] = ["records"]) {
  return topicsOf(template, { collections, events, maxTopics: 3, trackRepos: 0 });
}

Deno.test("topicsOf() of a plain name is that topic alone, whatever is selected", () => {
  assertEquals(topics("bluesky", ["*"], EVENT_KINDS), { known: ["bluesky"], open: null });
});

Deno.test("topicsOf() names a topic for each collection that rules name, and for events about the stream", () => {
  const { known, open } = topics("b.{collection}", ["app.bsky.feed.post", "com.example.thing"]);
  assertEquals([known.toSorted(), open], [["b.app.bsky.feed.post", "b.com.example.thing", "b.stream"], null]);
});

Deno.test("topicsOf() names the known topics of wildcards without what is excluded, and leaves the others open", () => {
  const { known, open } = topics("b.{collection}", ["app.bsky.feed.*", "!app.bsky.feed.like"], ["records", "account"]);
  assertEquals(known.toSorted(), [
    "b.account",
    "b.app.bsky.feed.post",
    "b.app.bsky.feed.repost",
    "b.other",
    "b.stream",
  ]);
  assert(open !== null);
  assertEquals(open.limit, 3);
  const own = [
    "b.app.bsky.feed.threadgate",
    "b.app.bsky.feed.like",
    "b.com.example.thing",
    "b.other",
    "app.bsky.feed.x",
  ];
  assertEquals(own.filter(open.isOwn), ["b.app.bsky.feed.threadgate"]);
  assertEquals(open.otherOf("b.app.bsky.feed.threadgate"), "b.other");
});

Deno.test("topicsOf() has for each kind the topic of all collections without one", () => {
  const { known, open } = topics("{kind}.{collection}", ["*"], ["records", "deletes"]);
  assert(
    known.includes("records.other") && known.includes("deletes.other") && known.includes("deletes.app.bsky.feed.like"),
  );
  assertEquals(open?.otherOf("deletes.com.example.thing"), "deletes.other");
  assert(known.includes(open?.otherOf("whatever") ?? ""));
});

Deno.test("topicsOf() by types or kinds leaves nothing open, as all of those are known", () => {
  assertEquals(topics("b.{kind}", ["*"], EVENT_KINDS), {
    known: ["b.stream", ...EVENT_KINDS.map((kind) => `b.${kind}`)],
    open: null,
  });
  const { known, open } = topics("{type}", ["*"], ["records"]);
  assertEquals([open, known.includes("Atproto.Record"), known.length], [null, true, 8]);
});

Deno.test("topicsOf() has the topic of broken chains where repositories are tracked", () => {
  const selected = { collections: ["app.bsky.feed.post"], events: ["records"], maxTopics: 3, trackRepos: 1 } as const;
  const types = ["Bluesky.Stream.Gap", "Bluesky.Stream.RepoGap", "Bluesky.Feed.Post"];
  assertEquals(topicsOf("{type}", selected).known, types);
  assertEquals(topicsOf("b.{kind}", selected).known, ["b.stream", "b.records"]);
});

Deno.test("every event type has a topic that is known, or one of its collection", () => {
  const all = { collections: ["*"], events: EVENT_KINDS, maxTopics: 3, trackRepos: 1 } as const;
  for (const template of ["{type}", "b.{kind}", "b.{collection}", "{kind}.{type}.{collection}"]) {
    const { known, open } = topicsOf(template, all);
    for (const { type, kind, collection } of EVENT_TYPES) {
      // Dead letters have a topic of their own.
      if (type === DEAD_LETTER.type) continue;
      const topic = topicTemplate(template)({
        type,
        kind,
        collection: collection === "*" ? "com.example.x" : collection,
      });
      assert(known.includes(topic) || open?.isOwn(topic) === true, `${topic} of ${template}`);
    }
  }
});

Deno.test("homeTopic() is the same whatever is selected, and one of those that are known", () => {
  for (const template of ["bluesky", "b.{collection}", "{type}", "x.{kind}"]) {
    for (const events of [["records"], ["deletes", "sync"]] as const) {
      assertEquals(topics(template, ["app.bsky.feed.post"], events).known[0], homeTopic(template));
    }
  }
});

Deno.test("layoutOf() is that of the options for Kafka, and plain for lines", () => {
  const kafka = { kafkaBootstrapServers: "k:9092", kafkaTopic: "b.{kind}", kafkaKey: "uri", contentMode: "binary" };
  const layouts = [kafka, { output: "-", contentMode: "structured" }].map((flags) => {
    const resolution = resolveConfig(flags.contentMode === "structured" ? { output: "-" } : flags, {});
    assert(resolution.kind === "config");
    return layoutOf(resolution.config, () => []);
  });
  const { topicOf, recordTopics, ...rest } = layouts[0] ?? PLAIN_LAYOUT;
  assertEquals(rest, { mode: "binary", key: "uri", tombstones: false, time: "event" });
  assertEquals(topicOf({ type: "T", kind: "records", collection: "a.b.c" }), "b.records");
  assertEquals([...recordTopics()], []);
  assertEquals(layouts[1], PLAIN_LAYOUT);
});

Deno.test("recordTopicsOf() has every topic that holds records, now known or open, and no other", () => {
  const open: string[] = [];
  const of = (template: string, collections: readonly string[], events: readonly EventKind[] = EVENT_KINDS) => {
    const selected = { collections, events, maxTopics: 3, trackRepos: 5 };
    return () => [...recordTopicsOf(template, selected, () => open)()].toSorted();
  };
  const named = of("b.{collection}", ["app.bsky.feed.post", "com.example.thing"]);
  const wild = of("b.{collection}", ["app.bsky.graph.*", "!app.bsky.graph.block"]);
  const kinds = of("{kind}.{collection}", ["app.bsky.graph.follow", "com.*"]);
  const before = ["b.app.bsky.graph.follow", "b.other"];
  assertEquals(named(), ["b.app.bsky.feed.post", "b.com.example.thing"]);
  assertEquals(wild(), before);
  assertEquals(kinds(), ["records.app.bsky.graph.follow", "records.other"]);
  open.push("b.app.bsky.graph.list", "b.app.bsky.graph.follow", "deletes.com.example.a", "records.com.example.a");
  assertEquals(named(), ["b.app.bsky.feed.post", "b.com.example.thing"]);
  assertEquals(wild(), ["b.app.bsky.graph.follow", "b.app.bsky.graph.list", "b.other"]);
  assertEquals(kinds(), ["records.app.bsky.graph.follow", "records.com.example.a", "records.other"]);
  assertEquals(of("b.{kind}", ["*"])(), ["b.records"]);
  const types = of("{type}", ["*"])();
  assertEquals([types.length, types.includes("Bluesky.Feed.Like"), types.includes("Atproto.Record")], [7, true, true]);
  assert(!types.some((type) => type.endsWith(".Deleted") || type === "Atproto.Account"), types.join());
});

Deno.test("recordTopicsOf() has none where there is one topic, or records or accounts are not wanted", () => {
  for (
    const [template, events] of [
      ["bluesky", EVENT_KINDS],
      ["b.{collection}", ["records", "deletes", "identity", "sync"]],
      ["b.{collection}", ["deletes", "account"]],
    ] as const
  ) {
    const selected = { collections: ["*"], events, maxTopics: 3, trackRepos: 0 };
    assertEquals([...recordTopicsOf(template, selected, () => ["b.app.bsky.graph.list"])()], []);
  }
});
