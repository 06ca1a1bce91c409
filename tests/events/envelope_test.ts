import { assert, assertEquals } from "@std/assert";
import { CloudEvent, Kafka } from "cloudevents";
import { encodeEvent } from "../../src/events/cloudevent.ts";
import { eventId, toEvent } from "../../src/events/envelope.ts";
import { requiredAttributes } from "../../src/events/definition.ts";
import { REPOST } from "../../src/events/types/repost.ts";
import {
  blockOf,
  layoutOf,
  type MadeEvent,
  placeOf,
  recordedEvents,
  simulatedEvents,
  SOURCE,
} from "../support/events.ts";
import { commitFrame } from "../support/messages.ts";
import { assertSchema } from "../support/schemas.ts";

Deno.test("eventId() differs for every other operation and does not depend on the relay", () => {
  const op = { did: "did:plc:a", rev: "3l", collection: "app.bsky.feed.post", rkey: "x" };
  const ids = new Set([op, { ...op, rev: "3m" }, { ...op, rkey: "y" }, { ...op, did: "did:plc:b" }].map(eventId));
  assertEquals(ids.size, 4);
  assertEquals(eventId(op), "did:plc:a/3l/app.bsky.feed.post/x");
});

/** Checks events with the SDK and the JSON Schema of their type. */
function check(events: readonly MadeEvent[]): void {
  for (const { event, op } of events) {
    const strict = new CloudEvent({ ...event });
    assert(strict.validate());
    const record = encodeEvent({ ...event }, placeOf(op.uri), layoutOf("structured"), 0);
    const { headers, body } = Kafka.structured(strict);
    assertEquals(JSON.parse(new TextDecoder().decode(record.value)).data, JSON.parse(String(body)).data);
    const value = new TextDecoder().decode(record.value);
    assertSchema(JSON.parse(value));
    const message = { headers, body: value, key: op.did, value, timestamp: 0 };
    const back = Kafka.toEvent(message);
    if (Array.isArray(back) || !(back instanceof CloudEvent)) throw new Error("no single event came back");
    // The SDK makes an attribute of the record's key.
    const sent = { ...JSON.parse(value), time: null, partitionkey: op.did };
    assertEquals({ ...JSON.parse(JSON.stringify(back)), time: null }, sent);
    // The SDK cuts times to milliseconds; ours keep the relay's digits.
    assertEquals(Date.parse(back.time ?? ""), Date.parse(event.time ?? ""));
  }
}

Deno.test("toEvent() makes events that pass the SDK's validation and its Kafka round trip, on recorded messages", async () => {
  const events = await recordedEvents();
  check(events);
  assert(events.length >= 55, `only ${events.length} events`);
});

Deno.test("toEvent() makes events that pass the SDK's validation and its Kafka round trip, on the simulator's", async () => {
  const events = await simulatedEvents(500);
  check(events);
  assert(events.length > 400, `only ${events.length} events`);
});

Deno.test("toEvent() gives the attributes of the envelope, in its order", async () => {
  const [made] = await recordedEvents();
  assertEquals(Object.keys(made?.event ?? {}), [...requiredAttributes(REPOST), "data"]);
});

Deno.test("toEvent() tells a create from an update, and falls back to the time of receipt", async () => {
  const path = "app.bsky.feed.repost/1";
  const op = blockOf(await commitFrame([{ action: "update", path, record: {} }], { time: "soon" }));
  const event = toEvent(REPOST, op, {}, SOURCE, "2026-01-01T00:00:00Z", null, null);
  assertEquals([event.action, event.time, event.data?.["indexed_at"]], ["update", "2026-01-01T00:00:00Z", "soon"]);
  assertEquals([event.subject, event.source, event.datacontenttype], [op.did, SOURCE, "application/json"]);
  assertEquals([event.rev, event.collection, event.sampledrate], [op.rev, "app.bsky.feed.repost", undefined]);
});
