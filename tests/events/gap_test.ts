import { assertEquals } from "@std/assert";
import { CloudEvent } from "cloudevents";
import { encodeGap } from "../../src/events/gap.ts";
import { layoutOf, SOURCE } from "../support/events.ts";
import { gapEvent, GAPS } from "../support/gaps.ts";
import { assertSchema } from "../support/schemas.ts";

Deno.test("encodeGap() makes a valid CloudEvent of every gap, keyed by the host, that its JSON Schema takes", () => {
  for (const gap of GAPS) {
    const record = encodeGap(gap, SOURCE, 0, layoutOf("structured"));
    assertEquals([new TextDecoder().decode(record.key), record.type], [gap.to.host, "Bluesky.Stream.Gap"]);
    const event = gapEvent(gap);
    assertSchema(event);
    assertEquals(new CloudEvent(event).validate(), true);
    assertEquals([event.id, event["subject"]], [record.uri, gap.to.host]);
  }
});

Deno.test("encodeGap() says where the stream was, where it went on, why, and what is lost at most", () => {
  const [gap] = GAPS;
  if (gap === undefined) throw new Error("no gap");
  const { data, ...envelope } = gapEvent(gap);
  const id = "gap/bsky.network/31500000000/bsky.network/31500900000";
  assertEquals(envelope, {
    specversion: "1.0",
    type: "Bluesky.Stream.Gap",
    source: SOURCE,
    subject: "bsky.network",
    id,
    time: "2026-07-01T12:00:00.123456Z",
    datacontenttype: "application/json",
  });
  assertEquals(data, {
    gap_id: id,
    host: "bsky.network",
    cause: "window-exceeded",
    from_host: "bsky.network",
    from_seq: 31_500_000_000,
    from_time: null,
    to_seq: 31_500_900_000,
    to_time: "2026-07-01T12:00:00.123456Z",
    events_lost: 899_999,
  });
});

Deno.test("encodeGap() gives the same gap the same event at every receipt, unless the message has no usable time", () => {
  for (const gap of GAPS) {
    const at = (receivedMs: number) =>
      new TextDecoder().decode(encodeGap(gap, SOURCE, receivedMs, layoutOf("structured")).value);
    assertEquals(JSON.parse(at(0)).id, JSON.parse(at(1)).id);
    assertEquals(at(0) === at(1), gap.to.time !== null);
  }
  const ids = GAPS.map((gap) => gapEvent(gap).id);
  assertEquals(new Set(ids).size, GAPS.length);
});
