import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { DeadLetters } from "../../src/pipeline/dead_letters.ts";
import { PROFILES } from "../../src/kafka/client/options.ts";
import { LineWriteError } from "../../src/lines/lines.ts";
import { createTopic, ownKafkaTest } from "../support/kafka.ts";
import { Proxy } from "../support/proxy.ts";
import { Notes, recordOf } from "../support/records.ts";
import { cursor, loseAnswer, open, REQUESTS, valuesIn } from "../support/transactions.ts";
import { until } from "../support/wait.ts";

/** The largest batch that the broker takes. */
const LARGEST = 10_000;

/** A dead letter is committed with what it is about, be it found in the middle of that, and once like all else. */
async function assertKeepsLetters(broker: Broker, proxy: Proxy): Promise<void> {
  const [topic, deadLetterTopic] = ["events", "letters"];
  const profile = { ...PROFILES.kafka, requestTimeoutMs: 1000 };
  const createTopic = { partitions: 3, replication: 1 };
  const { told, sink } = await open(proxy.address, topic, { topics: [topic, deadLetterTopic], profile, createTopic });
  assertEquals(told.partitions, [3, 3]);
  const letters = new DeadLetters(sink, deadLetterTopic);
  const notes = new Notes();
  const bury = (name: string) =>
    letters.write(
      (to, maxRawBytes) => recordOf(to, "k", `letter of ${name}`.padEnd(Math.min(maxRawBytes, 2 * LARGEST), ".")),
      (outcome) => notes.told.push(`letter of ${name} ${outcome}`),
    );
  for (const [i, apiKey] of [null, REQUESTS.PRODUCE, REQUESTS.END_TXN].entries()) {
    if (apiKey !== null) loseAnswer(proxy, apiKey);
    bury(`garbage ${i}`);
    sink.write(recordOf(topic, "a", `event ${i}`), notes);
    sink.write(recordOf(topic, "b", `large ${i}`.padEnd(2 * LARGEST)), {
      settle: (record, outcome) => {
        // Here the letter is written, before what is to be committed next.
        bury(`large ${i}`);
        notes.settle(record, outcome);
      },
    });
    await sink.save(cursor(i + 1));
    assertEquals(notes.told.splice(0).map((line) => line.replace(/ +/g, " ")).toSorted(), [
      `event ${i} delivered`,
      `large ${i} dropped`,
      `letter of garbage ${i} delivered`,
      `letter of large ${i} delivered`,
    ]);
  }
  assertEquals((await valuesIn(broker, topic)).toSorted(), ["event 0", "event 1", "event 2"]);
  const found = (await valuesIn(broker, deadLetterTopic)).map((value) => value.replace(/\.+$/, "")).toSorted();
  assertEquals(
    found,
    [0, 1, 2].map((i) => `letter of garbage ${i}`).concat([0, 1, 2].map((i) => `letter of large ${i}`)),
  );
  assert(told.restarts.length > 0);
  await sink[Symbol.asyncDispose]();
}

/** What is not on disk elsewhere holds the commit up, and ends the sink where it cannot be. */
async function assertWaitsBeforeCommits(broker: Broker): Promise<void> {
  const topic = "waits";
  await createTopic(broker, topic, 1);
  const gate = Promise.withResolvers<void>();
  let isWaiting = false;
  let beforeCommit = () => Promise.resolve();
  const { sink } = await open(broker.bootstrapServers, topic, { beforeCommit: () => beforeCommit() });
  beforeCommit = () => {
    isWaiting = true;
    return gate.promise;
  };
  const notes = new Notes();
  sink.write(recordOf(topic, "a", "one"), notes);
  const saved = sink.save(cursor(1));
  await until("the wait", () => isWaiting);
  assertEquals([notes.told, await valuesIn(broker, topic)], [[], []]);
  gate.resolve();
  await saved;
  assertEquals(notes.told, ["one delivered"]);
  // Brokers confirm the end of a transaction before they have written it into the partitions.
  await until("the committed record", async () => (await valuesIn(broker, topic)).length > 0);

  beforeCommit = () => Promise.reject(new LineWriteError("Cannot write the output", new Error("the disk is full")));
  sink.write(recordOf(topic, "a", "two"), notes);
  await assertRejects(() => sink.save(cursor(2)), LineWriteError, "the disk is full");
  await sink[Symbol.asyncDispose]();
  assertEquals(await valuesIn(broker, topic), ["one"]);
}

/** Its port is what the broker below tells clients to come to. */
const PROXY = new Proxy();

ownKafkaTest(
  "openTransactionalProducer() commits dead letters with what they are about, once, or after they are on disk elsewhere",
  async (broker) => {
    await using proxy = PROXY;
    proxy.standBefore(broker);
    await assertKeepsLetters(broker, proxy);
    await assertWaitsBeforeCommits(broker);
  },
  {
    properties: [`message.max.bytes=${LARGEST}`],
    port: 0,
    listeners: [PROXY.listener],
  },
);
