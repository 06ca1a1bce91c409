import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { KafkaRefusedError, TopicShrunkError } from "../../../src/kafka/client/errors.ts";
import { type ProducerOptions, PROFILES } from "../../../src/kafka/client/options.ts";
import { DeadLetters } from "../../../src/pipeline/dead_letters.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import {
  consumeAll,
  createTopic,
  createTopics,
  deleteTopic,
  kafkaTest,
  type SharedKafka,
  withAdmin,
} from "../../support/kafka.ts";
import { Notes, recordOf } from "../../support/records.ts";
import { producerOptions, Told, writeEach } from "../../support/producer.ts";
import { setTimeout } from "node:timers/promises";
import { until } from "../../support/wait.ts";

const NEVER = new AbortController().signal;
const KEYS = Array.from({ length: 40 }, (_, i) => `did:plc:${"abcdefghij"[i % 10]}${i}`);

/** Lets kcat, a client on librdkafka, write each key once; returns the partition that each came into. */
async function partitionsByKcat(broker: SharedKafka, topic: string, partitioner: string): Promise<Map<string, number>> {
  const child = new Deno.Command("kcat", {
    args: ["-P", "-b", broker.bootstrapServers, "-t", topic, "-K", "\t", "-X", `topic.partitioner=${partitioner}`],
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(KEYS.map((key) => `${key}\tkcat\n`).join("")));
  await writer.close();
  assertEquals((await child.status).code, 0);
  return new Map((await consumeAll(broker, topic)).map(({ key, partition }) => [key, partition]));
}

async function assertMeets(broker: SharedKafka, partitioner: "murmur2" | "crc32", theirs: string): Promise<void> {
  const topic = `${broker.topic}-${partitioner}`;
  await createTopic(broker, topic, 7);
  const expected = await partitionsByKcat(broker, topic, theirs);
  assertEquals(expected.size, KEYS.length);
  await using sink = await openKafkaProducer(
    producerOptions(broker.bootstrapServers, topic, { partitioner }),
    new Told(),
    NEVER,
  );
  writeEach(sink, topic, KEYS, 0, 1);
  await sink.flush();
  const ours = (await consumeAll(broker, topic)).filter(({ value }) => value !== "kcat");
  assertEquals(new Map(ours.map(({ key, partition }) => [key, partition])), expected);
  assert(new Set(expected.values()).size > 3);
}

async function assertDropsOversize(broker: SharedKafka, topic: string, largest: number): Promise<void> {
  const told = new Told();
  const notes = new Notes();
  await using sink = await openKafkaProducer(
    producerOptions(broker.bootstrapServers, topic, { lingerMs: 200 }),
    told,
    NEVER,
  );
  for (let i = 0; i < 9; i++) {
    sink.write(recordOf(topic, "did:plc:a", `record ${i}`.padEnd(i === 4 ? largest + 1000 : 12)), notes);
  }
  await sink.flush();
  assertEquals(
    notes.told.map((line) => line.replace(/ +/g, " ")),
    Array.from({ length: 9 }, (_, i) => `record ${i} ${i === 4 ? "dropped" : "delivered"}`),
  );
  assertEquals(told.reasons, []);
  assertEquals(
    (await consumeAll(broker, topic)).map(({ value }) => value.trim()),
    [0, 1, 2, 3, 5, 6, 7, 8].map((i) => `record ${i}`),
  );
}

kafkaTest("a producer puts a key where librdkafka puts it, by either partitioner", async (broker) => {
  await assertMeets(broker, "murmur2", "murmur2");
  await assertMeets(broker, "crc32", "consistent");
}, ["kcat"]);

/** With the topic to be created, at start and later; the refresh is too rare to bring it back. */
async function assertCreatesAgain(broker: SharedKafka): Promise<void> {
  const topic = `${broker.topic}-again`;
  const told = new Told();
  const createTopic = { partitions: 3, replication: 1 };
  await using sink = await openKafkaProducer(
    producerOptions(broker.bootstrapServers, topic, { createTopic }),
    told,
    NEVER,
  );
  writeEach(sink, topic, KEYS, 0, 1);
  await sink.flush();
  await deleteTopic(broker, topic);
  const waiting = writeEach(sink, topic, KEYS, 1, 2);
  await sink.flush();
  assertEquals([waiting.told.length, told.created, told.missing], [KEYS.length, [true, true], []]);
  assertEquals(
    (await consumeAll(broker, topic)).map(({ value }) => value).toSorted(),
    KEYS.map((key) => `${key} 1`).toSorted(),
  );
}

kafkaTest(
  "a producer writes the dead letter of what is too large to its topic, with less of it where it has to",
  async (broker) => {
    const [topic, letterTopic] = [`${broker.topic}-events`, `${broker.topic}-letters`];
    const configEntries = [{ name: "max.message.bytes", value: "20000" }];
    await createTopics(broker, [topic, letterTopic].map((each) => ({ topic: each, numPartitions: 2, configEntries })));
    const told = new Told();
    const options = producerOptions(broker.bootstrapServers, topic, { topics: [topic, letterTopic] });
    await using producer = await openKafkaProducer(options, told, NEVER);
    assertEquals(told.partitions, [2, 2]);
    const letters = new DeadLetters(producer, letterTopic);
    const notes = new Notes();
    const bury = (name: string) =>
      letters.write(
        (to, maxRawBytes) => recordOf(to, "h", `letter of ${name} `.padEnd(Math.min(maxRawBytes, 90_000), ".")),
        (outcome) => notes.told.push(`letter of ${name} ${outcome}`),
      );
    producer.write(recordOf(topic, "a", "small"), notes);
    producer.write(recordOf(topic, "b", "large".padEnd(30_000)), {
      settle: (record, outcome) => {
        bury("large");
        notes.settle(record, outcome);
      },
    });
    await producer.flush();
    assertEquals(notes.told.map((line) => line.replace(/ +/g, " ")).toSorted(), [
      "large dropped",
      "letter of large delivered",
      "small delivered",
    ]);
    assertEquals((await consumeAll(broker, topic)).map(({ value }) => value), ["small"]);
    assertEquals((await consumeAll(broker, letterTopic)).map(({ value }) => value.replace(/ \.*$/, "")), [
      "letter of large",
    ]);
  },
);

kafkaTest("a producer ends where the topic takes no timestamp of this clock, and says why", async (broker) => {
  const topic = `${broker.topic}-timestamps`;
  const configEntries = [{ name: "message.timestamp.before.max.ms", value: "0" }];
  await createTopics(broker, [{ topic, numPartitions: 1, configEntries }]);
  await using sink = await openKafkaProducer(producerOptions(broker.bootstrapServers, topic), new Told(), NEVER);
  let failure: unknown = null;
  sink.failed.catch((error) => failure = error);
  // One that arrives within its millisecond is taken.
  for (let i = 0; failure === null; i++) {
    writeEach(sink, topic, ["did:plc:a"], i, i + 1);
    await setTimeout(20);
  }
  assert(failure instanceof KafkaRefusedError, String(failure));
  assertStringIncludes(failure.message, `Cannot write to "${topic}"`);
});

kafkaTest("a producer splits what is too large, and follows its topic", async (broker) => {
  for (const [name, largest] of [["small", 200_000], ["tiny", 50_000]] as const) {
    const topic = `${broker.topic}-${name}`;
    const configEntries = [{ name: "max.message.bytes", value: String(largest) }];
    await createTopics(broker, [{ topic, numPartitions: 1, configEntries }]);
    await assertDropsOversize(broker, topic, largest);
  }

  const profile = { ...PROFILES.kafka, metadataMaxAgeMs: 200 };
  await assertFollowsGrowth(broker, { profile });
  await assertOutlivesDeletion(broker, { profile });
  await assertCreatesAgain(broker);
});

async function assertFollowsGrowth(broker: SharedKafka, over: Partial<ProducerOptions>): Promise<void> {
  const topic = `${broker.topic}-growing`;
  await createTopic(broker, topic, 2);
  const told = new Told();
  await using sink = await openKafkaProducer(producerOptions(broker.bootstrapServers, topic, over), told, NEVER);
  const before = writeEach(sink, topic, KEYS, 0, 20);
  await withAdmin(broker, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 5 }] }));
  let written = 20;
  await until("the change to be noticed", () => {
    writeEach(sink, topic, KEYS, written, ++written);
    return told.changes.length > 0;
  });
  const after = writeEach(sink, topic, KEYS, written, written + 20);
  await sink.flush();
  assertEquals([before.told.length, after.told.length], [20 * KEYS.length, 20 * KEYS.length]);
  assertEquals(told.changes, ["2 to 5"]);
  const records = await consumeAll(broker, topic);
  assertEquals(records.length, (written + 20) * KEYS.length);
  assertEquals(new Set(records.map(({ value }) => value)).size, records.length);
  assertEquals(new Set(records.map(({ partition }) => partition)).size, 5);
  for (const [key, found] of Map.groupBy(records, (record) => `${record.key} in ${record.partition}`)) {
    const numbers = found.map(({ value }) => Number(value.split(" ")[1]));
    assertEquals(numbers, numbers.toSorted((a, b) => a - b), key);
  }
}

async function assertOutlivesDeletion(broker: SharedKafka, over: Partial<ProducerOptions>): Promise<void> {
  const topic = `${broker.topic}-deleted`;
  await createTopic(broker, topic, 3);
  const told = new Told();
  await using sink = await openKafkaProducer(producerOptions(broker.bootstrapServers, topic, over), told, NEVER);
  writeEach(sink, topic, KEYS, 0, 1);
  await sink.flush();
  await deleteTopic(broker, topic);
  const waiting = writeEach(sink, topic, KEYS, 1, 2);
  await until("the loss to be noticed", () => told.reasons.length > 2);
  assertEquals(waiting.told, []);
  assertStringIncludes(told.reasons.at(-1) ?? "", "does not host this topic");
  await until("the topic to be named", () => told.missing.length > 0);
  assertEquals(told.missing[0], topic);
  assertEquals(await withAdmin(broker, async (admin) => (await admin.listTopics()).includes(topic)), false);

  await createTopic(broker, topic, 3);
  await sink.flush();
  assertEquals(waiting.told.length, KEYS.length);
  assertEquals(
    (await consumeAll(broker, topic)).map(({ value }) => value).toSorted(),
    KEYS.map((key) => `${key} 1`).toSorted(),
  );

  await deleteTopic(broker, topic);
  writeEach(sink, topic, KEYS, 2, 3);
  await until("the loss to be noticed", () => told.reasons.length > 5);
  await createTopic(broker, topic, 2);
  const error = await assertRejects(() => sink.failed, TopicShrunkError);
  assertStringIncludes(error.message, "recreated with 2 partitions instead of 3");
}
