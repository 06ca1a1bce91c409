import { assertEquals } from "@std/assert";
import { encodeStreamEvent } from "../../src/events/stream_event.ts";
import { STREAM_ENVELOPE } from "../../src/events/schema.ts";
import { gapEvent, GAPS } from "../support/gaps.ts";

Deno.test("encodeStreamEvent() writes the attributes in the catalogue's order, then the data", () => {
  const [gap] = GAPS;
  if (gap === undefined) throw new Error("no gap");
  const { data, type, ...rest } = gapEvent(gap) as unknown as Parameters<typeof encodeStreamEvent>[0];
  const { id, time, source } = rest;
  const record = encodeStreamEvent({ type, id, time, source, host: "h.example", data });
  const event: Record<string, unknown> = JSON.parse(new TextDecoder().decode(record.value));
  assertEquals(Object.keys(event), [...Object.keys(STREAM_ENVELOPE), "data"]);
  assertEquals([event["subject"], event["data"]], ["h.example", data]);
  assertEquals([new TextDecoder().decode(record.key), record.uri, record.type], ["h.example", id, type]);
});
