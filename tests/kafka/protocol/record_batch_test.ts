import { assert, assertEquals } from "@std/assert";
import { CompressionTypes } from "kafkajs";
import request from "kafkajs/src/protocol/requests/produce/v7/request.js";
import Long from "kafkajs/src/utils/long.js";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { decodeHeaders, encodeHeaders, encodeTextHeaders } from "../../../src/record/headers.ts";
import { createRandom } from "../../../src/simulator/random.ts";
import { CODECS } from "../../../src/kafka/protocol/compression.ts";
import {
  encodeCompressedProduce,
  encodeProduce,
  encodeRecords,
  type ProduceFields,
} from "../../../src/kafka/protocol/record_batch.ts";
import { ProducerRecord } from "../../../src/record/producer_record.ts";
import { producerRecord } from "../../support/records.ts";

const HEADER = "application/cloudevents+json; charset=UTF-8";

/** The body that KafkaJS encodes for the same records, at the same time. */
async function stock(
  fields: ProduceFields,
  records: readonly ProducerRecord[],
  headers: Record<string, string>,
  compression = CompressionTypes.None,
) {
  const messages = records.map(({ key, value, isTombstone, headers: own, timestampMs }) => ({
    key: Buffer.from(key),
    value: isTombstone ? null : Buffer.from(value),
    headers: own === null ? headers : decodeHeaders(own),
    timestamp: timestampMs ?? fields.sentMs,
  }));
  const { partition, firstSequence } = fields;
  const { buffer } = await request({
    acks: fields.acks,
    timeout: fields.timeoutMs,
    transactionalId: fields.transactionalId,
    compression,
    producerId: Long.fromValue(String(fields.producerId)),
    producerEpoch: fields.producerEpoch,
    topicData: [{ topic: fields.topic, partitions: [{ partition, firstSequence, messages }] }],
  }).encode();
  return new Uint8Array(buffer);
}

const PLAIN: ProduceFields = {
  transactionalId: null,
  acks: -1,
  timeoutMs: 30_000,
  topic: "bluesky",
  partition: 3,
  sentMs: 1_795_568_307_303,
  producerId: -1n,
  producerEpoch: 0,
  firstSequence: 0,
};

/** A buffer that held something else, and is longer than is wanted. */
const used = (bytes: number) => new Uint8Array(bytes + 100).fill(0xa5);

async function compare(
  fields: ProduceFields,
  records: readonly ProducerRecord[],
  names: Record<string, string>,
  room = 256,
) {
  const whole = encodeProduce(fields, records, encodeTextHeaders(Object.entries(names)), room, used);
  assertEquals(whole.subarray(room), await stock(fields, records, names));
}

Deno.test("encodeProduce() writes what KafkaJS writes, for every length at which a varint grows", async () => {
  for (const bytes of [0, 1, 63, 64, 8191, 8192, 100_000, 1_048_575, 1_048_576]) {
    await compare(PLAIN, [producerRecord("did:plc:a", "x".repeat(bytes))], { "content-type": HEADER });
    if (bytes < 10_000) await compare(PLAIN, [producerRecord("k".repeat(bytes), "value")], {});
  }
});

Deno.test("encodeProduce() writes what KafkaJS writes, for batches of every size", async () => {
  const random = createRandom(13);
  let records = 0;
  for (const size of [1, 2, 63, 64, 65, 500, 8193]) {
    const batch = Array.from({ length: size }, (_, i) => producerRecord(`did:plc:${i}`, "v".repeat(random.below(200))));
    await compare(PLAIN, batch, { "content-type": HEADER });
    records += size;
  }
  assert(records > 8000);
});

Deno.test("encodeProduce() writes what KafkaJS writes, whatever the request says", async () => {
  const records = [producerRecord("a", "1"), producerRecord("b", "é東")];
  const fields: Partial<ProduceFields>[] = [
    { acks: 1, timeoutMs: 60_000 },
    { partition: 70_000, topic: "a.longer-topic_name" },
    { transactionalId: "producer-1", producerId: 4001n, producerEpoch: 7, firstSequence: 1_000_000 },
    { transactionalId: "é", producerId: 2n ** 40n, sentMs: 1 },
  ];
  for (const each of fields) {
    for (const headers of [{}, { "content-type": HEADER }, { ce_id: "1", ce_type: "x".repeat(100), "é": "" }]) {
      await compare({ ...PLAIN, ...each }, records, headers);
    }
  }
});

Deno.test("encodeProduce() writes what KafkaJS writes where records have headers of their own", async () => {
  const random = createRandom(29);
  const headers = () => {
    const count = random.below(9);
    return encodeTextHeaders(Array.from({ length: count }, (_, i) => [`ce_${i}`, "é".repeat(random.below(5000))]));
  };
  for (const size of [1, 2, 65, 300]) {
    const batch = Array.from({ length: size }, (_, i) => {
      return producerRecord(`did:plc:${i}`, "v".repeat(random.below(200)), i % 3 === 0 ? null : headers());
    });
    await compare(PLAIN, batch, { "content-type": HEADER });
    await compare({ ...PLAIN, transactionalId: "t", producerId: 1n }, batch, {});
  }
});

Deno.test("encodeCompressedProduce() puts compressed records where KafkaJS puts them, and says how", async () => {
  const records = [producerRecord("a", "x".repeat(1000)), producerRecord("b", "é東")];
  const headers = encodeTextHeaders([["content-type", HEADER]]);
  for (const fields of [PLAIN, { ...PLAIN, transactionalId: "t", producerId: 1n, firstSequence: 7 }]) {
    const wanted = await stock(fields, records, { "content-type": HEADER }, CompressionTypes.GZIP);
    const compressed = gzipSync(encodeRecords(records, headers, fields.sentMs));
    const whole = encodeCompressedProduce(fields, records, CODECS.gzip.attributes, compressed, 256, used);
    assertEquals(whole.subarray(256), wanted);
  }
});

Deno.test("encodeProduce() leaves as much room before the body as is wanted, and nothing in it", () => {
  for (const room of [0, 1, 2, 3, 4, 255]) {
    const whole = encodeProduce(PLAIN, [producerRecord("a", "1")], encodeHeaders([]), room, used);
    assertEquals(whole.subarray(0, room), used(room).subarray(0, room));
    assertEquals(whole.subarray(room), encodeProduce(PLAIN, [producerRecord("a", "1")], encodeHeaders([]), 0, used));
  }
});

Deno.test("encodeProduce() writes tombstones and times of records as KafkaJS does, compressed or not", async () => {
  const parts = { topic: "t", type: "t", key: new TextEncoder().encode("k"), headers: null, uri: "at://a/b/c" };
  const times = [PLAIN.sentMs, PLAIN.sentMs - 1, null, PLAIN.sentMs + 64, 1, PLAIN.sentMs + 2 ** 33];
  const records = times.map((timestampMs, i) =>
    ProducerRecord.of({ ...parts, value: i % 2 === 0 ? null : new TextEncoder().encode("v"), timestampMs })
  );
  await compare(PLAIN, records, { "content-type": HEADER });
  await compare(PLAIN, records.slice(1, 3), {});
  const own = encodeHeaders([]);
  const { attributes, compress } = CODECS.gzip;
  const plain = encodeProduce(PLAIN, records, own, 0, used);
  const raw = encodeRecords(records, own, PLAIN.sentMs);
  const compressed = encodeCompressedProduce(PLAIN, records, attributes, compress(raw), 0, used);
  // First and last time.
  const before = plain.length - raw.length - 34;
  assertEquals(compressed.subarray(before, before + 16), plain.subarray(before, before + 16));
});
