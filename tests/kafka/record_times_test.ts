import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { errorAdvice } from "../../src/cli/advice.ts";
import { KafkaRefusedError } from "../../src/kafka/client/errors.ts";
import { openKafkaProducer } from "../../src/kafka/producer/producer.ts";
import { openTransactionalProducer } from "../../src/kafka/producer/transactional_producer.ts";
import { ProducerRecord } from "../../src/record/producer_record.ts";
import { createTopic, createTopics, kafkaTest, testClient } from "../support/kafka.ts";
import { producerOptions, Told } from "../support/producer.ts";
import { Notes } from "../support/records.ts";
import { cursor, NEVER, transactionOptions, TransactionsTold } from "../support/transactions.ts";

function recordAt(topic: string, timestampMs: number | null, value: string | null = "v"): ProducerRecord {
  const utf8 = new TextEncoder();
  return ProducerRecord.of({
    topic,
    type: "t",
    key: utf8.encode("k"),
    value: value === null ? null : utf8.encode(value),
    headers: null,
    timestampMs,
    uri: "at://a/b/c",
  });
}

kafkaTest("the times of one batch come out as they went in, in any order, compressed or not", async (kafka) => {
  const { bootstrapServers, topic } = kafka;
  const times = [1_767_225_600_123, 5, 1_767_225_600_122, 1_767_225_600_122, 0];
  for (const compression of ["none", "gzip"] as const) {
    const name = `${topic}-${compression}`;
    await createTopic(kafka, name, 1);
    const options = producerOptions(bootstrapServers, name, { compression });
    await using producer = await openKafkaProducer(options, new Told(), NEVER);
    for (const timeMs of times) producer.write(recordAt(name, timeMs, timeMs === 0 ? null : "v"), new Notes());
    await producer.flush();
    const consumer = testClient(kafka).consumer({ groupId: name });
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    const seen: [string, boolean][] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await consumer.run({
      eachMessage: ({ message }) => {
        seen.push([message.timestamp, message.value === null]);
        if (seen.length === times.length) resolve();
        return Promise.resolve();
      },
    });
    await promise;
    await consumer.disconnect();
    assertEquals(seen, times.map((timeMs) => [`${timeMs}`, timeMs === 0]));
  }
});

kafkaTest("both producers end where the brokers refuse the time of a record, and say what to set", async (kafka) => {
  const { bootstrapServers, topic } = kafka;
  const configEntries = [{ name: "message.timestamp.before.max.ms", value: "3600000" }];
  await createTopics(kafka, [{ topic, numPartitions: 1, configEntries }]);
  const old = Date.now() - 7_200_000;
  const assertRefused = (error: Error) => {
    assertStringIncludes(error.message, `Cannot write to "${topic}"`);
    assertStringIncludes(errorAdvice(error) ?? "", "--kafka-timestamp send");
  };
  {
    await using producer = await openKafkaProducer(producerOptions(bootstrapServers, topic), new Told(), NEVER);
    producer.write(recordAt(topic, old), new Notes());
    assertRefused(await assertRejects(() => producer.failed, KafkaRefusedError));
  }
  const options = transactionOptions(bootstrapServers, topic);
  await using producer = await openTransactionalProducer(options, new TransactionsTold(), NEVER);
  producer.write(recordAt(topic, old), new Notes());
  assertRefused(await assertRejects(() => producer.save(cursor(1)), KafkaRefusedError));
});
