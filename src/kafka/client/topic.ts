/**
 * The topic: whether it is there, how many partitions it has, and its creation.
 *
 * @module
 */
import { type Admin, ConfigResourceTypes } from "kafkajs";
import { isBrokerMissing, silence } from "./classify.ts";
import { withAdmin } from "./client.ts";
import { ControllerMissingError, TopicMissingError, TopicShrunkError } from "./errors.ts";
import { retried } from "./wait.ts";
import type { KafkaClientOptions, ProducerObserver, ProducerOptions } from "./options.ts";

const CONTROLLER_ATTEMPTS = 10;
const LEADER_ATTEMPTS = 100;

/** Where to look for the topic, and whether to create it. */
export type TopicOptions = KafkaClientOptions & Pick<ProducerOptions, "createTopic">;

/** The topic as the brokers have it. */
export interface Topic {
  readonly partitions: number;
  /** Whether it was created just now. */
  readonly created: boolean;
}

/**
 * Finds the topic, or creates it where that is wanted; `signal` ends the search, and the observer is
 * told of a server that takes connections and says nothing, and of the topic's cleanup policy.
 *
 * @throws {TopicMissingError} if it does not exist and is not to be created
 * @throws {ControllerMissingError} if nobody could be asked to create it; an election passes, see
 * {@linkcode ControllerPatience}
 */
export function findTopic(
  options: TopicOptions,
  signal: AbortSignal,
  observer: Pick<ProducerObserver, "waiting" | "policyFound"> | null = null,
): Promise<Topic> {
  return withAdmin(options, signal, async (admin) => {
    // The list first: asking for the metadata of a missing topic makes some brokers create it.
    const exists = (await admin.listTopics()).includes(options.topic);
    if (!exists && options.createTopic === null) throw new TopicMissingError(options.topic);
    const created = !exists && await create(admin, options);
    const found = { partitions: await countPartitions(admin, options.topic), created };
    if (observer !== null) {
      const policy = (await topicSettings(admin, options.topic, [CLEANUP_POLICY]))?.get(CLEANUP_POLICY) ?? null;
      observer.policyFound({ topic: options.topic, policy, compacts: policy !== null && isCompacting(policy) });
    }
    return found;
  }, observer === null ? undefined : (broker) => observer.waiting({ ...silence(broker), retryInMs: 0 }));
}

/** Finds all topics that are written to: see {@linkcode findTopic}. */
export async function findTopics(
  options: TopicOptions & Pick<ProducerOptions, "topics">,
  signal: AbortSignal,
  observer: Pick<ProducerObserver, "waiting" | "policyFound">,
): Promise<ReadonlyMap<string, Topic>> {
  const found = new Map<string, Topic>();
  for (const topic of options.topics) found.set(topic, await findTopic({ ...options, topic }, signal, observer));
  return found;
}

/**
 * The number of partitions of a topic that had `from`; the same where it is not known now.
 *
 * @throws {TopicShrunkError} if it has fewer
 */
export async function findGrowth(
  options: TopicOptions,
  topic: string,
  from: number,
  observer: Pick<ProducerObserver, "opened" | "topicMissing" | "partitionsChanged">,
  signal: AbortSignal,
): Promise<number> {
  const to = await findAgain({ ...options, topic }, observer, signal) ?? from;
  if (to < from) throw new TopicShrunkError(topic, from, to);
  if (to > from && !signal.aborted) observer.partitionsChanged({ topic, from, to });
  return to;
}

/**
 * Settings of a topic, by their names; null where brokers do not show them: it takes a permission of its own, and Event
 * Hubs have no such request.
 */
export async function topicSettings(
  admin: Admin,
  topic: string,
  configNames: readonly string[],
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [...configNames] }],
    });
    const entries = resources.flatMap((resource) => resource.configEntries);
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch {
    return null;
  }
}

/** The setting that says what becomes of old records: delete, compact, or both with a comma between them. */
export const CLEANUP_POLICY = "cleanup.policy";

/** Whether a topic keeps no more than the last record of each key, which is an account. */
export function isCompacting(policy: string): boolean {
  return policy.split(",").some((each) => each.trim() === "compact");
}

/**
 * Looks for a topic that was there: the number of its partitions, or null where it is not known now. One that was deleted
 * is created again where that is wanted, else the observer is told; of outages the senders tell.
 */
async function findAgain(
  options: TopicOptions,
  observer: Pick<ProducerObserver, "opened" | "topicMissing">,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const found = await findTopic(options, signal);
    if (found.created) observer.opened({ topic: options.topic, ...found });
    return found.partitions;
  } catch (error) {
    if (error instanceof TopicMissingError) observer.topicMissing({ topic: options.topic });
    return null;
  }
}

async function create(admin: Admin, { topic, createTopic }: TopicOptions): Promise<boolean> {
  if (createTopic === null) return false;
  const { partitions: numPartitions, replication: replicationFactor } = createTopic;
  const topics = [{ topic, numPartitions, replicationFactor }];
  // KafkaJS's own wait for the leaders begins with the creation again where it fails, and then takes it for another's.
  const created = await admin.createTopics({ topics, waitForLeaders: false }).catch((error) => {
    throw isBrokerMissing(error) ? new ControllerMissingError(topic, error) : error;
  });
  // Where it takes longer the senders wait for them.
  if (created) await retried(LEADER_ATTEMPTS, () => true, () => assertLed(admin, topic)).catch(() => {});
  return created;
}

async function assertLed(admin: Admin, topic: string): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = topics.flatMap((each) => each.partitions);
  if (partitions.length === 0 || partitions.some(({ leader }) => leader < 0)) {
    throw new Error(`The topic "${topic}" has no leaders yet`);
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
