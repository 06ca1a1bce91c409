import { assert, assertEquals } from "@std/assert";
import { encodeRecords } from "../../src/kafka/protocol/record_batch.ts";
import { CoreRecords } from "../../src/plane/core_records.ts";
import { encodeTextHeaders } from "../../src/record/headers.ts";
import { ProducerRecord } from "../../src/record/producer_record.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { BothWays } from "../support/plane.ts";
import { BINARY, TYPED, WHOLE } from "../support/core.ts";
import { RECORDED, recorded } from "../support/messages.ts";

const HEADERS = encodeTextHeaders([["content-type", "application/cloudevents+json; charset=UTF-8"]]);
const SENT_MS = Date.UTC(2026, 6, 1, 12);
const random = createRandom(7);

interface Shape {
  readonly key?: number;
  /** Null: a tombstone. */
  readonly value?: number | null;
  readonly headers?: number;
  readonly timestampMs?: number | null;
}

function recordOf({ key = 32, value = 100, headers = 0, timestampMs = null }: Shape): ProducerRecord {
  return ProducerRecord.of({
    topic: "t",
    type: "x",
    key: random.bytes(key),
    value: value === null ? null : random.bytes(value),
    headers: headers === 0 ? null : random.bytes(headers),
    timestampMs,
    uri: "",
  });
}

/** Fails unless the core writes records as they are written one by one. */
function compare(records: readonly ProducerRecord[]): void {
  const written = new CoreRecords().write(records, HEADERS, SENT_MS);
  assert(written !== null);
  assertEquals(written.bytes, encodeRecords(records, HEADERS, SENT_MS));
  const times = records.map(({ timestampMs }) => timestampMs ?? SENT_MS);
  assertEquals([written.firstMs, written.maxMs], [Math.min(...times), Math.max(...times)]);
}

Deno.test("writeRecords() writes a record of every length at which a varint grows", () => {
  for (const length of [0, 1, 15, 16, 17, 63, 64, 65, 8191, 8192, 8193, 100_000, 1_048_575, 1_048_576]) {
    compare([recordOf({ value: length })]);
    compare([recordOf({ headers: length + 1 })]);
    if (length < 100_000) compare([recordOf({ key: length }), recordOf({ key: length, value: null })]);
  }
});

Deno.test("writeRecords() writes times before and after that of the first, and that of sending", () => {
  for (const step of [0, 1, 63, 64, 8191, 8192, 2 ** 20, 2 ** 27, 2 ** 31, 2 ** 34, 2 ** 40]) {
    const base = 5;
    compare([recordOf({ timestampMs: base + step }), recordOf({ timestampMs: base }), recordOf({})]);
    compare([recordOf({ timestampMs: base }), recordOf({ timestampMs: base + step })]);
  }
  compare([recordOf({ timestampMs: 0 }), recordOf({ timestampMs: 2 ** 52 - 1 })]);
});

Deno.test("writeRecords() writes tombstones, empty values and headers of their own beside each other", () => {
  compare([
    recordOf({ value: null }),
    recordOf({ value: 0 }),
    recordOf({ value: null, headers: 40 }),
    recordOf({ value: 0, headers: 1 }),
    recordOf({ key: 0, value: null }),
    recordOf({}),
  ]);
});

Deno.test("writeRecords() writes batches of every size", () => {
  for (const count of [1, 2, 63, 64, 65, 500, 2048]) {
    compare(Array.from({ length: count }, () => recordOf({ value: 50 })));
  }
});

Deno.test("writeRecords() writes recorded events from where encode() put them as they are written one by one", async () => {
  const messages = (await Promise.all(RECORDED.map(recorded))).flat();
  for (const options of [TYPED, BINARY, WHOLE, { ...TYPED, layout: { ...TYPED.layout, time: "send" as const } }]) {
    const ways = new BothWays(options);
    for (let at = 0; at < messages.length; at += 100) ways.compare(messages.slice(at, at + 100));
    assertEquals(ways.batched, ways.taken.events);
    assert(ways.taken.byCore > 50, `${ways.taken.byCore}`);
  }
});
