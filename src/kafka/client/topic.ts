/**
 * Topics: whether they are there, how many partitions they have, and their creation.
 *
 * @module
 */
import { type Admin, ConfigResourceTypes, type ITopicConfig } from "kafkajs";
import { isBrokerMissing, silence } from "./classify.ts";
import { withAdmin } from "./client.ts";
import { ControllerMissingError, TopicMissingError, TopicShrunkError } from "./errors.ts";
import { retried } from "./wait.ts";
import { isCompacting, type KafkaClientOptions, type ProducerObserver, type ProducerOptions } from "./options.ts";

const CONTROLLER_ATTEMPTS = 10;
const LEADER_ATTEMPTS = 100;

/** Where to look for topics, and whether to create them. */
export type TopicOptions = KafkaClientOptions & Pick<ProducerOptions, "createTopic" | "compaction" | "openTopics">;

/** A topic as the brokers have it. */
export interface Topic {
  readonly partitions: number;
  /** Whether it was created just now. */
  readonly created: boolean;
}

/** What was found of topics. */
export interface FoundTopics {
  readonly topics: ReadonlyMap<string, Topic>;
  /** Those of the open topics that exist. */
  readonly own: readonly string[];
}

/**
 * Finds topics, and creates those that are missing where that is wanted; `signal` ends the search. The observer gets
 * each server that accepts connections and sends nothing, and the topics' cleanup policies.
 *
 * @throws {TopicMissingError} if one does not exist and is not to be created
 * @throws {ControllerMissingError} if nobody could be asked to create it; an election passes, see
 * {@linkcode ControllerPatience}
 */
export function findTopics(
  options: TopicOptions,
  names: readonly string[],
  signal: AbortSignal,
  observer: Pick<ProducerObserver, "waiting" | "policyFound">,
): Promise<FoundTopics> {
  const { compaction, createTopic, openTopics } = options;
  return withAdmin(options, signal, async (admin) => {
    // The list first: asking for the metadata of a missing topic makes some brokers create it.
    const listed = await admin.listTopics();
    const missing = names.filter((topic) => !listed.includes(topic));
    if (missing.length > 0 && createTopic === null) throw new TopicMissingError(...missing);
    const isCreated = missing.length > 0 && await create(admin, missing, options);
    const counts = await countPartitions(admin, names);
    const settings = await topicSettings(admin, names, [CLEANUP_POLICY]);
    for (const topic of names) {
      const policy = settings?.get(topic)?.get(CLEANUP_POLICY) ?? null;
      const compacts = policy !== null && isCompacting(policy);
      observer.policyFound({ topic, policy, compacts, compaction: compaction(topic) });
    }
    const topics = new Map(
      counts.entries().map((
        [topic, partitions],
      ) => [topic, { partitions, created: isCreated && missing.includes(topic) }]),
    );
    return { topics, own: openTopics === null ? [] : listed.filter(openTopics.isOwn) };
  }, (broker) => observer.waiting({ ...silence(broker), retryInMs: 0 }));
}

/**
 * The numbers of partitions of topics that were there, with as many as `from` says; the same where that is not known now. One
 * that was deleted is created again where that is wanted, else the observer hears of it; outages are reported by the senders.
 *
 * @throws {TopicShrunkError} if one has fewer
 */
export async function findGrowth(
  options: TopicOptions,
  from: ReadonlyMap<string, number>,
  observer: Pick<ProducerObserver, "opened" | "topicMissing" | "partitionsChanged">,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const found = await findAgain(options, [...from.keys()], observer, signal);
  const counts = new Map<string, number>();
  for (const [topic, before] of from) {
    const to = found.get(topic) ?? before;
    if (to < before) throw new TopicShrunkError(topic, before, to);
    if (to > before && !signal.aborted) observer.partitionsChanged({ topic, from: before, to });
    counts.set(topic, to);
  }
  return counts;
}

async function findAgain(
  options: TopicOptions,
  names: readonly string[],
  observer: Pick<ProducerObserver, "opened" | "topicMissing">,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  try {
    return await withAdmin(options, signal, async (admin) => {
      const listed = await admin.listTopics();
      const missing = names.filter((topic) => !listed.includes(topic));
      const isBack = missing.length > 0 && options.createTopic !== null;
      if (isBack) await create(admin, missing, options);
      else for (const topic of missing) observer.topicMissing({ topic });
      const counts = await countPartitions(admin, isBack ? names : names.filter((topic) => listed.includes(topic)));
      for (const topic of isBack ? missing : []) {
        observer.opened({ topic, partitions: counts.get(topic) ?? 0, created: true });
      }
      return counts;
    });
  } catch {
    return new Map();
  }
}

/**
 * Settings of topics, by the topic and their names; null where brokers do not show them: it takes a permission of its own, and
 * Event Hubs have no such request.
 */
export async function topicSettings(
  admin: Admin,
  topics: readonly string[],
  configNames: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>> | null> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: [...configNames] })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  } catch {
    return null;
  }
}

/** The setting that says what becomes of old records: delete, compact, or both with a comma between them. */
export const CLEANUP_POLICY = "cleanup.policy";

/** What the brokers are asked for to create topics. */
export function creationOf(
  topics: readonly string[],
  { createTopic, compaction }: Pick<ProducerOptions, "createTopic" | "compaction">,
): ITopicConfig[] {
  if (createTopic === null) return [];
  const { partitions: numPartitions, replication: replicationFactor } = createTopic;
  return topics.map((topic) => ({
    topic,
    numPartitions,
    replicationFactor,
    ...(compaction(topic) === "expected" ? { configEntries: [{ name: CLEANUP_POLICY, value: "compact" }] } : {}),
  }));
}

/** Whether they were created here, and not meanwhile by somebody else. */
async function create(admin: Admin, topics: readonly string[], options: TopicOptions): Promise<boolean> {
  const request = { topics: creationOf(topics, options), waitForLeaders: false };
  // KafkaJS's own wait for the leaders begins with the creation again where it fails, and then takes it for another's.
  const created = await admin.createTopics(request).catch((error) => {
    throw isBrokerMissing(error) ? new ControllerMissingError(topics[0] ?? "", error) : error;
  });
  // Where it takes longer the senders wait for them.
  if (created) await retried(LEADER_ATTEMPTS, () => true, () => assertLed(admin, topics)).catch(() => {});
  return created;
}

async function assertLed(admin: Admin, names: readonly string[]): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const isLed = topics.every(({ partitions }) =>
    partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)
  );
  if (!isLed || topics.length < names.length) throw new Error(`Not all of ${names.join(", ")} have leaders yet`);
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

async function countPartitions(admin: Admin, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (names.length === 0) return new Map();
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  const without = names.find((topic) => (counts.get(topic) ?? 0) === 0);
  // As while the topic is being created or deleted.
  if (without !== undefined) throw new Error(`The topic "${without}" has no partitions yet`);
  return counts;
}
