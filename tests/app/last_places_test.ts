import { assertEquals } from "@std/assert";
import { findReachedPlace, reachedPlace, reachedPlaceOf } from "../../src/app/last_places.ts";
import { createTopic, kafkaTest, type SharedKafka, testClient } from "../support/kafka.ts";
import { producerOptions } from "../support/producer.ts";

const HOST = "relay.example";
const SOURCE = "wss://relay.example/xrpc/com.atproto.sync.subscribeRepos";
const JOB = {
  hosts: new Map([[SOURCE, HOST], ["wss://second.example/x", "second.example"]]),
  types: new Set(["Bluesky.Feed.Like"]),
  wants: (did: string) => did === "did:plc:a",
};

function at(seq: number, timestampMs = 1000, host = HOST) {
  return { host, seq, timestampMs };
}

Deno.test("reachedPlace() is the place of the partition that is furthest behind, where each is written for itself", () => {
  const found = new Map([[0, [at(5), at(90)]], [1, [at(80)]], [2, [at(6), at(95)]]]);
  assertEquals(reachedPlace(found, 3, false), { host: HOST, seq: 80 });
});

Deno.test("reachedPlace() is before all that is known where a partition has nothing of the job", () => {
  const found = new Map([[0, [at(50), at(90)]], [1, [at(60), at(80)]]]);
  assertEquals(reachedPlace(found, 3, false), { host: HOST, seq: 49 });
});

Deno.test("reachedPlace() is the highest place where all partitions are committed in one", () => {
  const found = new Map([[0, [at(5), at(90)]], [1, [at(80)]]]);
  assertEquals(reachedPlace(found, 3, true), { host: HOST, seq: 90 });
});

Deno.test("reachedPlace() is of the relay that was read last, and of its last numbers", () => {
  const hour = 3_600_000;
  // The relay was changed, and then began to count anew.
  const found = new Map([
    [0, [at(9000, 0, "old.example"), at(7000, 1), at(40, 2 * hour)]],
    [1, [at(7100, 2)]],
    [2, [at(9100, 0, "old.example"), at(41, 2 * hour)]],
  ]);
  assertEquals(reachedPlace(found, 3, true), { host: HOST, seq: 41 });
  assertEquals(reachedPlace(found, 3, false)?.seq, 40);
  assertEquals(reachedPlace(new Map(), 3, true), null);
});

Deno.test("reachedPlaceOf() is that of the topic that is furthest behind, but for those that have had nothing for long", () => {
  const tail = (seq: number, timestampMs: number) => ({ found: new Map([[0, [at(seq, timestampMs)]]]), partitions: 1 });
  const hour = 3_600_000;
  const tails = [tail(90, hour), tail(80, hour - 1000), tail(7, 5), { found: new Map(), partitions: 1 }];
  assertEquals(reachedPlaceOf(tails, false), { host: HOST, seq: 80 });
  assertEquals(reachedPlaceOf(tails, true), { host: HOST, seq: 90 });
  assertEquals(reachedPlaceOf([tail(7, 5)], false), { host: HOST, seq: 7 });
  assertEquals([reachedPlaceOf([], false), reachedPlaceOf([], true)], [null, null]);
});

const HOUR = 3_600_000;
const YEAR = 8766 * HOUR;

Deno.test("reachedPlace() does not go by the time of one record, which may be years off", () => {
  for (const off of [YEAR, -YEAR]) {
    const wrong = new Map([
      [0, [at(10, HOUR), at(13, HOUR + off), at(16, HOUR)]],
      [1, [at(11, HOUR), at(14, HOUR), at(17, HOUR)]],
      [2, [at(12, HOUR), at(15, HOUR), at(18, HOUR + off)]],
    ]);
    assertEquals(reachedPlace(wrong, 3, true), { host: HOST, seq: 18 }, `${off} ms in three partitions`);
    assertEquals(reachedPlace(wrong, 3, false), { host: HOST, seq: 16 }, `${off} ms in three partitions`);
  }
  // In a new topic, the wrong time before and behind others, and alone.
  const few = new Map([[0, [at(1, HOUR + YEAR), at(4, HOUR)]], [1, [at(2, HOUR), at(3, HOUR)]]]);
  assertEquals(reachedPlace(few, 2, true), { host: HOST, seq: 4 });
  assertEquals(reachedPlace(new Map([[0, [at(1, HOUR), at(2, HOUR - YEAR)]]]), 1, true), { host: HOST, seq: 2 });
  assertEquals(reachedPlace(new Map([[0, [at(1, HOUR), at(2, HOUR + YEAR)]]]), 1, true), { host: HOST, seq: 2 });
  // A relay that is read no more, one of whose records claims to be of next year.
  const left = new Map([
    [0, [at(900, 1, "old.example"), at(901, YEAR, "old.example"), at(902, 2, "old.example"), at(20, HOUR)]],
    [1, [at(21, HOUR), at(22, HOUR), at(23, HOUR)]],
  ]);
  assertEquals(reachedPlace(left, 2, true), { host: HOST, seq: 23 });
});

Deno.test("reachedPlaceOf() does not leave out topics because one record claims to be of next year", () => {
  const tail = (seqs: readonly number[], timestampMs: number) => ({
    found: new Map([[0, seqs.map((seq) => at(seq, timestampMs))]]),
    partitions: 1,
  });
  const ahead = { found: new Map([[0, [at(90, HOUR), at(95, HOUR), at(99, HOUR + YEAR)]]]), partitions: 1 };
  assertEquals(reachedPlaceOf([ahead, tail([70, 75, 80], HOUR)], false), { host: HOST, seq: 80 });
  const rare = { found: new Map([[0, [at(97, HOUR + YEAR)]]]), partitions: 1 };
  assertEquals(reachedPlaceOf([rare, tail([70, 75, 80], HOUR)], false), { host: HOST, seq: 80 });
});

function event(seq: number, type = "Bluesky.Feed.Like", source = SOURCE, subject = "did:plc:a"): string {
  return JSON.stringify({ specversion: "1.0", type, source, id: `${seq}`, subject, data: { seq } });
}

async function produce({ bootstrapServers, topic }: SharedKafka): Promise<void> {
  const producer = testClient({ bootstrapServers }).producer();
  await producer.connect();
  const old = Array.from({ length: 1200 }, (_, i) => ({ partition: 0, value: event(i + 1, "Bluesky.Graph.Block") }));
  await producer.send({
    topic,
    messages: [
      { partition: 0, value: event(700) },
      // So many of another job that the own one is out of the first window.
      ...old,
      { partition: 1, value: event(640) },
      { partition: 1, value: event(999, "Bluesky.Feed.Like", "wss://elsewhere.example/x") },
      { partition: 1, value: event(998, "Bluesky.Feed.Like", SOURCE, "did:plc:of-another-shard") },
      { partition: 1, value: "no event" },
    ],
  });
  await producer.disconnect();
  const transactional = testClient({ bootstrapServers }).producer({ transactionalId: topic, maxInFlightRequests: 1 });
  await transactional.connect();
  const aborted = await transactional.transaction();
  await aborted.send({ topic, messages: [{ partition: 0, value: event(9000) }, { partition: 1, value: event(9001) }] });
  await aborted.abort();
  await transactional.disconnect();
}

kafkaTest(
  "findReachedPlace() finds the last committed records of the job among others, however far back",
  async (kafka) => {
    const options = producerOptions(kafka.bootstrapServers, kafka.topic);
    const find = (inOneTransaction: boolean) => findReachedPlace(options, [kafka.topic], { ...JOB, inOneTransaction });
    assertEquals(await find(true), null);
    await createTopic(kafka, kafka.topic, 2);
    assertEquals(await find(true), null);
    await produce(kafka);
    assertEquals(await find(true), { host: HOST, seq: 700 });
    assertEquals(await find(false), { host: HOST, seq: 640 });
  },
);
