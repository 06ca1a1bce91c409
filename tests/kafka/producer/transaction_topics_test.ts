import { assertEquals } from "@std/assert";
import type { ProducerOptions } from "../../../src/kafka/client/options.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import type { TopicProducer } from "../../../src/record/producer.ts";
import { openTransactionalProducer } from "../../../src/kafka/producer/transactional_producer.ts";
import { readCommitted } from "../../support/committed.ts";
import { createTopics, kafkaTest, type SharedKafka, withAdmin } from "../../support/kafka.ts";
import { producerOptions, Told } from "../../support/producer.ts";
import { Notes, recordOf } from "../../support/records.ts";
import { cursor, NEVER, transactionOptions, TransactionsTold } from "../../support/transactions.ts";

/** Options for open topics whose names begin with `prefix`, two of them at most. */
function openOptions(prefix: string, mayCreate: boolean): Partial<ProducerOptions> {
  return {
    topics: [prefix, `${prefix}.other`],
    openTopics: { limit: 2, isOwn: (topic) => topic.startsWith(`${prefix}.a`), otherOf: () => `${prefix}.other` },
    createTopic: mayCreate ? { partitions: 1, replication: 1 } : null,
    compaction: (topic) => topic === prefix ? "harmful" : "expected",
  };
}

/** Writes a record to each of these topics by either producer; returns what was told. */
async function writeBy(
  kind: "acknowledged" | "transactional",
  server: string,
  prefix: string,
  mayCreate: boolean,
  topics: readonly string[],
): Promise<Told> {
  const over = openOptions(prefix, mayCreate);
  const notes = new Notes();
  if (kind === "acknowledged") {
    const told = new Told();
    await using producer = await openKafkaProducer(producerOptions(server, prefix, over), told, NEVER);
    for (const topic of topics) producer.write(recordOf(topic, "k", topic), notes);
    await producer.flush();
    assertEquals(notes.told.length, topics.length);
    return told;
  }
  const told = new TransactionsTold();
  await using producer = await openTransactionalProducer(transactionOptions(server, prefix, over), told, NEVER);
  for (const topic of topics) producer.write(recordOf(topic, "k", topic), notes);
  await producer.save(cursor(1));
  // The next one has the topics already.
  for (const topic of topics) producer.write(recordOf(topic, "k", `${topic} again`), notes);
  await producer.save(cursor(2));
  assertEquals(notes.told.length, 2 * topics.length);
  return told;
}

async function valuesIn({ bootstrapServers }: SharedKafka, topic: string): Promise<string[]> {
  return (await readCommitted(bootstrapServers, topic)).map(({ value }) => value).toSorted();
}

async function listed(kafka: SharedKafka, prefix: string): Promise<string[]> {
  return (await withAdmin(kafka, (admin) => admin.listTopics())).filter((topic) => topic.startsWith(prefix)).toSorted();
}

for (const kind of ["acknowledged", "transactional"] as const) {
  kafkaTest(`a producer (${kind}) creates topics as records name them, up to their limit, for good`, async (kafka) => {
    const prefix = kafka.topic;
    const [a1, a2, a3, other] = [`${prefix}.a1`, `${prefix}.a2`, `${prefix}.a3`, `${prefix}.other`];
    const told = await writeBy(kind, kafka.bootstrapServers, prefix, true, [a1, a2, a1, a3]);
    assertEquals(await listed(kafka, prefix), [prefix, a1, a2, other]);
    assertEquals(told.redirections, [`${a3} to ${other}: limit`]);
    const times = kind === "acknowledged" ? 1 : 2;
    assertEquals((await valuesIn(kafka, a1)).length, 2 * times);
    assertEquals([(await valuesIn(kafka, a2))[0], (await valuesIn(kafka, other))[0]], [a2, a3]);

    // Another start has the same ones, whatever comes first.
    const again = await writeBy(kind, kafka.bootstrapServers, prefix, true, [a3, a2]);
    assertEquals(again.redirections, [`${a3} to ${other}: limit`]);
    assertEquals((await valuesIn(kafka, a2)).length, 2 * times);
    assertEquals((await valuesIn(kafka, other)).length, 2 * times);

    const { resources } = await withAdmin(kafka, (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [prefix, a1, other].map((name) => ({ type: 2, name, configNames: ["cleanup.policy"] })),
      }));
    const policies = resources.map(({ resourceName, configEntries: [entry] }) => [resourceName, entry?.configValue]);
    assertEquals(policies.toSorted(), [[prefix, "delete"], [a1, "compact"], [other, "compact"]]);
  });

  kafkaTest(
    `a producer (${kind}) that creates none uses the topics that are there, and another for the rest`,
    async (kafka) => {
      const prefix = kafka.topic;
      const [a1, a2, other] = [`${prefix}.a1`, `${prefix}.a2`, `${prefix}.other`];
      await createTopics(kafka, [prefix, a1, other].map((topic) => ({ topic, numPartitions: 1 })));
      const told = await writeBy(kind, kafka.bootstrapServers, prefix, false, [a1, a2]);
      assertEquals(told.redirections, [`${a2} to ${other}: missing`]);
      assertEquals([(await valuesIn(kafka, a1))[0], (await valuesIn(kafka, other))[0]], [a1, a2]);
    },
  );

  kafkaTest(`a producer (${kind}) goes on where the brokers refuse a topic that somebody made up`, async (kafka) => {
    const prefix = kafka.topic;
    const [a1, other] = [`${prefix}.a.1`, `${prefix}.other`];
    // Names that differ in dots and underscores alone collide.
    await createTopics(kafka, [{ topic: `${prefix}.a_1`, numPartitions: 1 }]);
    const told = await writeBy(kind, kafka.bootstrapServers, prefix, true, [a1, other]);
    assertEquals(told.redirections, [`${a1} to ${other}: refused`]);
    assertEquals((await valuesIn(kafka, other)).slice(0, 1), [a1]);
  });
}

kafkaTest("both producers say which topics records go to as soon as one is written, and no other", async (kafka) => {
  const prefix = kafka.topic;
  const [a1, a2, a3] = [`${prefix}.a1`, `${prefix}.a2`, `${prefix}.a3`];
  await createTopics(kafka, [{ topic: a1, numPartitions: 1 }]);
  const over = openOptions(prefix, true);
  const { bootstrapServers } = kafka;
  const notes = new Notes();
  const write = (producer: TopicProducer) => {
    const seen = [[...producer.openTopics]];
    for (const topic of [prefix, a2, a3]) producer.write(recordOf(topic, "k", "v"), notes);
    seen.push([...producer.openTopics]);
    return seen;
  };
  await using producer = await openTransactionalProducer(
    transactionOptions(bootstrapServers, prefix, over),
    new TransactionsTold(),
    NEVER,
  );
  // The third is beyond the limit.
  assertEquals(write(producer), [[a1], [a1, a2]]);
  const saved = producer.save(cursor(1));
  assertEquals([...producer.openTopics], [a1, a2]);
  await saved;
  await using other = await openKafkaProducer(producerOptions(bootstrapServers, prefix, over), new Told(), NEVER);
  assertEquals(write(other).map((topics) => topics.toSorted()), [[a1, a2], [a1, a2]]);
  await other.flush();
});
