/**
 * The topic: whether it is there, how many partitions it has, and its creation.
 *
 * @module
 */
import type { Admin } from "kafkajs";
import { openAdmin } from "./client.ts";
import { TopicMissingError } from "./errors.ts";
import type { KafkaSinkOptions } from "./options.ts";

/** The topic as the brokers have it. */
export interface Topic {
  readonly partitions: number;
  /** Whether it was created just now. */
  readonly created: boolean;
}

/**
 * Finds the topic, or creates it where that is wanted.
 *
 * @throws {TopicMissingError} if it does not exist and is not to be created
 */
export function findTopic(options: KafkaSinkOptions): Promise<Topic> {
  return withAdmin(options, async (admin) => {
    // The list first: asking for the metadata of a missing topic makes some brokers create it.
    const exists = (await admin.listTopics()).includes(options.topic);
    if (!exists && options.createTopic === null) throw new TopicMissingError(options.topic);
    const created = !exists && await create(admin, options);
    return { partitions: await countPartitions(admin, options.topic), created };
  });
}

async function create(admin: Admin, { topic, createTopic }: KafkaSinkOptions): Promise<boolean> {
  if (createTopic === null) return false;
  const { partitions: numPartitions, replication: replicationFactor } = createTopic;
  return await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }], waitForLeaders: true });
}

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
}

async function withAdmin<T>(options: KafkaSinkOptions, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = openAdmin(options);
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
