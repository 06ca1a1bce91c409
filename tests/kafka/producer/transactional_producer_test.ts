import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../../scripts/kafka.ts";
import { FencedError, TransactionsMissingError } from "../../../src/kafka/client/errors.ts";
import { PROFILES } from "../../../src/kafka/client/options.ts";
import { openTransactionalProducer } from "../../../src/kafka/producer/transactional_producer.ts";
import { createTopic, ownKafkaTest } from "../../support/kafka.ts";
import { Proxy } from "../../support/proxy.ts";
import { Notes, recordOf } from "../../support/records.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";
import {
  cursor,
  loseAnswer,
  NEVER,
  open,
  REQUESTS,
  transactionOptions,
  TransactionsTold,
  valuesIn,
} from "../../support/transactions.ts";
import { until } from "../../support/wait.ts";

/** Records settle with their cursor and not before, and the next instance finds it. */
async function assertCommits(broker: Broker): Promise<void> {
  const topic = "commits";
  await createTopic(broker, topic, 2);
  const { sink, told, options } = await open(broker.bootstrapServers, topic);
  assertEquals(await sink.load(), null);
  const notes = new Notes();
  sink.write(recordOf(topic, "a", "one"), notes);
  sink.write(recordOf(topic, "b", "two"), notes);
  assertEquals([notes.told, await valuesIn(broker, topic)], [[], []]);
  const flushed = sink.flush();
  await sink.save(cursor(17));
  await flushed;
  assertEquals(notes.told, ["one delivered", "two delivered"]);
  await sink.save(cursor(18));
  sink.write(recordOf(topic, "a", "never committed"), notes);
  await sink[Symbol.asyncDispose]();
  assertEquals([told.claims, told.restarts, told.created], [[null], [], [false]]);

  const next = await open(broker.bootstrapServers, topic);
  assertEquals([await next.sink.load(), next.told.claims], [cursor(18), [options.instance]]);
  await next.sink[Symbol.asyncDispose]();
  assertEquals((await valuesIn(broker, topic)).toSorted(), ["one", "two"]);
}

/** The first of two instances ends, and says who goes on. */
async function assertFences(broker: Broker): Promise<void> {
  const topic = "fences";
  await createTopic(broker, topic, 1);
  const first = await open(broker.bootstrapServers, topic);
  const notes = new Notes();
  first.sink.write(recordOf(topic, "a", "one"), notes);
  await first.sink.save(cursor(1));
  const second = await open(broker.bootstrapServers, topic);
  assertEquals(await second.sink.load(), cursor(1));
  first.sink.write(recordOf(topic, "a", "lost race"), notes);
  const error = await assertRejects(() => first.sink.save(cursor(2)), FencedError, second.options.instance);
  assert(error.message.includes(`"job-${topic}"`), error.message);
  await assertRejects(() => first.sink.failed, FencedError);
  // It is over: nothing more of it may be committed.
  await assertRejects(() => first.sink.save(cursor(3)), FencedError);
  second.sink.write(recordOf(topic, "a", "two"), notes);
  await second.sink.save(cursor(4));
  // A standby does not take the end of the fenced one for that of its successor.
  await first.sink[Symbol.asyncDispose]();
  const third = openTransactionalProducer(
    { ...transactionOptions(broker.bootstrapServers, topic), standby: true },
    second.told,
    NEVER,
  );
  await until("the standby", () => second.told.standingBehind.length === 1);
  assertEquals(second.told.standingBehind, [second.options.instance]);
  second.sink.write(recordOf(topic, "a", "three"), notes);
  await second.sink.save(cursor(5));
  await second.sink[Symbol.asyncDispose]();
  const heir = await third;
  assertEquals(await heir.load(), cursor(5));
  await heir[Symbol.asyncDispose]();
  assertEquals(await valuesIn(broker, topic), ["one", "two", "three"]);
}

/** What was committed though the answer was lost is not committed again; what was not committed, is. */
async function assertOutlivesLostAnswers(broker: Broker, proxy: Proxy): Promise<void> {
  const topic = "lost";
  await createTopic(broker, topic, 2);
  const profile = { ...PROFILES.kafka, requestTimeoutMs: 1000 };
  const told = new TransactionsTold();
  const options = transactionOptions(proxy.address, topic, { profile });
  await using sink = await openTransactionalProducer(options, told, NEVER);
  const notes = new Notes();
  const { PRODUCE, ADD_OFFSETS, TXN_OFFSET_COMMIT, END_TXN } = REQUESTS;
  const lost = [PRODUCE, ADD_OFFSETS, TXN_OFFSET_COMMIT, END_TXN, PRODUCE];
  for (const [i, apiKey] of lost.entries()) {
    const lostAnswers = loseAnswer(proxy, apiKey);
    for (const key of ["a", "b", "c"]) sink.write(recordOf(topic, key, `${key}${i}`), notes);
    await sink.save(cursor(i + 1));
    assertEquals(lostAnswers(), 1, `round ${i}`);
    assertEquals(notes.told.length, 3 * (i + 1));
  }
  // What KafkaJS sends again by itself needs no other session; the end of a transaction does.
  assert(told.restarts.length > 0 && told.commitsAgain > 0, told.restarts.join());
  const values = (await valuesIn(broker, topic)).toSorted();
  assertEquals(values, ["a", "b", "c"].flatMap((key) => lost.map((_, i) => `${key}${i}`)));
}

/** Its port is what the broker below tells clients to come to. */
const PROXY = new Proxy();

ownKafkaTest(
  "openTransactionalProducer() commits records with their cursor, once, and to one instance",
  async (broker) => {
    await using proxy = PROXY;
    proxy.standBefore(broker);
    await assertCommits(broker);
    await assertFences(broker);
    await assertOutlivesLostAnswers(broker, proxy);
  },
  {
    properties: [],
    port: 0,
    listeners: [PROXY.listener],
  },
);

Deno.test({
  name: "openTransactionalProducer() refuses brokers that have no transactions",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = new ScriptedBroker("hub");
    const options = transactionOptions(broker.address, "hub");
    const error = await assertRejects(
      () => openTransactionalProducer(options, new TransactionsTold(), NEVER),
      TransactionsMissingError,
      "the brokers lack transactions",
    );
    assert(error.message.includes("InitProducerId"), error.message);
  },
});

Deno.test({
  name: "openTransactionalProducer() ends on abort while no broker answers",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const told = new TransactionsTold();
    const stop = new AbortController();
    const opening = openTransactionalProducer(transactionOptions("127.0.0.1:1", "t"), told, stop.signal);
    const rejected = assertRejects(() => opening, DOMException);
    await until("an attempt", () => told.reasons.length > 0);
    stop.abort();
    await rejected;
  },
});
