import { assertEquals, assertMatch } from "@std/assert";
import { DELIVERY_OPTIONS, deliveryMistakes, jobNames } from "../../src/config/delivery_options.ts";
import { resolveConfig } from "../../src/config/resolve.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };

Deno.test("jobNames() derives what is not given: the id from the topic, the group from the id", () => {
  const none = { transactionalId: null, cursorGroup: null };
  assertEquals(jobNames(none, "t"), { transactionalId: "bluesky_firehose-t", cursorGroup: "bluesky_firehose-t" });
  assertEquals(jobNames({ ...none, transactionalId: "a" }, "t"), { transactionalId: "a", cursorGroup: "a" });
  assertEquals(jobNames({ transactionalId: "a", cursorGroup: "b" }, "t"), { transactionalId: "a", cursorGroup: "b" });
});

Deno.test("deliveryMistakes() refuses a standby of delivery at least once", () => {
  const found = resolveConfig({ ...KAFKA, standby: "true" }, {});
  assertEquals(found.kind, "mistakes");
  assertMatch(found.kind === "mistakes" ? found.mistakes.join() : "", /^Cannot use --standby with delivery at least/);
  assertEquals(resolveConfig({ ...KAFKA, standby: "true", delivery: "exactly-once" }, {}).kind, "config");
  const origins = { delivery: NONE, transactionalId: NONE, cursorGroup: NONE, standby: NONE };
  assertEquals(deliveryMistakes({ delivery: "at-least-once", standby: false }, origins), []);
});

const NONE = { kind: "default", name: "" } as const;

Deno.test("DELIVERY_OPTIONS are about Kafka alone", () => {
  assertEquals([...new Set(Object.values(DELIVERY_OPTIONS).map(({ group }) => group))], ["Kafka"]);
  const found = resolveConfig({ output: "-", delivery: "exactly-once" }, {});
  assertMatch(found.kind === "mistakes" ? found.mistakes.join() : "", /Cannot use --delivery with --output "-"/);
});
