/**
 * The topics of a bench.
 *
 * @module
 */
import { Kafka, logLevel } from "kafkajs";
import { setTimeout as after } from "node:timers/promises";
import type { Broker } from "../scripts/kafka.ts";

async function withAdmin(broker: Broker, use: (admin: ReturnType<Kafka["admin"]>) => Promise<unknown>): Promise<void> {
  const admin = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await use(admin);
  await admin.disconnect();
}

/** Creates a topic, and waits until its partitions have leaders: KafkaJS's own waiting for leaders fails where a broker has not heard of the topic yet. */
export function createTopic(broker: Broker, topic: string, numPartitions: number): Promise<void> {
  return withAdmin(broker, async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
    const hasLeaders = async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    };
    while (!(await hasLeaders().catch(() => false))) await after(100);
  });
}

/** Deletes the topics whose names begin so, that the disk holds no more than one run. */
export function deleteTopics(broker: Broker, prefix: string): Promise<void> {
  return withAdmin(broker, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
    await admin.deleteTopics({ topics });
  });
}
