import { assertEquals } from "@std/assert";
import { encodeEvent } from "../../src/events/cloudevent.ts";
import { decodeHeaders } from "../../src/record/headers.ts";
import { textOf } from "../support/records.ts";

const EVENT = { specversion: "1.0", type: "T", subject: "did:plc:é", data: { text: "🦋" } };

Deno.test("encodeEvent() gives the whole event as value, or its data and the attributes as headers; the key is the subject", () => {
  const structured = encodeEvent(EVENT, "at://x", "structured", "t");
  assertEquals([JSON.parse(textOf(structured.value)), structured.headers], [EVENT, null]);
  const binary = encodeEvent(EVENT, "at://x", "binary", "t");
  assertEquals(JSON.parse(textOf(binary.value)), EVENT.data);
  assertEquals(decodeHeaders(binary.headers ?? new Uint8Array()), {
    ce_specversion: "1.0",
    ce_type: "T",
    ce_subject: "did:plc:é",
  });
  for (const { key, uri, type, topic } of [structured, binary]) {
    assertEquals([textOf(key), uri, type, topic], ["did:plc:é", "at://x", "T", "t"]);
  }
});
