import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeTextHeaders } from "../../../src/record/headers.ts";
import { classify, isFencing } from "../../../src/kafka/client/classify.ts";
import { openOffsetStore } from "../../../src/kafka/offsets/offset_store.ts";
import { PARTITIONERS } from "../../../src/kafka/producer/partition.ts";
import { openSession, type Session } from "../../../src/kafka/producer/session.ts";
import type { ProducerRecord } from "../../../src/record/producer_record.ts";
import { readCommitted } from "../../support/committed.ts";
import { createTopics, kafkaTest, withAdmin } from "../../support/kafka.ts";
import { recordOf } from "../../support/records.ts";
import { transactionOptions } from "../../support/transactions.ts";
import { until, untilAtLeast } from "../../support/wait.ts";

const LARGEST = 50_000;
const TIMEOUT_MS = 30_000;

/** Commits a transaction of records of one key each, a batch for each partition. */
function committer(topic: string) {
  return async (session: Session, records: readonly ProducerRecord[], group: string, offset: number) => {
    const byPartition = Map.groupBy(records, (record) => PARTITIONERS.murmur2(record, 3));
    for (const [partition, own] of byPartition) {
      for (let i = 0; i < own.length; i += 100) {
        await session.send({ topic, partition, records: own.slice(i, i + 100), sequence: null });
      }
    }
    await session.commit(group, { offset: BigInt(offset), metadata: "" });
  };
}

kafkaTest("openSession() commits records and offset in one, numbers batches right, and fences", async (kafka) => {
  const { bootstrapServers, topic } = kafka;
  const group = `${topic}-g`;
  const commit = committer(topic);
  await createTopics(kafka, [{
    topic,
    numPartitions: 3,
    configEntries: [{ name: "max.message.bytes", value: String(LARGEST) }],
  }]);
  const options = transactionOptions(bootstrapServers, topic);
  // The coordinators of a new broker begin with the first questions.
  const groups = openOffsetStore(options);
  await until("the coordinator of groups", () => groups.read(group).then(() => true, () => false));
  groups.close();
  const opening = () => openSession(options, TIMEOUT_MS).then((session) => session.close());
  await until("the coordinator of transactions", () => opening().then(() => true, () => false));
  const first = await openSession(options, TIMEOUT_MS);
  // Several transactions, of several batches for each partition: a wrong sequence number would be refused.
  const keys = Array.from({ length: 12 }, (_, i) => `did:plc:${i}`);
  let count = 0;
  const some = (each: number) =>
    Array.from({ length: each }, () => keys.map((key) => recordOf(topic, key, `${count++}`))).flat();
  const texts: string[] = [];
  for (const [i, each] of [1, 200, 3, 0, 60].entries()) {
    const records = some(each);
    texts.push(...records.map(({ value }) => new TextDecoder().decode(value)));
    await commit(first, records, group, i + 1);
  }
  // Brokers confirm the end of a transaction before they have written it into the partitions.
  const readAll = async (count: number) => {
    let found = await readCommitted(bootstrapServers, topic);
    await untilAtLeast("committed records", count, async () => {
      found = await readCommitted(bootstrapServers, topic);
      return found.length;
    });
    return found;
  };
  const read = await readAll(texts.length);
  assertEquals(read.map(({ value }) => Number(value)).sort((a, b) => a - b), texts.map(Number));
  assertEquals(new Set(read.map(({ partition }) => partition)).size, 3);
  const places = new Map<string, number>();
  for (const { key, value } of read) {
    assert(Number(value) > (places.get(key) ?? -1), `${key} ${value} is out of order`);
    places.set(key, Number(value));
  }
  const offsets = () => withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
  const offset = async () => (await offsets())[0]?.partitions.find(({ partition }) => partition === 0)?.offset;
  assertEquals(await offset(), "5");

  // What is too large takes no numbers of those that come after it.
  const large = recordOf(topic, "did:plc:0", "L".repeat(LARGEST + 1000));
  const partition = PARTITIONERS.murmur2(large, 3);
  const refused = await assertRejects(() => first.send({ topic, partition, records: [large], sequence: null }));
  assertEquals(classify(refused), "split");
  await commit(first, [recordOf(topic, "did:plc:0", "before"), recordOf(topic, "did:plc:0", "after")], group, 6);
  const values = (await readAll(texts.length + 2)).map(({ value }) => value);
  assertEquals(values.filter((value) => Number.isNaN(Number(value))), ["before", "after"]);

  // Another session ends the first, whose records and offset then count for nothing.
  const second = await openSession({ ...options, compression: "gzip" }, TIMEOUT_MS);
  const error = await assertRejects(() => commit(first, [recordOf(topic, "did:plc:1", "late")], group, 99));
  assert(isFencing(error), String(error));
  const binary = recordOf(topic, "did:plc:1", "binary", encodeTextHeaders([["ce_id", "1"]]));
  const both = [recordOf(topic, "did:plc:1", "new"), binary];
  await commit(second, both, group, 7);
  assertEquals(await offset(), "7");
  const last = await readAll(texts.length + 4);
  const headersOf = (text: string) => last.find(({ value }) => value === text)?.headers;
  assertEquals(headersOf("late"), undefined);
  assertEquals(headersOf("new"), { "content-type": "application/cloudevents+json; charset=UTF-8" });
  assertEquals(headersOf("binary"), { ce_id: "1" });
  await first.close();
  await second.close();
});
