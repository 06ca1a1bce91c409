/**
 * Tests against a real broker: the one that all share, or one of their own where they break it or set it up.
 *
 * @module
 */
import { type Admin, type ITopicConfig, Kafka, logLevel } from "kafkajs";
import { type Broker, type BrokerOptions, NoBrokerError, startBroker } from "../../scripts/kafka.ts";
import { calmRequestQueues } from "../../src/kafka/client/kafkajs_internals.ts";
import { leaveOut, testNeeding } from "./needs.ts";
import { assertRecord } from "./schemas.ts";
import { until } from "./wait.ts";
import type { Need } from "../../scripts/test_needs.ts";

/** A record as a consumer sees it. */
export interface Consumed {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a test finds the shared broker, and the name of a topic that no other test uses. */
export interface SharedKafka extends AsyncDisposable {
  readonly bootstrapServers: string;
  /** Nobody has created it yet. A group or a transactional id that begins with it is the test's own too. */
  readonly topic: string;
}

/** Registers a test against the shared broker, which it leaves as it is but for topics and groups of its own. */
export function kafkaTest(
  name: string,
  test: (kafka: SharedKafka) => Promise<void>,
  needs: readonly Need[] = [],
): void {
  testWith(["kafka", ...needs], name, sharedKafka, test);
}

async function sharedKafka(): Promise<SharedKafka> {
  const topic = `test-${crypto.randomUUID().slice(0, 8)}`;
  const bootstrapServers = Deno.env.get("TEST_KAFKA") ?? "";
  if (bootstrapServers !== "") return { bootstrapServers, topic, [Symbol.asyncDispose]: () => Promise.resolve() };
  // Run by "deno test" itself, the test starts a broker.
  const broker = await startBroker({ properties: [], port: 0 });
  return {
    bootstrapServers: broker.bootstrapServers,
    topic,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

/** Registers a long test that gets a broker of its own, to set up or to break as it likes. */
export function ownKafkaTest(
  name: string,
  test: (broker: Broker) => Promise<void>,
  options: BrokerOptions = { properties: [], port: 0 },
  needs: readonly Need[] = [],
): void {
  testWith(["long", "own-kafka", ...needs], name, () => startBroker(options), test);
}

/** Registers a test that gets what `start` starts, and ends it afterwards. */
export function testWith<T extends AsyncDisposable>(
  needs: readonly Need[],
  name: string,
  start: () => Promise<T>,
  test: (started: T) => Promise<void>,
): void {
  testNeeding(needs, {
    name,
    // KafkaJS leaves timers and sockets to end by themselves after a broker was killed.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      let started: T;
      try {
        started = await start();
      } catch (error) {
        // A broker can be had, but not of the kind that this test needs, such as one in a container.
        if (!(error instanceof NoBrokerError)) throw error;
        leaveOut("own-kafka", name);
        return;
      }
      await using running = started;
      await test(running);
    },
  });
}

// Else KafkaJS makes Deno warn of negative times, in the midst of the results.
calmRequestQueues();

/** The client of a test. */
export function testClient(broker: Pick<Broker, "bootstrapServers">): Kafka {
  return new Kafka({ brokers: broker.bootstrapServers.split(","), logLevel: logLevel.NOTHING });
}

/** Uses an administrative client of a broker. */
export async function withAdmin<T>(
  broker: Pick<Broker, "bootstrapServers">,
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  const admin = testClient(broker).admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Creates a topic. */
export async function createTopic(
  broker: Pick<Broker, "bootstrapServers">,
  topic: string,
  numPartitions: number,
): Promise<void> {
  await createTopics(broker, [{ topic, numPartitions }]);
}

/** Creates topics, and waits until the leader of each of their partitions answers for it. */
export async function createTopics(
  broker: Pick<Broker, "bootstrapServers">,
  topics: readonly ITopicConfig[],
): Promise<void> {
  await withAdmin(broker, async (admin) => {
    await admin.createTopics({ topics: [...topics], waitForLeaders: false });
    const names = topics.map(({ topic }) => topic);
    // KafkaJS's own wait ends with an error where a broker does not know its new topic yet.
    await until("the leaders of new topics", async () => {
      const listed = await admin.listTopics();
      if (!names.every((name) => listed.includes(name))) return false;
      const metadata = await admin.fetchTopicMetadata({ topics: names }).catch(() => null);
      const isLed = metadata?.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0)) === true;
      // A leader is named before it knows that it is one.
      return isLed &&
        await Promise.all(names.map((name) => admin.fetchTopicOffsets(name))).then(() => true, () => false);
    });
  });
}

/** Deletes a topic, and waits until it is gone. */
export async function deleteTopic(broker: Pick<Broker, "bootstrapServers">, topic: string): Promise<void> {
  await withAdmin(broker, (admin) => admin.deleteTopics({ topics: [topic] }));
  const isGone = async () => !(await withAdmin(broker, (admin) => admin.listTopics())).includes(topic);
  await until("the topic to be gone", isGone);
}

/** Deletes a topic, and creates another one of its name. */
export async function recreateTopic(
  broker: Pick<Broker, "bootstrapServers">,
  topic: string,
  numPartitions: number,
): Promise<void> {
  await deleteTopic(broker, topic);
  await createTopic(broker, topic, numPartitions);
}

/** All records of a topic, in order within each partition; events among them are as their schemas want them. */
export async function consumeAll(broker: Pick<Broker, "bootstrapServers">, topic: string): Promise<Consumed[]> {
  const ends = await withAdmin(broker, (admin) => admin.fetchTopicOffsets(topic));
  let missing = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const records: Consumed[] = [];
  if (missing === 0) return records;
  const consumer = testClient(broker).consumer({ groupId: `test-${crypto.randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen = new Set<string>();
  await consumer.run({
    eachMessage: ({ partition, message }) => {
      // A consumer whose group forms anew begins anew.
      const place = `${partition} ${message.offset}`;
      if (seen.has(place)) return Promise.resolve();
      seen.add(place);
      const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
      assertRecord({ value: message.value, headers: Object.fromEntries(headers) });
      records.push({
        partition,
        offset: Number(message.offset),
        key: String(message.key),
        value: String(message.value),
        headers: Object.fromEntries(headers),
      });
      if (--missing === 0) resolve();
      return Promise.resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  return records;
}
