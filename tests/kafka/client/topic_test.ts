import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ControllerMissingError, KafkaRefusedError, TopicMissingError } from "../../../src/kafka/client/errors.ts";
import { PROFILES } from "../../../src/kafka/client/options.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { ControllerPatience } from "../../../src/kafka/client/topic.ts";
import { openTransactionalProducer } from "../../../src/kafka/producer/transactional_producer.ts";
import type { Broker } from "../../../scripts/kafka.ts";
import { consumeAll, createTopic, createTopics, kafkaTest, ownKafkaTest, withAdmin } from "../../support/kafka.ts";
import { Notes, recordOf } from "../../support/records.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";
import { producerOptions, Told } from "../../support/producer.ts";
import { transactionOptions, TransactionsTold } from "../../support/transactions.ts";

const NEVER = new AbortController().signal;

ownKafkaTest(
  "a sink creates a topic as it is told to and no other, and keeps to the limits of Event Hubs",
  async (broker) => {
    const create = (topic: string, partitions: number, replication: number) =>
      openKafkaProducer(
        producerOptions(broker.bootstrapServers, topic, { createTopic: { partitions, replication } }),
        told,
        NEVER,
      );
    const told = new Told();
    for (const [topic, replication] of [["by-default", -1], ["by-number", 1]] as const) {
      for (let time = 0; time < 2; time++) await (await create(topic, 6, replication))[Symbol.asyncDispose]();
    }
    assertEquals(told.partitions, [6, 6, 6, 6]);
    assertEquals(told.created, [true, false, true, false]);
    assertEquals(told.reasons, []);

    const error = await assertRejects(() => create("too-many-replicas", 1, 3), KafkaRefusedError);
    assertStringIncludes(error.message, 'Cannot write to "too-many-replicas"');
    assertStringIncludes(error.message, "eplication");

    // This broker creates what is only asked about.
    await assertRejects(
      () => openKafkaProducer(producerOptions(broker.bootstrapServers, "absent"), told, NEVER),
      TopicMissingError,
      'Cannot write to the topic "absent": it does not exist',
    );
    const topics = await withAdmin(broker, (admin) => admin.listTopics());
    assertEquals(topics.toSorted(), ["by-default", "by-number"]);

    await assertWithinLimits(broker);
  },
  {
    // Requests that are larger close the connection, as Event Hubs do; what a record may be, they say otherwise.
    properties: ["auto.create.topics.enable=true", "socket.request.max.bytes=1046528", "message.max.bytes=5000000"],
    port: 0,
  },
);

kafkaTest(
  "both sinks say at the start that their topic is compacted, and not again while they write",
  async (kafka) => {
    const { bootstrapServers, topic } = kafka;
    const compacted = { topic, numPartitions: 1, configEntries: [{ name: "cleanup.policy", value: "compact,delete" }] };
    await createTopics(kafka, [compacted, { topic: `${topic}-kept`, numPartitions: 1 }]);
    const told = new Told();
    const profile = { ...PROFILES.kafka, metadataMaxAgeMs: 50 };
    for (const name of [topic, `${topic}-kept`]) {
      await using _sink = await openKafkaProducer(producerOptions(bootstrapServers, name, { profile }), told, NEVER);
      // The partitions are counted again meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assertEquals(told.policies, [`${topic} compact,delete true`, `${topic}-kept delete false`]);
    const transactions = new TransactionsTold();
    await using _sink = await openTransactionalProducer(
      transactionOptions(bootstrapServers, topic),
      transactions,
      NEVER,
    );
    // A start that is tried again, as a broker finds its coordinators, asks again; the log says it once.
    assertEquals([...new Set(transactions.policies)], [`${topic} compact,delete true`]);
  },
);

Deno.test({
  name: "a sink that is not shown the settings of its topic says so and goes on",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = new ScriptedBroker("hub");
    const told = new Told();
    await using _sink = await openKafkaProducer(producerOptions(broker.address, "hub"), told, NEVER);
    assertEquals(told.policies, ["hub null false"]);
  },
});

Deno.test("ControllerPatience is over after ten attempts in a row without a controller", () => {
  const patience = new ControllerPatience();
  const missing = new ControllerMissingError("t", new Error("Broker 0 not found"));
  const over = (error: unknown, times: number) => Array.from({ length: times }, () => patience.isOver(error)).at(-1);
  assertEquals([over(missing, 9), over(new Error("down"), 1), over(missing, 9), over(missing, 1)], [
    false,
    false,
    false,
    true,
  ]);
});

Deno.test({
  name: "both sinks end where a topic is to be created and the brokers have no controller, ever",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = new ScriptedBroker("other", 7);
    const told = new TransactionsTold();
    // No time passes between attempts.
    const over = { createTopic: { partitions: 1, replication: 1 }, random: () => -1 / 9 };
    const message = 'Cannot create the topic "absent": the brokers name a controller that is not among them';
    await assertRejects(
      () => openKafkaProducer(producerOptions(broker.address, "absent", over), told, NEVER),
      ControllerMissingError,
      message,
    );
    // Each attempt but the last is told.
    assertEquals(told.reasons.length, 9, told.reasons.join());
    await assertRejects(
      () => openTransactionalProducer(transactionOptions(broker.address, "absent", over), told, NEVER),
      ControllerMissingError,
      message,
    );
    assertEquals(told.reasons.length, 18, told.reasons.join());
  },
});

/** With the profile of Event Hubs no request is too large, however much waits; with the other one would be. */
async function assertWithinLimits(broker: Broker): Promise<void> {
  const topic = "limited";
  await createTopic(broker, topic, 2);
  const over = { profile: PROFILES["event-hubs"], lingerMs: 50 };
  const told = new Told();
  const notes = new Notes();
  await using sink = await openKafkaProducer(producerOptions(broker.bootstrapServers, topic, over), told, NEVER);
  const sizes = [999_000, ...Array(150).fill(20_000), 1_000_500, ...Array(1000).fill(500), 990_000];
  for (const [i, size] of sizes.entries()) {
    sink.write(recordOf(topic, `did:plc:${i % 3}`, `${i} `.padEnd(size, ".")), notes);
  }
  await sink.flush();
  assertEquals([told.reasons, notes.told.filter((line) => line.endsWith("dropped")).length], [[], 1]);
  assertEquals(notes.told.length, sizes.length);
  assertEquals((await consumeAll(broker, topic)).length, sizes.length - 1);
}
