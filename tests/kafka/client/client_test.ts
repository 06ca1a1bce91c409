import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../../scripts/kafka.ts";
import { type Profile, PROFILES } from "../../../src/kafka/client/options.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { forgetRequest } from "../../support/forgotten_request.ts";
import { consumeAll, createTopic, ownKafkaTest, withAdmin } from "../../support/kafka.ts";
import { Proxy } from "../../support/proxy.ts";
import { producerOptions, Told, writeEach } from "../../support/producer.ts";
import { until } from "../../support/wait.ts";

const TOPIC = "client";
const KEYS = ["did:plc:a", "did:plc:b", "did:plc:c", "did:plc:d", "did:plc:e"] as const;
const NEVER = new AbortController().signal;

/** Its port is what the broker below tells clients to come to. */
const PROXY = new Proxy();

/** With it no time-out of a request ends what is to end by itself. */
const PATIENT = { ...PROFILES.kafka, requestTimeoutMs: 3_600_000 };

Deno.test({
  name: "openKafkaProducer() ends on abort while a server takes the connection and says nothing",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = listener.accept();
    const stop = new AbortController();
    const options = producerOptions(`127.0.0.1:${listener.addr.port}`, TOPIC, { profile: PATIENT });
    const opening = openKafkaProducer(options, new Told(), stop.signal);
    const rejected = assertRejects(() => opening, DOMException, "aborted");
    using _connection = await accepted;
    stop.abort();
    await rejected;
  },
});

ownKafkaTest("a producer replaces sockets that went silent, and ends while its sends are stuck", async (broker) => {
  await using proxy = PROXY;
  proxy.standBefore(broker);
  await createTopic(broker, TOPIC, 3);
  const told = new Told();
  const profile = { ...PROFILES.kafka, requestTimeoutMs: 1000 };
  {
    // Nobody listens on port 1: that the server which is tried first is down must not matter.
    const choices = [0];
    const random = () => choices.shift() ?? 0.9;
    await using sink = await openKafkaProducer(
      producerOptions(`127.0.0.1:1,${proxy.address}`, TOPIC, { profile, random }),
      told,
      NEVER,
    );
    assertEquals(told.reasons.length, 1, told.reasons.join());
    const before = writeEach(sink, TOPIC, KEYS, 0, 20);
    await sink.flush();
    assertEquals(before.told.length, 100);

    const accepted = proxy.accepted;
    const retries = told.reasons.length;
    proxy.mute();
    const during = writeEach(sink, TOPIC, KEYS, 20, 40);
    await until("time-outs", () => told.reasons.length > retries);
    const after = writeEach(sink, TOPIC, KEYS, 40, 60);
    await sink.flush();
    assertEquals([during.told.length, after.told.length], [100, 100]);
    assert(proxy.accepted > accepted, "no socket was replaced");
    assert(told.recoveries > 0);
  }
  const records = await consumeAll(broker, TOPIC);
  const copies = Map.groupBy(records, ({ value }) => value);
  assertEquals(copies.size, 300);
  // Also what was under way when the answers were lost.
  for (const [value, found] of copies) assertEquals(found.length, 1, value);
  assertInOrder(records);

  const slow = producerOptions(proxy.address, TOPIC, { profile: PATIENT });
  const silenced = await openKafkaProducer(slow, new Told(), NEVER);
  writeEach(silenced, TOPIC, KEYS, 60, 61);
  await silenced.flush();
  proxy.mute();
  const unsettled = writeEach(silenced, TOPIC, KEYS, 61, 62);
  // They are appended, but nobody is told so.
  await until("the records in Kafka", async () => (await consumeAll(broker, TOPIC)).length === records.length + 10);
  await silenced[Symbol.asyncDispose]();
  assertEquals(unsettled.told, []);

  const retrying = new Told();
  const refused = await openKafkaProducer(slow, retrying, NEVER);
  proxy.refuses = true;
  proxy.cut();
  const lost = writeEach(refused, TOPIC, KEYS, 62, 63);
  await until("retries", () => retrying.reasons.length > 3);
  await refused[Symbol.asyncDispose]();
  // What it dialled before it was closed may wait to be taken.
  await proxy.counted();
  const { accepted } = proxy;
  assertEquals(lost.told, []);
  await after(1000);
  await proxy.counted();
  assertEquals(proxy.accepted, accepted + 1, "a sink that is closed dials no more");
  proxy.refuses = false;

  const impatient = { ...PROFILES.kafka, requestTimeoutMs: 500 };
  const noted = new Told();
  await using patient = await openKafkaProducer(
    producerOptions(proxy.address, TOPIC, { profile: impatient }),
    noted,
    NEVER,
  );
  writeEach(patient, TOPIC, KEYS, 63, 64);
  await patient.flush();
  using forgetting = forgetRequest("Produce");
  const forgotten = writeEach(patient, TOPIC, KEYS, 64, 65);
  await patient.flush();
  assertEquals([forgotten.told.length, forgetting.forgotten], [KEYS.length, 1]);
  assert(noted.reasons.includes("No response for 12 s"), noted.reasons.join("; "));

  await assertLooksAgain(broker, proxy, { ...impatient, metadataMaxAgeMs: 200 });
}, { properties: [], port: 0, listeners: [PROXY.listener] });

/** New partitions are found though the look at them met a black hole, and one of its requests was forgotten. */
async function assertLooksAgain(broker: Broker, proxy: Proxy, profile: Profile): Promise<void> {
  const topic = "looked-at";
  await createTopic(broker, topic, 1);
  const told = new Told();
  await using _sink = await openKafkaProducer(producerOptions(proxy.address, topic, { profile }), told, NEVER);
  const grow = (count: number) =>
    withAdmin(broker, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
  proxy.swallows = true;
  const { accepted } = proxy;
  await until("a look into the black hole", () => proxy.accepted > accepted);
  await grow(2);
  proxy.swallows = false;
  await until("the second partition", () => told.changes.length === 1);

  using forgetting = forgetRequest("Metadata");
  await until("the request to be forgotten", () => forgetting.forgotten === 1);
  await grow(3);
  await until("the third partition", () => told.changes.length === 2);
  assertEquals(told.changes, ["1 to 2", "2 to 3"]);
}

/** The first copies of each key stand in the order in which they were written. */
function assertInOrder(records: readonly { readonly key: string; readonly value: string }[]): void {
  for (const [key, found] of Map.groupBy(records, (record) => record.key)) {
    const numbers = [...new Set(found.map(({ value }) => Number(value.split(" ")[1])))];
    assertEquals(numbers, numbers.toSorted((a, b) => a - b), key);
  }
}
