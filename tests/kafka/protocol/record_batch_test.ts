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
import type { OutRecord } from "../../../src/record/out_record.ts";
import { outRecord } from "../../support/records.ts";

const HEADER = "application/cloudevents+json; charset=UTF-8";

/** The body that KafkaJS encodes for the same records, at the same time. */
async function stock(
  fields: ProduceFields,
  records: readonly OutRecord[],
  headers: Record<string, string>,
  compression = CompressionTypes.None,
) {
  const messages = records.map(({ key, value, headers: own }) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: own === null ? headers : decodeHeaders(own),
    timestamp: fields.timestampMs,
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
  timestampMs: 1_795_568_307_303,
  producerId: -1n,
  producerEpoch: 0,
  firstSequence: 0,
};

/** A buffer that held something else, and is longer than is wanted. */
const used = (bytes: number) => new Uint8Array(bytes + 100).fill(0xa5);

async function compare(
  fields: ProduceFields,
  records: readonly OutRecord[],
  names: Record<string, string>,
  room = 256,
) {
  const whole = encodeProduce(fields, records, encodeTextHeaders(Object.entries(names)), room, used);
  assertEquals(whole.subarray(room), await stock(fields, records, names));
}

Deno.test("encodeProduce() writes what KafkaJS writes, for every length at which a varint grows", async () => {
  for (const bytes of [0, 1, 63, 64, 8191, 8192, 100_000, 1_048_575, 1_048_576]) {
    await compare(PLAIN, [outRecord("did:plc:a", "x".repeat(bytes))], { "content-type": HEADER });
    if (bytes < 10_000) await compare(PLAIN, [outRecord("k".repeat(bytes), "value")], {});
  }
});

Deno.test("encodeProduce() writes what KafkaJS writes, for batches of every size", async () => {
  const random = createRandom(13);
  let records = 0;
  for (const size of [1, 2, 63, 64, 65, 500, 8193]) {
    const batch = Array.from({ length: size }, (_, i) => outRecord(`did:plc:${i}`, "v".repeat(random.below(200))));
    await compare(PLAIN, batch, { "content-type": HEADER });
    records += size;
  }
  assert(records > 8000);
});

Deno.test("encodeProduce() writes what KafkaJS writes, whatever the request says", async () => {
  const records = [outRecord("a", "1"), outRecord("b", "é東")];
  const fields: Partial<ProduceFields>[] = [
    { acks: 1, timeoutMs: 60_000 },
    { partition: 70_000, topic: "a.longer-topic_name" },
    { transactionalId: "producer-1", producerId: 4001n, producerEpoch: 7, firstSequence: 1_000_000 },
    { transactionalId: "é", producerId: 2n ** 40n, timestampMs: 1 },
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
      return outRecord(`did:plc:${i}`, "v".repeat(random.below(200)), i % 3 === 0 ? null : headers());
    });
    await compare(PLAIN, batch, { "content-type": HEADER });
    await compare({ ...PLAIN, transactionalId: "t", producerId: 1n }, batch, {});
  }
});

Deno.test("encodeCompressedProduce() puts compressed records where KafkaJS puts them, and says how", async () => {
  const records = [outRecord("a", "x".repeat(1000)), outRecord("b", "é東")];
  const headers = encodeTextHeaders([["content-type", HEADER]]);
  for (const fields of [PLAIN, { ...PLAIN, transactionalId: "t", producerId: 1n, firstSequence: 7 }]) {
    const wanted = await stock(fields, records, { "content-type": HEADER }, CompressionTypes.GZIP);
    const compressed = gzipSync(encodeRecords(records, headers));
    const whole = encodeCompressedProduce(fields, records.length, CODECS.gzip.attributes, compressed, 256, used);
    assertEquals(whole.subarray(256), wanted);
  }
});

Deno.test("encodeProduce() leaves as much room before the body as is wanted, and nothing in it", () => {
  for (const room of [0, 1, 2, 3, 4, 255]) {
    const whole = encodeProduce(PLAIN, [outRecord("a", "1")], encodeHeaders([]), room, used);
    assertEquals(whole.subarray(0, room), used(room).subarray(0, room));
    assertEquals(whole.subarray(room), encodeProduce(PLAIN, [outRecord("a", "1")], encodeHeaders([]), 0, used));
  }
});
