import { assert, assertEquals } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { PROFILES } from "../../src/kafka/client/options.ts";
import { openSession } from "../../src/kafka/producer/session.ts";
import { createTopic, ownKafkaTest } from "../support/kafka.ts";
import { Proxy } from "../support/proxy.ts";
import { Notes, recordOf } from "../support/records.ts";
import { cursor, loseAnswer, open, REQUESTS, valuesIn } from "../support/transactions.ts";

/** What this instance itself asked for is done late, after it has given the request up: it is nobody else's. */
async function assertOutlivesItsOwnLateRequests(broker: Broker, proxy: Proxy): Promise<void> {
  const topic = "late";
  await createTopic(broker, topic, 1);
  const profile = { ...PROFILES.kafka, requestTimeoutMs: 1000 };
  const { sink, told } = await open(proxy.address, topic, { profile });
  const notes = new Notes();
  const save = async (seq: number) => {
    sink.write(recordOf(topic, "a", `${seq}`), notes);
    await sink.save(cursor(seq));
  };
  // The end of a transaction that was given up, when its session is over.
  const end = proxy.hold(REQUESTS.END_TXN);
  await save(1);
  await end.deliver();
  await save(2);
  // The beginning of a session, when the next one has begun: that fences, and nobody claims the cursor.
  loseAnswer(proxy, REQUESTS.END_TXN);
  const begin = proxy.hold(REQUESTS.INIT_PRODUCER_ID);
  await save(3);
  const restarts = told.restarts.length;
  await begin.deliver();
  // The broker does it in its own time.
  let seq = 3;
  while (told.restarts.length === restarts) await save(++seq);
  await save(++seq);
  assertEquals([told.watched, told.taken, told.claims.length], [[], [], 1]);
  assertEquals(await valuesIn(broker, topic), Array.from({ length: seq }, (_, i) => `${i + 1}`));
  await sink[Symbol.asyncDispose]();
}

/** A producer that begins and never claims the cursor is none that goes on in this one's place. */
async function assertOutlivesStranger(broker: Broker): Promise<void> {
  const topic = "stranger";
  await createTopic(broker, topic, 1);
  const { sink, told, options } = await open(broker.bootstrapServers, topic);
  const notes = new Notes();
  sink.write(recordOf(topic, "a", "one"), notes);
  await sink.save(cursor(1));
  await (await openSession(options, 5000)).close();
  sink.write(recordOf(topic, "a", "two"), notes);
  await sink.save(cursor(2));
  await sink[Symbol.asyncDispose]();
  assertEquals([await valuesIn(broker, topic), told.watched], [["one", "two"], []]);
  assert(told.restarts.length > 0);
  // Of 30 s, which are more than this broker permits, one half; and a transaction that failed does not double that.
  assertEquals(told.timeoutsMs, [15_000]);
}

/** Its port is what the broker below tells clients to come to. */
const PROXY = new Proxy();

ownKafkaTest(
  "openTransactionalProducer() is not fenced by its own late requests nor by nobody, within the broker's limit of time",
  async (broker) => {
    await using proxy = PROXY;
    proxy.standBefore(broker);
    await assertOutlivesItsOwnLateRequests(broker, proxy);
    await assertOutlivesStranger(broker);
  },
  {
    properties: ["transaction.max.timeout.ms=20000"],
    port: 0,
    listeners: [PROXY.listener],
  },
);
