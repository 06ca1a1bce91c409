import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { findIdentity } from "../../../src/kafka/client/identity.ts";
import { createTopic, kafkaTest, withAdmin } from "../../support/kafka.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";
import { producerOptions } from "../../support/producer.ts";
import { until } from "../../support/wait.ts";

kafkaTest(
  "findIdentity() tells a topic from one of the same name that was created later, and creates none",
  async (kafka) => {
    const { bootstrapServers, topic } = kafka;
    const find = (name: string) => findIdentity(producerOptions(bootstrapServers, name));
    assertEquals(await find(topic), null);
    await createTopic(kafka, topic, 2);
    const first = await find(topic);
    assertMatch(first?.topicId ?? "", /^[0-9a-f]{32}$/);
    assertEquals(await find(topic), first);
    const { clusterId } = await withAdmin(kafka, (admin) => admin.describeCluster());
    assertEquals(first?.clusterId, clusterId);
    await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [topic] }));
    await until("the topic to be gone", async () => await find(topic) === null);
    await createTopic(kafka, topic, 1);
    const second = await find(topic);
    assertEquals(second?.clusterId, clusterId);
    assertNotEquals(second?.topicId, first?.topicId);
    assertEquals(await find(`${topic}-absent`), null);
  },
);

Deno.test({
  name: "findIdentity() knows no ID where brokers tell none",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = new ScriptedBroker("hub");
    assertEquals(await findIdentity(producerOptions(broker.address, "hub")), { clusterId: null, topicId: null });
    assertEquals(await findIdentity(producerOptions(broker.address, "absent")), null);
  },
});
