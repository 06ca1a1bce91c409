/**
 * Tests against a real broker. Where none can be had they say why and are passed over; with CI=true that is a failure.
 *
 * @module
 */
import { type Admin, Kafka, logLevel } from "kafkajs";
import { type Broker, type BrokerOptions, NoBrokerError, startBroker } from "../../scripts/kafka.ts";
import { calmRequestQueues } from "../../src/sink/kafka/request_queue.ts";
import { assertRecord } from "./schemas.ts";

/** A record as a consumer sees it. */
export interface Consumed {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Registers a test that gets a broker of its own. */
export function kafkaTest(
  name: string,
  test: (broker: Broker) => Promise<void>,
  options: BrokerOptions = { properties: [], port: 0 },
): void {
  testWith(name, () => startBroker(options), test);
}

/** Registers a test that gets what `start` starts, and ends it afterwards. */
export function testWith<T extends AsyncDisposable>(
  name: string,
  start: () => Promise<T>,
  test: (started: T) => Promise<void>,
): void {
  Deno.test({
    name,
    // KafkaJS leaves timers and sockets to end by themselves after a broker was killed.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      let started: T;
      try {
        started = await start();
      } catch (error) {
        if (!(error instanceof NoBrokerError) || Deno.env.get("CI") === "true") throw error;
        Deno.stdout.writeSync(new TextEncoder().encode(`\nnot run: ${name}: ${error.message}\n`));
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
  await withAdmin(broker, (admin) => admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true }));
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
