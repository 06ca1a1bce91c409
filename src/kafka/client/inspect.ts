/**
 * What stands between a producer and its topic, looked at step by step and without leaving anything there.
 *
 * @module
 */
import type { PartitionMetadata } from "kafkajs";
import { addressOf } from "./broker_address.ts";
import { reasonOf, silenceText, typesOf } from "./classify.ts";
import { openClient, withAdmin } from "./client.ts";
import type { ProducerOptions } from "./options.ts";
import { CLEANUP_POLICY, creationOf, topicSettings } from "./topic.ts";

/** A topic as the brokers show it; null is what they do not show this user, or do not know. */
export interface TopicFacts {
  readonly partitions: number;
  /** Replicas of the partition that has the fewest. */
  readonly replication: number;
  /** Partitions without a leader. */
  readonly leaderless: readonly number[];
  readonly maxMessageBytes: number | null;
  readonly minInsyncReplicas: number | null;
  /** How old the time of a record may be, in milliseconds. */
  readonly timestampBeforeMaxMs: number | null;
  readonly cleanupPolicy: string | null;
  /** Replicas in sync of the partition that has the fewest. */
  readonly inSync: number;
}

/** Whether this user may write, as far as that can be known without writing. */
export type WritePermission =
  | { readonly kind: "permitted" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * The addresses at which the brokers say that they are; the connection is open and authenticated then. One that takes
 * the connection and says nothing is not waited for.
 *
 * @throws whatever KafkaJS says
 */
export async function listBrokers(options: ProducerOptions, signal: AbortSignal): Promise<readonly string[]> {
  const silence = new AbortController();
  let silent: string | null = null;
  try {
    return await withAdmin(options, AbortSignal.any([signal, silence.signal]), async (admin) => {
      const { brokers } = await admin.describeCluster();
      return brokers.map(({ host, port }) => addressOf(host, port));
    }, (broker) => {
      silent = broker;
      silence.abort();
    });
  } catch (error) {
    throw silent === null ? error : new Error(silenceText(silent));
  }
}

/** Why one broker cannot be reached at the address that it gives; null if it can. */
export async function dialBroker(
  options: ProducerOptions,
  broker: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    await withAdmin({ ...options, brokers: [broker] }, signal, (admin) => admin.describeCluster());
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Names of topic settings. */
const BEFORE_MAX_MS = "message.timestamp.before.max.ms";
const SETTINGS = ["max.message.bytes", "min.insync.replicas", BEFORE_MAX_MS, CLEANUP_POLICY];

/**
 * Topics by their names; those that do not exist, or that this user may not see, are missing.
 *
 * @throws whatever KafkaJS says
 */
export function inspectTopics(
  options: ProducerOptions,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TopicFacts>> {
  return withAdmin(options, signal, async (admin) => {
    // The list first: asking for the metadata of a missing topic makes some brokers create it.
    const listed = await admin.listTopics();
    const there = names.filter((topic) => listed.includes(topic));
    if (there.length === 0) return new Map();
    const { topics } = await admin.fetchTopicMetadata({ topics: there });
    const settings = await topicSettings(admin, there, SETTINGS);
    return new Map(topics.map(({ name, partitions }) => [name, factsOf(partitions, settings?.get(name) ?? new Map())]));
  });
}

function factsOf(partitions: readonly PartitionMetadata[], settings: ReadonlyMap<string, string>): TopicFacts {
  const least = (counts: number[]) => counts.length === 0 ? 0 : Math.min(...counts);
  const number = (name: string) => {
    const value = settings.get(name);
    return value === undefined ? null : Number(value);
  };
  return {
    partitions: partitions.length,
    replication: least(partitions.map(({ replicas }) => replicas.length)),
    inSync: least(partitions.map(({ isr }) => isr.length)),
    leaderless: partitions.filter(({ leader }) => leader < 0).map(({ partitionId }) => partitionId),
    maxMessageBytes: number("max.message.bytes"),
    minInsyncReplicas: number("min.insync.replicas"),
    timestampBeforeMaxMs: number(BEFORE_MAX_MS),
    cleanupPolicy: settings.get(CLEANUP_POLICY) ?? null,
  };
}

/** Why topics could not be created as the options say; null if they could. Nothing is created. */
export async function tryCreation(
  options: ProducerOptions,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  if (options.createTopic === null) return null;
  const request = { topics: creationOf(topics, options), validateOnly: true, waitForLeaders: false };
  try {
    await withAdmin(options, signal, (admin) => admin.createTopics(request));
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** What a broker says of a batch without records, which it takes from nobody. */
const EMPTY_REFUSED: readonly string[] = ["INVALID_RECORD", "CORRUPT_MESSAGE"];

/**
 * Whether this user may write to a topic: a batch without records is sent. A broker looks at the permission before it
 * looks at the batch, and then refuses that, so nothing is written in any case. `signal` ends the wait for its answer.
 */
export async function tryWriting(
  options: ProducerOptions,
  topic: string,
  signal: AbortSignal,
): Promise<WritePermission> {
  await using client = openClient(options);
  const end = () => void client[Symbol.asyncDispose]();
  signal.addEventListener("abort", end);
  try {
    await client.send({ topic, partition: 0, records: [], sequence: null });
    return { kind: "permitted" };
  } catch (error) {
    const types = typesOf(error);
    if (types.some((type) => EMPTY_REFUSED.includes(type))) return { kind: "permitted" };
    if (types.some((type) => /_AUTHORIZATION_FAILED$/.test(type))) return { kind: "refused", reason: reasonOf(error) };
    return { kind: "unknown", reason: signal.aborted ? "no response in time" : reasonOf(error) };
  } finally {
    signal.removeEventListener("abort", end);
  }
}
