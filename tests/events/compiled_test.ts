import { assert, assertEquals } from "@std/assert";
import { CompiledTypes, type EncoderOptions } from "../../src/events/compiled.ts";
import { RECORD_TYPES } from "../../src/events/registry.ts";
import { encoderOptions, layoutOf } from "../support/events.ts";

const LIKE = "app.bsky.feed.like";
const OTHER = "com.example.thing";

function optionsOf(changes: Partial<EncoderOptions> = {}): EncoderOptions {
  return { ...encoderOptions(RECORD_TYPES, "structured"), ...changes };
}

function framedBy(compiled: CompiledTypes, collection: string): string {
  const before = compiled.of(collection)?.envelope.before ?? [];
  const text = new TextDecoder();
  return before.map((step) => step instanceof Uint8Array ? text.decode(step) : "…").join("");
}

Deno.test("CompiledTypes.of() gives a collection its own type, and all that have none the same plan", () => {
  const compiled = new CompiledTypes(optionsOf());
  const [like, other, more] = [LIKE, OTHER, "com.example.more"].map((collection) => compiled.of(collection));
  assertEquals([like, other, more].map((each) => each?.envelope.type), [
    "Bluesky.Feed.Like",
    "Atproto.Record",
    "Atproto.Record",
  ]);
  assert(other?.plan === more?.plan);
  assert(like?.plan !== other?.plan);
  assertEquals([like?.plan.hasRecord, other?.plan.hasRecord], [false, true]);
});

Deno.test("CompiledTypes.of() is null for a collection of no type", () => {
  const compiled = new CompiledTypes(
    optionsOf({ types: RECORD_TYPES.filter(({ collection }) => collection === LIKE) }),
  );
  assertEquals([compiled.of(LIKE)?.envelope.type, compiled.of(OTHER)], ["Bluesky.Feed.Like", null]);
  assertEquals(new CompiledTypes(optionsOf({ types: [] })).slots, 0);
});

Deno.test("CompiledTypes.of() frames by collection: its name, its topic and its rate", () => {
  const compiled = new CompiledTypes(optionsOf({
    layout: { ...layoutOf("structured"), topicOf: ({ type, kind, collection }) => `${kind}/${type}/${collection}` },
    sampledRate: (collection) => collection === OTHER ? 10 : null,
  }));
  assertEquals(compiled.of(OTHER)?.envelope.topic, `records/Atproto.Record/${OTHER}`);
  assertEquals(compiled.of(LIKE)?.envelope.topic, `records/Bluesky.Feed.Like/${LIKE}`);
  const [other, like] = [framedBy(compiled, OTHER), framedBy(compiled, LIKE)];
  assert(other.includes(`"collection":"${OTHER}","sampledrate":10`), other);
  assert(like.includes(`"collection":"${LIKE}"`) && !like.includes("sampledrate"), like);
});

Deno.test("CompiledTypes frames for its source alone", () => {
  const of = (source: string) => framedBy(new CompiledTypes(optionsOf({ source })), LIKE);
  assert(of('wss://a.example/"').includes('"source":"wss://a.example/\\""'));
  assertEquals(of("wss://a.example").replace("a.example", "b.example"), of("wss://b.example"));
});

Deno.test("CompiledTypes.of() compiles a collection once, and forgets made-up ones that are too many", () => {
  let compilations = 0;
  const compiled = new CompiledTypes(optionsOf({
    sampledRate: () => {
      compilations++;
      return null;
    },
  }));
  assert(compiled.of(LIKE) === compiled.of(LIKE));
  assertEquals(compilations, 1);
  for (let i = 0; i < 1023; i++) compiled.of(`com.example.thing${i}`);
  compiled.of(LIKE);
  assertEquals(compilations, 1024);
  compiled.of(OTHER);
  compiled.of(OTHER);
  const like = compiled.of(LIKE);
  assertEquals([compilations, like?.envelope.type], [1026, "Bluesky.Feed.Like"]);
});

Deno.test("CompiledTypes.slots is the most that one of its types has", () => {
  const compiled = new CompiledTypes(optionsOf());
  const slots = RECORD_TYPES.map(({ collection }) => compiled.of(collection)?.plan.slots ?? 0);
  assertEquals(compiled.slots, Math.max(...slots));
  assert(compiled.slots > 0 && new Set(slots).size > 1);
});
