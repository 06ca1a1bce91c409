import { assertEquals, assertThrows } from "@std/assert";
import { Kafka } from "kafkajs";
import { createCluster } from "../../../src/kafka/client/inner.ts";

Deno.test("createCluster() finds the cluster inside of KafkaJS", () => {
  const kafka = new Kafka({ brokers: ["127.0.0.1:1"] });
  const cluster = createCluster<{ isConnected(): boolean }>(kafka, { allowAutoTopicCreation: false });
  assertEquals(cluster.isConnected(), false);
});

Deno.test("createCluster() throws where KafkaJS is another one inside", () => {
  assertThrows(() => createCluster(Object.create(null), { allowAutoTopicCreation: false }), TypeError, "2.2.4");
});
