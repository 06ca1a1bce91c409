import { assertEquals } from "@std/assert";
import { OwnRecord, ProducerRecord } from "../../src/record/producer_record.ts";

const utf8 = new TextEncoder();
const [key, value, headers] = [utf8.encode("did:plc:a"), utf8.encode('{"a":1}'), new Uint8Array([2, 0, 0])];

Deno.test("ProducerRecord.of() gives the parts it was made of, and their size", () => {
  for (const own of [null, headers]) {
    const record = ProducerRecord.of({ topic: "events", type: "t", key, value, headers: own, uri: "at://a/b/c" });
    const { topic, type, uri, size } = record;
    assertEquals([record.key, record.value, record.headers], [key, value, own]);
    assertEquals({ topic, type, uri, size }, {
      topic: "events",
      type: "t",
      uri: "at://a/b/c",
      size: 16 + (own?.length ?? 0),
    });
  }
});

Deno.test("ProducerRecord.of() copies, so that the record outlives what it was made of", () => {
  const bytes = value.slice();
  const first = ProducerRecord.of({ topic: "events", type: "t", key, value: bytes, headers: null, uri: "at://a/b/c" });
  const second = ProducerRecord.of(first);
  bytes.fill(0);
  first.bytes.fill(0);
  assertEquals([second.key, second.value, second.headers, second.uri], [key, value, null, "at://a/b/c"]);
});

Deno.test("ProducerRecord gives ranges of a buffer that others use too, and releases it", () => {
  let released = 0;
  const shared = { bytes: utf8.encode("..VALUEKEYHEAD.."), release: () => void released++ };
  const record = new OwnRecord(
    "events",
    "t",
    shared,
    7,
    10,
    2,
    7,
    10,
    14,
    ({ key }) => `at://${new TextDecoder().decode(key)}`,
  );
  const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? new Uint8Array());
  assertEquals([text(record.key), text(record.value), text(record.headers), record.size], ["KEY", "VALUE", "HEAD", 12]);
  assertEquals([record.uri, released], ["at://KEY", 0]);
  record.release();
  assertEquals(released, 1);
});

Deno.test("ProducerRecord has the key as the partition key, and no copy of it, unless another one is given", () => {
  const parts = { topic: "events", type: "t", key, value, headers, uri: "at://a/b/c" };
  const usual = ProducerRecord.of(parts);
  assertEquals([usual.partitionKey, usual.bytes.length, usual.timestampMs], [key, usual.size, null]);
  const other = ProducerRecord.of({ ...parts, partitionKey: utf8.encode("p"), timestampMs: 7 });
  assertEquals([other.partitionKey, other.key, other.headers], [utf8.encode("p"), key, headers]);
  assertEquals([other.size, other.timestampMs], [usual.size, 7]);
});

Deno.test("ProducerRecord without a value is a tombstone, which an empty value is not", () => {
  const parts = { topic: "events", type: "t", key, headers, uri: "at://a/b/c" };
  const tombstone = ProducerRecord.of({ ...parts, value: null });
  const empty = ProducerRecord.of({ ...parts, value: new Uint8Array() });
  assertEquals([tombstone.isTombstone, empty.isTombstone], [true, false]);
  for (const record of [tombstone, empty]) {
    assertEquals([record.key, record.value, record.headers, record.size], [key, new Uint8Array(), headers, 12]);
  }
});

Deno.test("ProducerRecord.copyFor() has the same parts for another topic, whatever becomes of the first", () => {
  const partitionKey = utf8.encode("did:plc:b");
  for (const parts of [{ value, headers: null }, { value: null, headers }, { value, headers, partitionKey }]) {
    const record = ProducerRecord.of({ topic: "a", type: "t", key, ...parts, uri: "at://a/b/c", timestampMs: 7 });
    const copy = record.copyFor("b");
    record.bytes.fill(0);
    record.release();
    const { topic, type, uri, timestampMs, isTombstone } = copy;
    assertEquals([topic, type, uri, timestampMs, isTombstone], ["b", "t", "at://a/b/c", 7, parts.value === null]);
    assertEquals([copy.key, copy.value, copy.headers], [key, parts.value ?? new Uint8Array(), parts.headers]);
    assertEquals(copy.partitionKey, parts.partitionKey ?? key);
  }
});
