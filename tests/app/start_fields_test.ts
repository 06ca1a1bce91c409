import { assertEquals } from "@std/assert";
import { startFields } from "../../src/app/start_fields.ts";
import { resolved } from "../support/resolved.ts";

function fields(flags: Readonly<Record<string, string>>, kept: boolean) {
  const { config } = resolved({ firehoseUrl: "wss://user:canary@a", ...flags });
  return startFields(config, config.firehoseUrl, { origin: "none" }, kept);
}

Deno.test("startFields() names both ends, and no secret", () => {
  const kafka = {
    kafkaBootstrapServers: "k:9093",
    kafkaTopic: "t",
    kafkaTls: "true",
    saslUsername: "u",
    saslPassword: "canary",
    saslMechanism: "scram-sha-512",
    cursorFile: "/c",
  };
  const { from, to, security, delivery, deadLetters, cursorFile } = fields(kafka, true);
  assertEquals(to, "kafka k:9093 topic t");
  assertEquals(security, "TLS, SASL SCRAM-SHA-512");
  assertEquals([delivery, deadLetters, cursorFile], ["at-least-once", null, "/c"]);
  assertEquals(new URL(from).host, "a");
  assertEquals(JSON.stringify(fields(kafka, true)).includes("canary"), false);
});

Deno.test("startFields() names the filters that are set", () => {
  const { dids, excludeDids, shard } = fields({ output: "-", dids: "did:web:a,did:web:b", shard: "1/2" }, false);
  assertEquals([dids, excludeDids, shard], ["2 accounts", null, "1/2"]);
  const { langs, posts } = fields({ output: "-", langs: "EN,de", posts: "root" }, false);
  assertEquals([langs, posts, fields({ output: "-" }, false).posts], ["en,de", "root", null]);
  assertEquals(fields({ output: "-", sampleRate: "0.5" }, false).sampleRate, 0.5);
  assertEquals(fields({ output: "-", sampleRate: "1.0,a.b.c=.1" }, false).sampleRate, "1,a.b.c=0.1");
  assertEquals(fields({ output: "-", excludeDids: "@/x" }, false).excludeDids, "@/x");
});

Deno.test("startFields() names how records are written where that is not the default", () => {
  const kafka = { kafkaBootstrapServers: "k:9092", kafkaTopic: "b.{collection}" };
  const table = fields({ ...kafka, kafkaKey: "uri", events: "deletes", tombstones: "true" }, true);
  assertEquals([table.to, table.key, table.tombstones], ["kafka k:9092 topic b.{collection}", "uri", true]);
  const { key, tombstones } = fields(kafka, true);
  assertEquals([key, tombstones], [null, null]);
});

Deno.test("startFields() says where the cursor is kept, if it is", () => {
  const kafka = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };
  const exactlyOnce = { ...kafka, delivery: "exactly-once", cursorGroup: "g" };
  assertEquals(fields(exactlyOnce, true).cursorFile, "none (group g keeps it)");
  assertEquals(fields({ output: "-" }, false).cursorFile, "none (no cursor file is named)");
  assertEquals([fields({ output: "-" }, false).to, fields({ output: "/o" }, false).to], ["standard output", "/o"]);
  assertEquals([fields(kafka, true).security, fields({ output: "-" }, false).security], ["plain TCP", null]);
});
