import { assertEquals, assertMatch } from "@std/assert";
import { checkShards, judgeShards } from "../../../src/cli/check/shards.ts";
import { isInShard } from "../../../src/filter/shard.ts";
import { createTopic, kafkaTest, testClient } from "../../support/kafka.ts";
import { resolved } from "../../support/resolved.ts";

const each = (events: number, copied = 0) => ({ events, copied });

Deno.test("judgeShards() finds holes and overlaps, where there is enough to tell", () => {
  const cases = [
    [[each(60), each(70), each(80)], "ok", /^210 of the last events/],
    [[each(90), each(0), each(80)], "warning", /^missing: 170 of .*none of 1\/3$/],
    [[each(0), each(90), each(80)], "ok", /no shard but this one is missing/],
    [[each(60), each(70, 69), each(80, 40)], "warning", /^overlap: many events of 1\/3, 2\/3 are in the topic twice$/],
    [[each(60), each(70, 10), each(80)], "ok", /none is written twice/],
    [[each(60), each(0), each(0)], "skipped", /too few events/],
    [[each(5, 5), each(0), each(0)], "skipped", /too few events/],
  ] as const;
  for (const [records, status, detail] of cases) {
    const found = judgeShards(records, 0, true);
    assertEquals(found.status, status, found.detail);
    assertMatch(found.detail, detail);
    assertEquals(found.advice === null, status !== "warning");
  }
  assertEquals(judgeShards([each(90), each(0), each(80)], 0, false).status, "ok");
});

const utf8 = new TextEncoder();

/** A record of an account in one of three shards. */
function record(i: number, index: number) {
  const dids = Array.from({ length: 100 }, (_, k) => `did:web:account${i * 100 + k}.example`);
  const did = dids.find((text) => isInShard(utf8.encode(text), 0, text.length, { index, count: 3 }));
  const event = { specversion: "1.0", type: "Bluesky.Feed.Like", source: "wss://a/x", id: `${did}/${i}`, subject: did };
  const headers = { "content-type": "application/cloudevents+json; charset=UTF-8" };
  return { key: String(did), value: JSON.stringify({ ...event, data: {} }), headers };
}

kafkaTest("checkShards() counts the last events of the topic by the shards of their accounts", async (kafka) => {
  await createTopic(kafka, kafka.topic, 2);
  const producer = testClient(kafka).producer();
  await producer.connect();
  const send = (index: number) =>
    producer.send({ topic: kafka.topic, messages: Array.from({ length: 80 }, (_, i) => record(i, index)) });
  const found = async (more = {}) => {
    const flags = { kafkaBootstrapServers: kafka.bootstrapServers, kafkaTopic: kafka.topic, ...more };
    return (await Array.fromAsync(checkShards(resolved(flags)))).map(({ status, detail }) => `${status} ${detail}`);
  };
  assertEquals(await found(), []);
  assertMatch(String(await found({ shard: "0/3" })), /^skipped the topic has too few events/);
  await send(0);
  await send(1);
  assertMatch(String(await found({ shard: "2/3" })), /^ok 160 of/);
  assertMatch(String(await found({ shard: "0/3" })), /^warning missing: 160 of .*none of 2\/3$/);
  await send(2);
  assertMatch(String(await found({ shard: "0/3" })), /^ok 240 of/);
  await send(1);
  assertMatch(String(await found({ shard: "0/3" })), /^warning overlap: many events of 1\/3 are/);
  await producer.disconnect();
});
