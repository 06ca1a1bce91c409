import { assertEquals } from "@std/assert";
import { CloudEvent, Kafka } from "cloudevents";
import { type EventRead, readEvent } from "../../src/events/from_record.ts";
import { recordedEvents } from "../support/events.ts";

const utf8 = new TextEncoder();
const STRUCTURED = { "content-type": "application/cloudevents+json; charset=UTF-8" };
const ATTRIBUTES = { specversion: "1.0", type: "T", source: "wss://x", id: "1" };

function read(value: string | Uint8Array | null, headers: Record<string, string>): EventRead {
  return readEvent({ value: typeof value === "string" ? utf8.encode(value) : value, headers });
}

function eventOf(found: EventRead): unknown {
  return found.kind === "event" ? found.event : found.reason;
}

Deno.test("readEvent() gives the text of structured mode as it is, with or without its header", () => {
  const text = JSON.stringify({ ...ATTRIBUTES, time: "2026-01-01T00:00:00.1234567Z", data: { text: "ä 🦋" } });
  for (const headers of [STRUCTURED, {}]) {
    const found = read(text, headers);
    assertEquals(found.kind === "event" && [found.type, found.line], ["T", text]);
    assertEquals(eventOf(found), JSON.parse(text));
  }
});

Deno.test("readEvent() makes one line of a structured event that has several", () => {
  const found = read(JSON.stringify({ ...ATTRIBUTES, data: {} }, null, 2), STRUCTURED);
  assertEquals(found.kind === "event" && found.line, JSON.stringify({ ...ATTRIBUTES, data: {} }));
});

Deno.test("readEvent() reads binary mode as the SDK writes it, into the same event as structured mode", async () => {
  const events = await recordedEvents();
  for (const { event } of events) {
    // The SDK would cut the time to milliseconds.
    const { headers } = Kafka.binary(new CloudEvent({ ...event }, false));
    const texts = Object.entries({ ...headers, ce_time: event.time }).filter(([, text]) => text !== undefined);
    const binary = read(JSON.stringify(event.data), Object.fromEntries(texts) as Record<string, string>);
    assertEquals(eventOf(binary), JSON.parse(JSON.stringify(event)));
    if (binary.kind === "event") assertEquals(JSON.parse(binary.line), eventOf(binary));
    assertEquals(eventOf(read(JSON.stringify(event), STRUCTURED)), eventOf(binary));
  }
  assertEquals(events.length >= 55, true);
});

Deno.test("readEvent() keeps data of binary mode that is no JSON as text, and bytes that are no text as base64", () => {
  const headers = { ce_specversion: "1.0", ce_type: "T", ce_source: "x", ce_id: "1" };
  const attributes = { ...ATTRIBUTES, source: "x" };
  const plain = { ...headers, "content-type": "text/plain" };
  assertEquals(eventOf(read("hello", plain)), { ...attributes, datacontenttype: "text/plain", data: "hello" });
  assertEquals(eventOf(read(new Uint8Array([0xff, 0]), headers)), { ...attributes, data_base64: "/wA=" });
  const broken = { ...headers, "content-type": "application/json" };
  assertEquals(eventOf(read("{", broken)), { ...attributes, datacontenttype: "application/json", data_base64: "ew==" });
});

Deno.test("readEvent() reads a tombstone with attributes in its headers, whose event has no data", () => {
  const headers = {
    ce_specversion: "1.0",
    ce_type: "T",
    ce_source: "s",
    ce_id: "i",
    "content-type": "application/json",
  };
  const read = readEvent({ value: null, headers });
  const event = { specversion: "1.0", type: "T", source: "s", id: "i", datacontenttype: "application/json" };
  assertEquals(read, { kind: "event", type: "T", event, line: JSON.stringify(event) });
});

Deno.test("readEvent() says why a record has no event", () => {
  const { id: _, ...lacking } = ATTRIBUTES;
  const cases: [string | Uint8Array | null, Record<string, string>, string][] = [
    [null, {}, "it has no value"],
    ["hello", {}, "its value is no JSON"],
    [new Uint8Array([0xff]), {}, "its value is no JSON"],
    ["[]", STRUCTURED, "its value is no JSON object"],
    ["{}", {}, "it lacks specversion, type, source, id"],
    [JSON.stringify(lacking), STRUCTURED, "it lacks id"],
    [JSON.stringify({ ...ATTRIBUTES, source: 5 }), STRUCTURED, "it lacks source"],
    ["{}", { ce_specversion: "1.0", ce_type: "T", ce_id: "1" }, "it lacks source"],
  ];
  for (const [value, headers, reason] of cases) assertEquals(read(value, headers), { kind: "other", reason });
});
