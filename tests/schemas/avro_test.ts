import { assertEquals } from "@std/assert";
import avro from "avsc";
import { avroSchema } from "../../src/schemas/avro.ts";
import type { EventDefinition } from "../../src/events/definition.ts";
import { EVENT_TYPES } from "../../src/events/registry.ts";
import { POST } from "../../src/events/types/post.ts";
import { type AnyEvent, everyEvent } from "../support/every_event.ts";

const made = await everyEvent();

function parse(types: readonly EventDefinition[]): avro.Type {
  return avro.Type.forSchema(avroSchema(types) as avro.Schema);
}

/** Avro has no object of any fields: a whole record is the text of its JSON. */
function withRecordAsText(event: AnyEvent): AnyEvent {
  const data = event["data"] as Record<string, unknown>;
  return "record" in data ? { ...event, data: { ...data, record: JSON.stringify(data["record"]) } } : event;
}

Deno.test("avroSchema() takes every event to bytes and back without a loss", () => {
  const types = new Map<string, avro.Type>(EVENT_TYPES.map((each) => [each.type, parse([each])]));
  const seen = new Set<string>();
  for (const event of made) {
    const type = types.get(event.type);
    if (type === undefined) throw new Error(event.type);
    const flat = withRecordAsText(event);
    const back = JSON.parse(JSON.stringify(type.fromBuffer(type.toBuffer(flat))));
    // What is optional and missing is null in Avro.
    for (const name of ["sampledrate", "verified", "verifyreason"]) if (back[name] === null) delete back[name];
    for (const name of ["record", "sort_time"]) if (back.data[name] === null) delete back.data[name];
    assertEquals(back, JSON.parse(JSON.stringify(flat)));
    seen.add(event.type);
  }
  assertEquals(seen.size, EVENT_TYPES.length);
});

Deno.test("avroSchema() names its records after the types, and is a union of them for more than one", () => {
  assertEquals(parse([POST]).name, "Bluesky.Feed.Post");
  const union = parse(EVENT_TYPES);
  if (!(union instanceof avro.types.WrappedUnionType)) throw new Error(union.typeName);
  assertEquals(union.types.map(({ name }) => name), EVENT_TYPES.map(({ type }) => type));
});
