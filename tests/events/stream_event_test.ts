import { layoutOf } from "../support/events.ts";
import { assertEquals } from "@std/assert";
import { decodeHeaders } from "../../src/record/headers.ts";
import { encodeStreamEvent, type StreamEvent } from "../../src/events/stream_event.ts";
import { STREAM_ENVELOPE } from "../../src/events/definition.ts";
import { GAP } from "../../src/events/types/gap.ts";
import { gapEvent, GAPS } from "../support/gaps.ts";

Deno.test("encodeStreamEvent() writes the attributes in the envelope's order, then the data", () => {
  const [gap] = GAPS;
  if (gap === undefined) throw new Error("no gap");
  const { data, id, time, source } = gapEvent(gap) as unknown as StreamEvent<typeof GAP>;
  const record = encodeStreamEvent(
    { definition: GAP, id, time, source, subject: "h.example", data },
    layoutOf("structured"),
    0,
  );
  const event: Record<string, unknown> = JSON.parse(new TextDecoder().decode(record.value));
  assertEquals(Object.keys(event), [...Object.keys(STREAM_ENVELOPE), "data"]);
  assertEquals([event["subject"], event["data"]], ["h.example", data]);
  assertEquals([new TextDecoder().decode(record.key), record.uri, record.type], ["h.example", id, GAP.type]);
});

Deno.test("encodeStreamEvent() puts the attributes into headers in binary mode, and none that is not there", () => {
  const [gap] = GAPS;
  if (gap === undefined) throw new Error("no gap");
  const event = gapEvent(gap) as unknown as StreamEvent<typeof GAP>;
  const { headers, value } = encodeStreamEvent(
    { ...event, definition: GAP, subject: "h.example" },
    layoutOf("binary"),
    0,
  );
  const decoded = decodeHeaders(headers ?? new Uint8Array());
  assertEquals(Object.keys(decoded).length, Object.keys(STREAM_ENVELOPE).length);
  assertEquals([decoded["ce_id"], decoded["ce_subject"], decoded["content-type"]], [
    event.id,
    "h.example",
    "application/json",
  ]);
  assertEquals(JSON.parse(new TextDecoder().decode(value)), event.data);
});
