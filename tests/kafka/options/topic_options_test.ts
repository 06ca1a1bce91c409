import { assertEquals } from "@std/assert";
import { resolveConfig } from "../../../src/config/config.ts";

const KAFKA = { kafkaBootstrapServers: "k:9092", kafkaTopic: "t" };
const TOMBSTONES = { ...KAFKA, events: "records,deletes", kafkaKey: "uri", tombstones: "true" };

function told(flags: Readonly<Record<string, string>>) {
  const resolution = resolveConfig(flags, {});
  return resolution.kind === "errors" ? resolution.errors : resolution.warnings;
}

Deno.test("topicErrors() wants deletes for tombstones, the key of what is deleted, and the topic of its record", () => {
  assertEquals(told(TOMBSTONES), []);
  assertEquals(told({ ...TOMBSTONES, kafkaTopic: "b.{collection}" }), []);
  assertEquals(told({ ...KAFKA, tombstones: "true" }), [
    'Cannot use --tombstones with --events "records": there are no deletes; expected --events "records,deletes"',
    "Cannot use --tombstones with --kafka-key did: a record without a value says that its key is gone, which would be the " +
    "account; expected --kafka-key uri",
  ]);
  for (const name of ["kind", "type"]) {
    assertEquals(told({ ...TOMBSTONES, kafkaTopic: `b.{${name}}` }), [
      `Cannot use --tombstones with --kafka-topic "b.{${name}}": {${name}} gives deletes another topic than the records ` +
      "that they end; expected no placeholder but {collection}",
    ]);
  }
});

Deno.test("topicWarnings() warns where whoever writes a record may name any topic", () => {
  const bare = { ...KAFKA, kafkaTopic: "{collection}" };
  assertEquals(told({ ...bare, collections: "*,!a.b.c" }), [
    'Risky --kafka-topic "{collection}" with --collections "*,!a.b.c": any account can create a collection, and so ' +
    "write to any topic of the cluster; expected a prefix",
  ]);
  assertEquals(told({ ...bare, collections: "app.bsky.feed.post" }), []);
  assertEquals(told({ ...bare, kafkaTopic: "b.{collection}", collections: "*" }), []);
});
