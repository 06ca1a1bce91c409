import { assertEquals } from "@std/assert";
import { ENVELOPE, envelopeOf, shortName, STREAM_ENVELOPE } from "../../src/events/definition.ts";
import { GAP } from "../../src/events/types/gap.ts";
import { POST } from "../../src/events/types/post.ts";

Deno.test("envelopeOf() has an action in events of records alone", () => {
  assertEquals([envelopeOf(POST), envelopeOf(GAP)], [ENVELOPE, STREAM_ENVELOPE]);
  assertEquals([...Object.keys(STREAM_ENVELOPE), "action"], Object.keys(ENVELOPE));
});

Deno.test("shortName() is the last part of a type's name", () => {
  assertEquals([POST, GAP].map(shortName), ["Post", "Gap"]);
});
