import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { Partitioners } from "kafkajs";
import { murmur2, PARTITIONERS } from "../../../src/kafka/producer/partition.ts";
import { producerRecord } from "../../support/records.ts";

const utf8 = new TextEncoder();

Deno.test("PARTITIONERS.murmur2 agrees with KafkaJS's default on every key", () => {
  const oracle = Partitioners.DefaultPartitioner();
  const keys = Array.from({ length: 500 }, (_, i) => `did:plc:${"x".repeat(i % 30)}${i * 7919}`);
  for (const partitions of [1, 3, 4, 64]) {
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 1 }));
    for (const key of [...keys, "", "a", "ab", "abc", "ключ", "🦋"]) {
      const expected = oracle({
        topic: "t",
        partitionMetadata: partitionMetadata as never,
        message: { key: Buffer.from(key), value: null },
      });
      assertEquals(
        PARTITIONERS.murmur2(producerRecord(key, "value"), partitions),
        expected,
        `${key} over ${partitions}`,
      );
    }
  }
});

Deno.test("murmur2() gives the values of Kafka's own tests", () => {
  // Source: org.apache.kafka.common.utils.UtilsTest.testMurmur2, Apache Kafka.
  const vectors = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ] as const;
  for (const [key, hash] of vectors) {
    assertEquals(murmur2(utf8.encode(`.${key}.`), 1, 1 + key.length), hash);
  }
});

Deno.test("PARTITIONERS.crc32 is CRC-32 over the key, as librdkafka has it", () => {
  // The check value of CRC-32/ISO-HDLC.
  assertEquals(PARTITIONERS.crc32(producerRecord("123456789", "value"), 2 ** 32), 0xcbf43926);
});
