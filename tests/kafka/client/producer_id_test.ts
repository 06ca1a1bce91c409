import { assert, assertEquals, assertRejects } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import { askProducerId, isIdempotenceRefused } from "../../../src/kafka/client/producer_id.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { kafkaTest } from "../../support/kafka.ts";
import { producerOptions, Told } from "../../support/producer.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";

const NEVER = new AbortController().signal;

kafkaTest("askProducerId() gets another producer ID each time", async ({ bootstrapServers, topic }) => {
  const options = producerOptions(bootstrapServers, topic);
  const [one, other] = [await askProducerId(options, NEVER), await askProducerId(options, NEVER)];
  assert(one.producerId >= 0n && one.producerId !== other.producerId, `${one.producerId} and ${other.producerId}`);
  assertEquals([one.producerEpoch, other.producerEpoch], [0, 0]);
});

Deno.test({
  name: "openKafkaProducer() goes without a producer ID where brokers do not know what one is, and says so once",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = new ScriptedBroker("hub");
    const options = producerOptions(broker.address, "hub");
    const error = await assertRejects(() => askProducerId(options, NEVER));
    assert(isIdempotenceRefused(error), String(error));
    const told = new Told();
    await using _producer = await openKafkaProducer(options, told, NEVER);
    assertEquals([told.refusals.length, told.partitions, told.reasons], [1, [1], []]);
  },
});

Deno.test("isIdempotenceRefused() knows a permission that is missing, and no outage", () => {
  const of = (type: string) =>
    isIdempotenceRefused(
      new errors.KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable: false })),
    );
  assertEquals(["CLUSTER_AUTHORIZATION_FAILED", "UNSUPPORTED_VERSION"].map(of), [true, true]);
  assertEquals(["COORDINATOR_LOAD_IN_PROGRESS", "TOPIC_AUTHORIZATION_FAILED"].map(of), [false, false]);
});
