import { assert, assertEquals } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { openClient } from "../../src/kafka/client/client.ts";
import { PROFILES } from "../../src/kafka/client/options.ts";
import { askProducerId } from "../../src/kafka/client/producer_id.ts";
import { CommonWait } from "../../src/kafka/client/wait.ts";
import { openKafkaProducer } from "../../src/kafka/producer/producer.ts";
import { Sequences } from "../../src/kafka/producer/sequences.ts";
import { UntilAcknowledged } from "../../src/kafka/producer/until_acknowledged.ts";
import { consumeAll, createTopic, ownKafkaTest } from "../support/kafka.ts";
import { producerOptions, Told } from "../support/producer.ts";
import { Proxy } from "../support/proxy.ts";
import { Notes, recordOf } from "../support/records.ts";
import { loseAnswer, REQUESTS } from "../support/transactions.ts";

const NEVER = new AbortController().signal;
const PROFILE = { ...PROFILES.kafka, requestTimeoutMs: 1000 };
/** The connection is replaced at each loss, and KafkaJS's producer after three. */
const LOSSES = 4;

/** Delivers a batch of one record of each number by a policy that has these sequences. */
function policyOf(proxy: Proxy, topic: string, sequences: Sequences, told: Told) {
  const client = openClient(producerOptions(proxy.address, topic, { profile: PROFILE }));
  const policy = new UntilAcknowledged({
    client,
    sequences,
    observer: told,
    backOff: new CommonWait(NEVER),
    random: () => 0,
    topicGone: () => {},
  });
  return {
    client,
    deliver: (...numbers: number[]) =>
      policy.deliver(topic, 0, numbers.map((number) => recordOf(topic, "did:plc:a", `did:plc:a ${number}`))),
  };
}

async function numbersIn(broker: Broker, topic: string): Promise<number[]> {
  return (await consumeAll(broker, topic)).map(({ value }) => Number(value.split(" ")[1]));
}

/** Without numbers the broker takes what it has for something new. */
async function assertRepeatsWithoutNumbers(broker: Broker, proxy: Proxy): Promise<void> {
  const topic = "plain";
  await createTopic(broker, topic, 1);
  const told = new Told();
  const { client, deliver } = policyOf(proxy, topic, new Sequences(null, () => Promise.resolve(null)), told);
  await using _client = client;
  assertEquals(await deliver(0), "acknowledged");
  const lost = loseAnswer(proxy, REQUESTS.PRODUCE);
  assertEquals(await deliver(1), "acknowledged");
  assertEquals(lost(), 1);
  assertEquals(await numbersIn(broker, topic), [0, 1, 1]);
}

/** The producer as it is: nothing stands twice, however often acknowledgements are lost. */
async function assertRepeatsNothing(broker: Broker, proxy: Proxy): Promise<void> {
  const [topic, letterTopic] = ["numbered", "letters"];
  for (const each of [topic, letterTopic]) await createTopic(broker, each, 1);
  const told = new Told();
  const options = producerOptions(proxy.address, topic, { profile: PROFILE, topics: [topic, letterTopic] });
  await using producer = await openKafkaProducer(options, told, NEVER);
  const notes = new Notes();
  let number = 0;
  let lost = 0;
  const loseNext = () => {
    const count = loseAnswer(proxy, REQUESTS.PRODUCE);
    return () => lost += count();
  };
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 5; i++) producer.write(recordOf(topic, "did:plc:a", `did:plc:a ${number++}`), notes);
    const done = loseNext();
    await producer.flush();
    done();
  }
  // Several losses of one batch: the numbers outlive the producer of KafkaJS that sent it first.
  const reasons = told.reasons.length;
  producer.write(recordOf(topic, "did:plc:a", `did:plc:a ${number++}`), notes);
  proxy.requested = (apiKey) => {
    if (apiKey !== REQUESTS.PRODUCE || told.reasons.length - reasons >= LOSSES) return;
    lost++;
    proxy.mute();
  };
  await producer.flush();
  proxy.requested = () => {};
  producer.write(recordOf(letterTopic, "did:plc:a", "did:plc:a 0"), notes);
  await producer.flush();
  assert(lost >= 3 + LOSSES, `${lost}`);
  assertEquals([notes.told.length, told.refusals, told.losses], [number + 1, [], []]);
  assertEquals(await numbersIn(broker, topic), Array.from({ length: number }, (_, i) => i));
  assertEquals(await numbersIn(broker, letterTopic), [0]);
}

/** A broker that does not go along with the numbers gets the batch under another producer ID: nothing is lost. */
async function assertOutlivesLostSequences(broker: Broker, proxy: Proxy): Promise<void> {
  const topic = "gapped";
  await createTopic(broker, topic, 1);
  const told = new Told();
  const options = producerOptions(proxy.address, topic, { profile: PROFILE });
  const ask = () => askProducerId(options, NEVER);
  const sequences = new Sequences(await ask(), ask);
  const { client, deliver } = policyOf(proxy, topic, sequences, told);
  await using _client = client;
  assertEquals(await deliver(0, 1), "acknowledged");
  // As after a loss of data on the broker's side, the next number is not the one that it expects.
  sequences.advance(topic, 0, 3);
  assertEquals(await deliver(2), "acknowledged");
  assertEquals(await deliver(3, 4), "acknowledged");
  assertEquals(told.losses, ["gapped/0"]);
  assertEquals(await numbersIn(broker, topic), [0, 1, 2, 3, 4]);
}

/** Its port is what the broker below tells clients to come to. */
const PROXY = new Proxy();

ownKafkaTest(
  "a lost acknowledgement repeats nothing where batches have numbers, and does where they have none",
  async (broker) => {
    await using proxy = PROXY;
    proxy.standBefore(broker);
    await assertRepeatsWithoutNumbers(broker, proxy);
    await assertRepeatsNothing(broker, proxy);
    await assertOutlivesLostSequences(broker, proxy);
  },
  {
    properties: [],
    port: 0,
    listeners: [PROXY.listener],
  },
);
