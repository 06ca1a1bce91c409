import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkBroker } from "../../../src/cli/check/broker.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { addressFromKafkaJs, addressOf, hostFromKafkaJs, toKafkaJs } from "../../../src/kafka/client/broker_address.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { ScriptedBroker } from "../../support/scripted_broker.ts";
import { producerOptions, Told } from "../../support/producer.ts";

const NEVER = new AbortController().signal;

async function check(server: string) {
  const resolution = resolveConfig({ kafkaBootstrapServers: server, kafkaTopic: "hub" }, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join());
  return await Array.fromAsync(checkBroker(resolution.config, resolution.origins, NEVER));
}

Deno.test("addresses come back from the form that KafkaJS leaves whole", () => {
  for (const address of ["[::1]:9092", "[2001:db8::7]:1", "kafka-1.example:9092", "10.0.0.1:65535"]) {
    // KafkaJS cuts there.
    const [host = "", port] = toKafkaJs(address).split(":");
    assertEquals(addressOf(hostFromKafkaJs(host), Number(port)), address);
    assertEquals(addressFromKafkaJs(toKafkaJs(address)), address);
  }
  // As it names a broker that others advertise.
  assertEquals(addressFromKafkaJs("::1:9092"), "[::1]:9092");
});

Deno.test({
  name: "check and stream agree about a broker that advertises an IPv6 address",
  // KafkaJS leaves timers to end by themselves.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const broker = new ScriptedBroker("hub", 0, "no", "::1");
    {
      await using _broker = broker;
      const told = new Told();
      await using _sink = await openKafkaProducer(producerOptions(broker.address, "hub"), told, NEVER);
      assertEquals([told.partitions, told.reasons], [[1], []]);
      const found = await check(broker.address);
      assertEquals(found.map(({ name, status }) => `${name} ${status}`), [
        ...["brokers ok", "topic ok", "permission skipped"],
      ]);
      assertEquals(found[0]?.detail, `1 by plain TCP: ${broker.address}`);
    }
    const [gone] = await check(broker.address);
    assertEquals(gone?.status, "failed");
    assertStringIncludes(gone?.detail ?? "", "ECONNREFUSED");
    assert(!gone?.detail.includes("advertises"), gone?.detail);
  },
});
