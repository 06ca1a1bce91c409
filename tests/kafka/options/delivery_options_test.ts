import { assertEquals, assertMatch } from "@std/assert";
import { DELIVERY_OPTIONS, deliveryErrors, jobNames } from "../../../src/kafka/options/delivery_options.ts";
import { resolveConfig } from "../../../src/config/config.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };

Deno.test("jobNames() derives what is not given: the id from the topic, the group from the id", () => {
  const none = { transactionalId: null, cursorGroup: null, shard: null };
  assertEquals(jobNames(none, "t"), { transactionalId: "bluesky_firehose-t", cursorGroup: "bluesky_firehose-t" });
  assertEquals(jobNames({ ...none, transactionalId: "a" }, "t"), { transactionalId: "a", cursorGroup: "a" });
  assertEquals(jobNames({ ...none, transactionalId: "a", cursorGroup: "b" }, "t"), {
    transactionalId: "a",
    cursorGroup: "b",
  });
});

Deno.test("jobNames() makes a job of each shard, unless the operator names it", () => {
  const parts = { transactionalId: null, cursorGroup: null, shard: { index: 1, count: 4 } };
  const id = "bluesky_firehose-t-1-of-4";
  assertEquals(jobNames(parts, "t"), { transactionalId: id, cursorGroup: id });
  assertEquals(jobNames({ ...parts, transactionalId: "a" }, "t"), { transactionalId: "a", cursorGroup: "a" });
});

Deno.test("deliveryErrors() refuses a standby of delivery at least once", () => {
  const found = resolveConfig({ ...KAFKA, standby: "true" }, {});
  assertEquals(found.kind, "errors");
  assertMatch(found.kind === "errors" ? found.errors.join() : "", /^Cannot use --standby with delivery at least/);
  assertEquals(resolveConfig({ ...KAFKA, standby: "true", delivery: "exactly-once" }, {}).kind, "config");
});

Deno.test("deliveryErrors() refuses several firehoses with delivery exactly once, and takes dead letters", () => {
  const several = { ...KAFKA, firehoseUrl: "ws://one,ws://two" };
  assertEquals(resolveConfig(several, {}).kind, "config");
  const found = resolveConfig({ ...several, delivery: "exactly-once" }, {});
  const [firehoses = "", ...more] = found.kind === "errors" ? found.errors : [];
  assertEquals(more, []);
  assertMatch(
    firehoses,
    /^Cannot use --firehose-url with 2 firehoses and delivery exactly once: .*expected one firehose/,
  );
  for (const letters of [{ deadLetterTopic: "d" }, { deadLetterFile: "d" }]) {
    assertEquals(resolveConfig({ ...KAFKA, ...letters, delivery: "exactly-once" }, {}).kind, "config");
  }
});

Deno.test("deliveryErrors() finds nothing wrong with the defaults", () => {
  const none = { kind: "default", name: "" } as const;
  const origins = { delivery: none, standby: none, firehoseUrl: none, deadLetterTopic: none, deadLetterFile: none };
  const alone = { firehoseUrl: ["ws://one"], deadLetterTopic: null, deadLetterFile: null, standby: false };
  for (const delivery of ["at-least-once", "exactly-once"]) {
    assertEquals(deliveryErrors({ ...alone, delivery }, origins), []);
  }
});

Deno.test("DELIVERY_OPTIONS are about Kafka alone", () => {
  assertEquals([...new Set(Object.values(DELIVERY_OPTIONS).map(({ group }) => group))], ["Kafka"]);
  const found = resolveConfig({ output: "-", delivery: "exactly-once" }, {});
  assertMatch(found.kind === "errors" ? found.errors.join() : "", /Cannot use --delivery with --output "-"/);
});
