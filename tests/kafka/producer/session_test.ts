import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeTextHeaders } from "../../../src/record/headers.ts";
import { isFencing } from "../../../src/kafka/client/classify.ts";
import { openGroupOffsets } from "../../../src/kafka/offsets/group_offsets.ts";
import { PROFILES } from "../../../src/kafka/client/options.ts";
import { openSession, type Session } from "../../../src/kafka/producer/session.ts";
import type { OutRecord } from "../../../src/record/out_record.ts";
import { readCommitted } from "../../support/committed.ts";
import { createTopics, kafkaTest, withAdmin } from "../../support/kafka.ts";
import { outRecord } from "../../support/records.ts";
import { transactionOptions, TransactionsTold } from "../../support/transactions.ts";
import { until, untilAtLeast } from "../../support/wait.ts";

const LARGEST = 50_000;
const TIMEOUT_MS = 30_000;
const told = new TransactionsTold();

/** What commits a transaction to a topic, and gives what was too large for it. */
function committer(topic: string) {
  return async (session: Session, records: readonly OutRecord[], group: string, offset: number) => {
    const oversize = await session.send({ topic, partitions: 3 }, records);
    await session.commit(group, { offset: BigInt(offset), metadata: "" });
    return [...oversize];
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
  const groups = openGroupOffsets(options);
  await until("the coordinator of groups", () => groups.read(group).then(() => true, () => false));
  groups.close();
  const opening = () => openSession(options, told, TIMEOUT_MS).then((session) => session.close());
  await until("the coordinator of transactions", () => opening().then(() => true, () => false));
  const first = await openSession(options, told, TIMEOUT_MS);
  // Several transactions, of several batches for each partition: a wrong sequence number would be refused.
  const keys = Array.from({ length: 12 }, (_, i) => `did:plc:${i}`);
  let count = 0;
  const some = (each: number) =>
    Array.from({ length: each }, () => keys.map((key) => outRecord(key, `${count++}`))).flat();
  const texts: string[] = [];
  for (const [i, each] of [1, 200, 3, 0, 60].entries()) {
    const records = some(each);
    texts.push(...records.map(({ value }) => new TextDecoder().decode(value)));
    assertEquals(await commit(first, records, group, i + 1), []);
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

  // What is too large is told and left out, and what stands beside it is not.
  const large = outRecord("did:plc:0", "L".repeat(LARGEST + 1000));
  const around = [outRecord("did:plc:0", "before"), large, outRecord("did:plc:0", "after")];
  assertEquals(await commit(first, around, group, 6), [large]);
  const values = (await readAll(texts.length + 2)).map(({ value }) => value);
  assertEquals(values.filter((value) => Number.isNaN(Number(value))), ["before", "after"]);
  const profile = { ...PROFILES.kafka, maxRecordBytes: 100 };
  const small = await openSession({ ...options, transactionalId: `${topic}-small`, profile }, told, TIMEOUT_MS);
  assertEquals(await commit(small, [large], `${topic}-h`, 1), [large]);
  await small.close();

  // Another session ends the first, whose records and offset then count for nothing.
  const second = await openSession({ ...options, compression: "gzip" }, told, TIMEOUT_MS);
  const error = await assertRejects(() => commit(first, [outRecord("did:plc:1", "late")], group, 99));
  assert(isFencing(error), String(error));
  const binary = outRecord("did:plc:1", "binary", encodeTextHeaders([["ce_id", "1"]]));
  const both = [outRecord("did:plc:1", "new"), binary];
  await commit(second, both, group, 7);
  assertEquals(await offset(), "7");
  const last = await readAll(texts.length + 4);
  const headersOf = (text: string) => last.find(({ value }) => value === text)?.headers;
  assertEquals(headersOf("late"), undefined);
  assertEquals(headersOf("new"), { "content-type": "application/cloudevents+json; charset=UTF-8" });
  assertEquals(headersOf("binary"), { ce_id: "1" });
  assert(told.sent > 20 && told.sent > told.acked, `${told.acked} of ${told.sent} batches`);
  await first.close();
  await second.close();
});
