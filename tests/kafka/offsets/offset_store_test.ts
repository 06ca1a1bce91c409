import { assertEquals, assertRejects } from "@std/assert";
import { isSameCommit, offsetsOf, openOffsetStore } from "../../../src/kafka/offsets/offset_store.ts";
import { createTopic, kafkaTest, testClient, withAdmin } from "../../support/kafka.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";
import { producerOptions } from "../../support/producer.ts";
import { until } from "../../support/wait.ts";

const COMMITTED = { offset: 31_500_000_001n, metadata: '{"by":"ä"}' };

kafkaTest(
  "openOffsetStore() writes and reads a group's offset, and never one that is about to change",
  async (kafka) => {
    const { topic } = kafka;
    const job = `${topic}-job`;
    await createTopic(kafka, topic, 2);
    const groups = openOffsetStore(producerOptions(kafka.bootstrapServers, topic));
    assertEquals(await groups.missingTransactionRequests(), []);
    assertEquals(await groups.exists(job), false);
    await until("the other coordinator", () => groups.findTransactionCoordinator(topic).then(() => true, () => false));
    await until("the coordinator", () => groups.read(job).then((found) => found === null, () => false));
    await groups.write(job, COMMITTED);
    assertEquals(await groups.read(job), COMMITTED);
    assertEquals([await groups.exists(job), await groups.exists(job.slice(0, -1))], [true, false]);
    groups.reset();
    assertEquals(await groups.read(job), COMMITTED);

    const producer = testClient(kafka).producer({ transactionalId: topic, maxInFlightRequests: 1 });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: "a" }] });
    const next = { offset: 2n, metadata: "next" };
    await transaction.sendOffsets({ consumerGroupId: job, topics: offsetsOf(topic, next) });
    const error = await assertRejects(() => groups.read(job));
    assertEquals(Reflect.get(Object(error), "type"), "UNSTABLE_OFFSET_COMMIT");
    // What KafkaJS itself would have said.
    const [seen] = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId: job, topics: [topic] }));
    assertEquals(seen?.partitions.find(({ partition }) => partition === 0)?.offset, String(COMMITTED.offset));
    await transaction.commit();
    await until("the next offset", () => groups.read(job).then(() => true, () => false));
    assertEquals(await groups.read(job), next);
    await producer.disconnect();

    groups.close();
    await assertRejects(() => groups.read(job), Error, "closed");
  },
);

Deno.test({
  name: "openOffsetStore() takes a group that a coordinator does not know for one without an offset",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = new ScriptedBroker("offsets");
    const groups = openOffsetStore(producerOptions(broker.address, "offsets"));
    assertEquals([await groups.read("job"), await groups.peek("job")], [null, null]);
    groups.close();
  },
});

Deno.test("isSameCommit() compares offset and metadata, and nothing is the same as nothing", () => {
  assertEquals(isSameCommit(COMMITTED, { ...COMMITTED }), true);
  assertEquals(isSameCommit(COMMITTED, { ...COMMITTED, metadata: "" }), false);
  assertEquals(isSameCommit(COMMITTED, { ...COMMITTED, offset: 1n }), false);
  assertEquals([isSameCommit(null, null), isSameCommit(undefined, null), isSameCommit(COMMITTED, null)], [
    false,
    false,
    false,
  ]);
});
