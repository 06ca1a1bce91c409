import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CompressionTypes } from "kafkajs";
import { wait } from "../../../src/async.ts";
import type { TopicRecord } from "../../../src/kafka/consumer/cluster.ts";
import { type From, ReadRefusedError, readTopic } from "../../../src/kafka/consumer/read.ts";
import type { Broker } from "../../../scripts/kafka.ts";
import { PROFILES } from "../../../src/kafka/client/options.ts";
import { createTopic, kafkaTest, ownKafkaTest, testClient, withAdmin } from "../../support/kafka.ts";
import { textOf } from "../../support/records.ts";
import { until } from "../../support/wait.ts";

interface Place {
  readonly bootstrapServers: string;
  readonly topic: string;
}

const SILENT = { opened: () => {}, silent: () => {}, interrupted: () => {} };

function client({ bootstrapServers, topic }: Place) {
  return {
    brokers: bootstrapServers.split(","),
    topic,
    tls: null,
    sasl: null,
    profile: PROFILES.kafka,
    clientId: "test",
    random: Math.random,
  } as const;
}

/** Reads from a place to the end. */
async function readAll(place: Place, from: From): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  const options = { kafka: client(place), from, partition: null, untilEnd: true, wait };
  for await (const batch of readTopic(options, SILENT, new AbortController().signal)) records.push(...batch);
  return records;
}

function valuesOf(records: readonly TopicRecord[], partition: number): string[] {
  return records.filter((record) => record.partition === partition).map(({ value }) => textOf(value));
}

/** Fills two partitions: plain and compressed records, an aborted transaction, a committed one, and an open one. */
async function fill({ bootstrapServers, topic }: Place): Promise<{ abort(): Promise<void> }> {
  const kafka = testClient({ bootstrapServers });
  const plain = kafka.producer();
  await plain.connect();
  const at = (partition: number, value: string, timestamp: number) => ({
    partition,
    value,
    timestamp: String(timestamp),
  });
  await plain.send({ topic, messages: [at(0, "a", 1000), at(0, "b", 2000), at(1, "x", 1000)] });
  await plain.send({ topic, messages: [at(0, "c", 3000)], compression: CompressionTypes.GZIP });
  const transactional = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
  await transactional.connect();
  const aborted = await transactional.transaction();
  await aborted.send({ topic, messages: [at(0, "aborted", 4000), at(1, "aborted", 4000)] });
  await aborted.abort();
  const committed = await transactional.transaction();
  await committed.send({
    topic,
    messages: [{ ...at(0, "d", 5000), key: "k", headers: { "content-type": "text/plain", ce_id: "é" } }],
  });
  await committed.commit();
  const open = await transactional.transaction();
  await open.send({ topic, messages: [at(0, "open", 6000)] });
  await plain.disconnect();
  return {
    async abort() {
      await open.abort();
      await transactional.disconnect();
    },
  };
}

kafkaTest("readTopic() reads committed records from any place to the end", async (place) => {
  await createTopic(place, place.topic, 2);
  const open = await fill(place);

  const all = await readAll(place, { kind: "oldest" });
  assertEquals([valuesOf(all, 0), valuesOf(all, 1)], [["a", "b", "c", "d"], ["x"]]);
  const found = all.find(({ value }) => textOf(value) === "d");
  assertEquals(found?.headers, { "content-type": "text/plain", ce_id: "é" });
  assertEquals([textOf(found?.key), found?.timestampMs], ["k", 5000]);
  assertEquals(all.find(({ value }) => textOf(value) === "c")?.offset, 2n);

  assertEquals(valuesOf(await readAll(place, { kind: "offset", offset: 2n }), 0), ["c", "d"]);
  assertEquals(await readAll(place, { kind: "offset", offset: 1_000_000n }), []);
  const late = await readAll(place, { kind: "time", timeMs: 2500 });
  assertEquals([valuesOf(late, 0), valuesOf(late, 1)], [["c", "d"], []]);
  assertEquals(await readAll(place, { kind: "latest" }), []);
  const last = async (count: number, isWanted: (record: TopicRecord) => boolean = () => true) =>
    (await readAll(place, { kind: "last", count, isWanted })).map(({ value }) => textOf(value));
  assertEquals([await last(2), await last(100)], [["c", "d"], ["a", "x", "b", "c", "d"]]);
  assertEquals(await last(2, ({ value }) => textOf(value) < "c"), ["a", "b"]);
  await open.abort();

  await withAdmin(place, async (admin) => {
    // Without this KafkaJS does not know the topic's leaders.
    await admin.fetchTopicOffsets(place.topic);
    await admin.deleteTopicRecords({ topic: place.topic, partitions: [{ partition: 0, offset: "2" }] });
  });
  assertEquals(valuesOf(await readAll(place, { kind: "offset", offset: 0n }), 0), ["c", "d"]);

  const absent = `${place.topic}-absent`;
  const missing = {
    kafka: client({ ...place, topic: absent }),
    from: { kind: "oldest" },
    partition: null,
    untilEnd: true,
    wait,
  } as const;
  const error = await assertRejects(
    () => Array.fromAsync(readTopic(missing, SILENT, new AbortController().signal)),
    ReadRefusedError,
  );
  assertStringIncludes(error.message, `Cannot read the topic "${absent}": it does not exist on `);
  const topics = await withAdmin(place, (admin) => admin.listTopics());
  assertEquals([topics.includes(place.topic), topics.includes(absent)], [true, false]);
});

ownKafkaTest("readTopic() waits at the end through an outage, and joins no consumer group", async (broker) => {
  const place = { bootstrapServers: broker.bootstrapServers, topic: "read" };
  await createTopic(place, place.topic, 2);
  await survivesAnOutage(broker, place);
  assertEquals((await withAdmin(place, (admin) => admin.listGroups())).groups, []);
});

/** A reader that waits at the end, while the broker is killed and comes back. */
async function survivesAnOutage(broker: Broker, place: Place): Promise<void> {
  const stop = new AbortController();
  const seen: string[] = [];
  let opened = false;
  let interrupted = 0;
  const options = { kafka: client(place), from: { kind: "latest" }, partition: null, untilEnd: false, wait } as const;
  const observer = { opened: () => void (opened = true), silent: () => {}, interrupted: () => void interrupted++ };
  const reading = (async () => {
    for await (const batch of readTopic(options, observer, stop.signal)) {
      for (const { value } of batch) seen.push(textOf(value));
    }
  })();
  const send = async (value: string) => {
    const producer = testClient(place).producer();
    await producer.connect();
    await producer.send({ topic: place.topic, messages: [{ partition: 1, value }] });
    await producer.disconnect();
  };
  await until("the beginning", () => opened);
  await send("before");
  await until("the first record", () => seen.length === 1);
  await broker.kill();
  await until("the outage to be noticed", () => interrupted > 0);
  await broker.restart();
  await send("after");
  await until("the second record", () => seen.length === 2);
  assertEquals(seen, ["before", "after"]);
  stop.abort();
  await reading;
}

Deno.test("readTopic() tells at the start that Kafka cannot be reached, after a few attempts", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const waits: number[] = [];
  const options = {
    kafka: client({ bootstrapServers: `127.0.0.1:${port}`, topic: "read" }),
    from: { kind: "oldest" },
    partition: null,
    untilEnd: false,
    wait: (ms: number) => Promise.resolve(void waits.push(ms)),
  } as const;
  const error = await assertRejects(
    () => Array.fromAsync(readTopic(options, SILENT, new AbortController().signal)),
    ReadRefusedError,
  );
  assert(error.message.startsWith(`Cannot reach Kafka at 127.0.0.1:${port}: `), error.message);
  assertEquals(waits, [1000, 1000]);
});

Deno.test("readTopic() ends at once when the signal aborts, also while nobody answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const stop = new AbortController();
  const options = {
    kafka: client({ bootstrapServers: `127.0.0.1:${port}`, topic: "read" }),
    from: { kind: "oldest" },
    partition: null,
    untilEnd: false,
    wait,
  } as const;
  const reading = Array.fromAsync(readTopic(options, SILENT, stop.signal));
  using _connection = await listener.accept();
  stop.abort();
  assertEquals(await reading, []);
});
