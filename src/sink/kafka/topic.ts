/**
 * The topic: whether it is there, how many partitions it has, and its creation.
 *
 * @module
 */
import type { Admin } from "kafkajs";
import { isBrokerMissing } from "./classify.ts";
import { withAdmin } from "./client.ts";
import { ControllerMissingError, TopicMissingError } from "./errors.ts";
import type { KafkaClientOptions, KafkaSinkOptions } from "./options.ts";

const CONTROLLER_ATTEMPTS = 10;

/** Where to look for the topic, and whether to create it. */
export type TopicOptions = KafkaClientOptions & Pick<KafkaSinkOptions, "createTopic">;

/** The topic as the brokers have it. */
export interface Topic {
  readonly partitions: number;
  /** Whether it was created just now. */
  readonly created: boolean;
}

/**
 * Finds the topic, or creates it where that is wanted; `signal` ends the search.
 *
 * @throws {TopicMissingError} if it does not exist and is not to be created
 * @throws {ControllerMissingError} if nobody could be asked to create it; an election passes, see
 * {@linkcode ControllerPatience}
 */
export function findTopic(options: TopicOptions, signal: AbortSignal): Promise<Topic> {
  return withAdmin(options, signal, async (admin) => {
    // The list first: asking for the metadata of a missing topic makes some brokers create it.
    const exists = (await admin.listTopics()).includes(options.topic);
    if (!exists && options.createTopic === null) throw new TopicMissingError(options.topic);
    const created = !exists && await create(admin, options);
    return { partitions: await countPartitions(admin, options.topic), created };
  });
}

async function create(admin: Admin, { topic, createTopic }: TopicOptions): Promise<boolean> {
  if (createTopic === null) return false;
  const { partitions: numPartitions, replication: replicationFactor } = createTopic;
  try {
    return await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }], waitForLeaders: true });
  } catch (error) {
    throw isBrokerMissing(error) ? new ControllerMissingError(topic, error) : error;
  }
}

/**
 * Whether the controller has been missing for so many attempts in a row that it is no election: with the waits between
 * them, for a minute or so.
 */
export class ControllerPatience {
  #missing = 0;

  /** Notes how an attempt failed. */
  isOver(error: unknown): boolean {
    this.#missing = error instanceof ControllerMissingError ? this.#missing + 1 : 0;
    return this.#missing >= CONTROLLER_ATTEMPTS;
  }
}

async function countPartitions(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics[0]?.partitions.length ?? 0;
  // As while the topic is being created or deleted.
  if (partitions === 0) throw new Error(`The topic "${topic}" has no partitions yet`);
  return partitions;
}
