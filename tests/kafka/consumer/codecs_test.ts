import { assertEquals } from "@std/assert";
import { readTopic } from "../../../src/kafka/consumer/read.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { createTopics, kafkaTest } from "../../support/kafka.ts";
import { Notes, recordOf } from "../../support/records.ts";
import { producerOptions, Told } from "../../support/producer.ts";

const NEVER = new AbortController().signal;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const LINES = Array.from({ length: 3000 }, (_, i) => `${i} ${"bluesky ".repeat(i % 40)}${(i * 7919) % 10_007}`);

/** The values of a topic, in order. */
async function valuesOf(bootstrapServers: string, topic: string): Promise<string[]> {
  const kafka = producerOptions(bootstrapServers, topic);
  const wait = () => Promise.resolve();
  const options = { kafka, from: { kind: "oldest" }, partition: null, untilEnd: true, wait } as const;
  const observer = { opened: () => {}, silent: () => {}, interrupted: () => {} };
  const batches = await Array.fromAsync(readTopic(options, observer, NEVER));
  return batches.flat().map(({ value }) => new TextDecoder().decode(value ?? new Uint8Array()));
}

async function kcat(bootstrapServers: string, topic: string, codec: string): Promise<void> {
  const args = ["-P", "-b", bootstrapServers, "-t", topic, "-z", codec, "-p", "0"];
  const process = new Deno.Command("kcat", { args, stdin: "piped", stdout: "null", stderr: "inherit" }).spawn();
  await new Blob([LINES.map((line) => `${line}\n`).join("")]).stream().pipeTo(process.stdin);
  assertEquals((await process.status).success, true);
}

kafkaTest("readTopic() reads what librdkafka compressed, with every codec of Kafka", async (kafka) => {
  for (const codec of CODECS) {
    const topic = `${kafka.topic}-${codec}`;
    await createTopics(kafka, [{ topic, numPartitions: 1 }]);
    await kcat(kafka.bootstrapServers, topic, codec);
    assertEquals(await valuesOf(kafka.bootstrapServers, topic), LINES, codec);
  }
}, ["kcat"]);

kafkaTest(
  "a producer writes to topics that brokers compress with each codec, and readTopic() reads them",
  async (kafka) => {
    for (const codec of CODECS.filter((each) => each !== "none")) {
      const topic = `${kafka.topic}-${codec}`;
      const configEntries = [{ name: "compression.type", value: codec }];
      await createTopics(kafka, [{ topic, numPartitions: 1, configEntries }]);
      const told = new Told();
      await using sink = await openKafkaProducer(producerOptions(kafka.bootstrapServers, topic), told, NEVER);
      const notes = new Notes();
      for (const line of LINES) sink.write(recordOf(topic, "key", line), notes);
      await sink.flush();
      assertEquals([notes.told.length, told.reasons], [LINES.length, []], codec);
      assertEquals(await valuesOf(kafka.bootstrapServers, topic), LINES, codec);
    }
  },
);
