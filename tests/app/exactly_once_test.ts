import { assertEquals } from "@std/assert";
import { commitEveryMs, jobOf } from "../../src/app/exactly_once.ts";
import { type Config, resolveConfig } from "../../src/config/config.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t", delivery: "exactly-once" };

function configOf(flags: Readonly<Record<string, string>>): Config {
  const resolution = resolveConfig(flags, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join("\n"));
  return resolution.config;
}

Deno.test("commitEveryMs() is a quarter of a second, and a second for Event Hubs", () => {
  const eventHubs = {
    connectionString: "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b;EntityPath=c",
    delivery: "exactly-once",
  };
  assertEquals([commitEveryMs(configOf(KAFKA)), commitEveryMs(configOf(eventHubs))], [250, 1000]);
  assertEquals(commitEveryMs(configOf({ ...KAFKA, delivery: "at-least-once" })), null);
  assertEquals(commitEveryMs(configOf({ output: "-" })), null);
});

Deno.test("jobOf() is the group of the cursor, and none without Kafka", () => {
  assertEquals(jobOf(configOf(KAFKA)), "bluesky_firehose-t");
  assertEquals(jobOf(configOf({ ...KAFKA, delivery: "at-least-once", cursorGroup: "g" })), "g");
  assertEquals(jobOf(configOf({ output: "-" })), null);
});
