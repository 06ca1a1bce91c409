import { assert, assertEquals } from "@std/assert";
import { crc32c } from "../../src/kafka/protocol/crc32c.ts";
import { CoreRecords } from "../../src/plane/core_records.ts";
import { MAX_RECORDS, STAGE_BYTES, WIRE_BYTES } from "../../src/plane/memory.ts";
import { ProducerRecord } from "../../src/record/producer_record.ts";
import { producerRecord } from "../support/records.ts";

const HEADERS = Uint8Array.of(0);
const writer = new CoreRecords();

function recordOf(bytes: number, timestampMs: number | null = null): ProducerRecord {
  const value = new Uint8Array(bytes);
  return ProducerRecord.of({
    topic: "t",
    type: "x",
    key: new Uint8Array(0),
    value,
    headers: null,
    timestampMs,
    uri: "",
  });
}

Deno.test("CoreRecords.write() leaves to others what it has no room for", () => {
  assertEquals(writer.write([], HEADERS, 1), null);
  assert(writer.write([recordOf(STAGE_BYTES - 200)], HEADERS, 1) !== null);
  for (const bytes of [STAGE_BYTES - 80, STAGE_BYTES, STAGE_BYTES + 1, 10_000_000]) {
    assertEquals(writer.write([recordOf(bytes)], HEADERS, 1), null, `${bytes}`);
  }
  assertEquals(writer.write([recordOf(1_200_000), recordOf(1_200_000)], HEADERS, 1), null);
  const one = producerRecord("did:plc:a", "{}");
  assert(writer.write(new Array(MAX_RECORDS).fill(one), HEADERS, 1) !== null);
  assertEquals(writer.write(new Array(MAX_RECORDS + 1).fill(one), HEADERS, 1), null);
  assertEquals(writer.write([one], new Uint8Array(STAGE_BYTES + 1), 1), null);
  // Each has the headers again: together they do not fit where the batch is written.
  const headers = new Uint8Array(2000);
  assert(MAX_RECORDS * headers.length > WIRE_BYTES);
  assertEquals(writer.write(new Array(MAX_RECORDS).fill(one), headers, 1), null);
});

Deno.test("CoreRecords.write() leaves times to others that the format has no room for", () => {
  for (const timestampMs of [-1, NaN, Infinity, 2 ** 52]) {
    assertEquals(writer.write([recordOf(1, timestampMs)], HEADERS, 1), null, `${timestampMs}`);
  }
});

Deno.test("WrittenRecords.checksum() is that of what stands before them, and of them", () => {
  const written = writer.write([producerRecord("did:plc:a", "{}")], HEADERS, 1);
  assert(written !== null);
  for (const before of [new Uint8Array(0), Uint8Array.from({ length: 40 }, (_, i) => i), new Uint8Array(64)]) {
    const whole = new Uint8Array([...before, ...written.bytes]);
    assertEquals(written.checksum(before), crc32c(whole, 0));
  }
});
