import { assert, assertEquals } from "@std/assert";
import { CompiledTypes } from "../../src/events/compiled.ts";
import { COLLECTIONS, RECORD_TYPES, WHOLE_RECORD_TYPES } from "../../src/events/registry.ts";
import { encoderOptions, layoutOf } from "../support/events.ts";

Deno.test("CompiledTypes.of() compiles a collection once, and gives others the type of all others", () => {
  const types = new CompiledTypes(encoderOptions(RECORD_TYPES, "structured"));
  for (const collection of [...COLLECTIONS, "com.example.thing"]) {
    const compiled = types.of(collection);
    assert(compiled !== null && types.of(collection) === compiled, collection);
  }
  assertEquals(types.of("com.example.one")?.plan, types.of("com.example.two")?.plan);
  assert(types.of("com.example.one")?.envelope !== types.of("com.example.two")?.envelope);
  assert(types.of("com.example.one")?.plan !== types.of("app.bsky.feed.like")?.plan);
});

Deno.test("CompiledTypes.of() gives nothing where no type takes the collection", () => {
  const likes = RECORD_TYPES.filter(({ collection }) => collection === "app.bsky.feed.like");
  const types = new CompiledTypes(encoderOptions(likes, "structured"));
  assertEquals([types.of("app.bsky.feed.like") === null, types.of("app.bsky.feed.post")], [false, null]);
});

Deno.test("CompiledTypes.of() asks for topic and rate of the collection, and remembers a bounded number of them", () => {
  const asked: string[] = [];
  const topics: string[] = [];
  const types = new CompiledTypes({
    ...encoderOptions(RECORD_TYPES, "structured"),
    layout: {
      ...layoutOf("structured"),
      topicOf: ({ type, collection }) => {
        topics.push(`${type} ${collection}`);
        return "t";
      },
    },
    sampledRate: (collection) => {
      asked.push(collection);
      return 2;
    },
  });
  types.of("app.bsky.feed.like");
  assertEquals([asked, topics], [["app.bsky.feed.like"], ["Bluesky.Feed.Like app.bsky.feed.like"]]);
  for (let i = 0; i < 1023; i++) types.of(`com.example.made${i}`);
  types.of("app.bsky.feed.like");
  assertEquals(asked.length, 1024);
  types.of("com.example.more");
  types.of("app.bsky.feed.like");
  assertEquals(asked.length, 1026);
});

Deno.test("CompiledTypes.slots is the most that a type has", () => {
  const [few, many] = [RECORD_TYPES, WHOLE_RECORD_TYPES].map((types) => {
    const { slots } = new CompiledTypes(encoderOptions(types, "structured"));
    return slots;
  });
  assert(few !== undefined && many !== undefined && few > 5 && many >= few, `${few} ${many}`);
  assertEquals(new CompiledTypes(encoderOptions([], "structured")).slots, 0);
});
