import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { KafkaRefusedError, TopicMissingError } from "../../../src/sink/kafka/errors.ts";
import { openKafkaSink } from "../../../src/sink/kafka/sink.ts";
import { kafkaTest, withAdmin } from "../../support/kafka.ts";
import { sinkOptions, Told } from "../../support/sink.ts";

const NEVER = new AbortController().signal;

kafkaTest("findTopic() creates a topic as it is told to, and never one that it was not told to", async (broker) => {
  const create = (topic: string, partitions: number, replication: number) =>
    openKafkaSink(
      sinkOptions(broker.bootstrapServers, topic, { createTopic: { partitions, replication } }),
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
    () => openKafkaSink(sinkOptions(broker.bootstrapServers, "absent"), told, NEVER),
    TopicMissingError,
    'Cannot write to the topic "absent": it does not exist',
  );
  const topics = await withAdmin(broker, (admin) => admin.listTopics());
  assertEquals(topics.toSorted(), ["by-default", "by-number"]);
}, { properties: ["auto.create.topics.enable=true"], port: 0 });
