import { layoutOf, placeOf } from "../support/events.ts";
import { assertEquals } from "@std/assert";
import { encodeEvent } from "../../src/events/cloudevent.ts";
import { RawJson } from "../../src/events/raw_json.ts";
import { decodeHeaders } from "../../src/record/headers.ts";
import { textOf } from "../support/records.ts";

const EVENT = { specversion: "1.0", type: "T", subject: "did:plc:é", data: { text: "🦋" } };

Deno.test("encodeEvent() gives the whole event as value, or its data and the attributes as headers; the key is the subject", () => {
  const structured = encodeEvent(EVENT, placeOf("at://x"), layoutOf("structured", "t"), 0);
  assertEquals([JSON.parse(textOf(structured.value)), structured.headers], [EVENT, null]);
  const binary = encodeEvent(EVENT, placeOf("at://x"), layoutOf("binary", "t"), 0);
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

Deno.test("encodeEvent() writes JSON that is there already as it stands, in both modes", () => {
  const raw = '{"2":9007199254740993,"1":"x"}';
  const event = { ...EVENT, data: { before: null, raw: new RawJson(raw), after: [1] } };
  const data = `{"before":null,"raw":${raw},"after":[1]}`;
  assertEquals(textOf(encodeEvent(event, placeOf("at://x"), layoutOf("binary"), 0).value), data);
  const structured = textOf(encodeEvent(event, placeOf("at://x"), layoutOf("structured"), 0).value);
  assertEquals(structured, `{"specversion":"1.0","type":"T","subject":"did:plc:é","data":${data}}`);
});
