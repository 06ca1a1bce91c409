import { assertEquals, assertStringIncludes } from "@std/assert";
import { reject } from "../../../src/atproto/rejected.ts";
import { ProducerRecord } from "../../../src/record/producer_record.ts";
import { MAX_VALUE_BYTES, Recent } from "../../../src/telemetry/page/recent.ts";
import { producerRecord } from "../../support/records.ts";

const text = new TextDecoder();

Deno.test("Recent keeps the last events, and copies 20 of a second", () => {
  const recent = new Recent(5, () => 7);
  for (let i = 0; i < 100; i++) recent.delivered(producerRecord("k", `v${i}`));
  assertEquals(recent.events.map(({ value }) => text.decode(value ?? new Uint8Array())), [
    "v15",
    "v16",
    "v17",
    "v18",
    "v19",
  ]);
  recent.tick();
  recent.delivered(producerRecord("k", "next"));
  assertEquals(recent.events.length, 5);
  assertEquals(text.decode(recent.events.at(-1)?.value ?? new Uint8Array()), "next");
});

Deno.test("Recent holds nothing of a record, whose bytes are others' after its release", () => {
  const recent = new Recent(5, () => 7);
  const record = producerRecord("k", "mine");
  recent.delivered(record);
  record.bytes.fill(0x78);
  assertEquals(text.decode(recent.events[0]?.value ?? new Uint8Array()), "mine");
});

Deno.test("Recent copies a bounded part of a value, and tells a tombstone", () => {
  const recent = new Recent(5, () => 7);
  recent.delivered(producerRecord("k", "x".repeat(100_000)));
  recent.delivered(
    ProducerRecord.of({ topic: "t", type: "T", key: new Uint8Array(1), value: null, headers: null, uri: "at://a" }),
  );
  assertEquals(recent.events.map(({ value, isCut }) => [value?.length ?? null, isCut]), [
    [MAX_VALUE_BYTES, true],
    [null, false],
  ]);
  assertEquals(recent.events[0]?.value?.buffer.byteLength, MAX_VALUE_BYTES);
});

Deno.test("Recent copies nothing where no events are to be shown", () => {
  const recent = new Recent(0, () => 7);
  recent.delivered(producerRecord("k", "v"));
  recent.tick();
  recent.delivered(producerRecord("k", "v"));
  assertEquals(recent.events, []);
});

Deno.test("Recent keeps ten gaps and ten pieces of unusable input, cut to size", () => {
  const recent = new Recent(5, () => 7);
  const place = { host: "h", seq: 1, time: null };
  for (let i = 0; i < 50; i++) {
    recent.gap({ cause: "host-changed", from: { ...place, seq: i }, to: place, missing: null });
    recent.reject(reject("record-undecodable", `d${i}`.repeat(1000), { did: "did:x", path: "c/r" }));
  }
  assertEquals([recent.gaps.length, recent.gaps.at(-1)?.after, recent.rejected.length], [10, 49, 10]);
  for (const { place, detail } of recent.rejected) assertEquals([place, detail.length], ["at://did:x/c/r", 200]);
  // More of a second is not looked at.
  assertStringIncludes(recent.rejected.at(-1)?.detail ?? "", "d19");
  recent.tick();
  recent.reject(reject("record-undecodable", "", { seq: 5 }));
  recent.reject(reject("record-undecodable", ""));
  assertEquals(recent.rejected.slice(-2).map(({ place }) => place), ["seq 5", ""]);
});
