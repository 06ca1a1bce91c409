import { assertEquals, assertThrows } from "@std/assert";
import { Batcher, type BatcherOptions, lingerFor } from "../../../src/kafka/producer/batcher.ts";
import { PARTITIONERS } from "../../../src/kafka/producer/partition.ts";
import type { Delivery } from "../../../src/kafka/producer/partition_queue.ts";
import { Notes, recordOf, textOf } from "../../support/records.ts";

/** A batcher whose batches are noted, as `TOPIC/PARTITION VALUE,VALUE`, and delivered as `deliver` says. */
function scripted(
  partitions: Readonly<Record<string, number>>,
  deliver: (line: string) => Delivery | Promise<Delivery>,
  options: Partial<BatcherOptions> = {},
) {
  const sent: string[] = [];
  const errors: unknown[] = [];
  const batcher = new Batcher({
    partitioner: "murmur2",
    lingerMs: 3_600_000,
    profile: { maxBatchBytes: 1_000_000, maxRecordBytes: Infinity },
    deliver: async (topic, partition, records) => {
      const line = `${topic}/${partition} ${records.map(({ value }) => textOf(value)).join()}`;
      sent.push(line);
      return await deliver(line);
    },
    fail: (error) => errors.push(error),
    route: (topic) => topic,
    ...options,
  }, new Map(Object.entries(partitions)));
  return { batcher, sent, errors, notes: new Notes() };
}

const partitionOf = (key: string, partitions: number) => PARTITIONERS.murmur2(recordOf("t", key, ""), partitions);

Deno.test("Batcher sends each record to the partition of its key in the topic that it names", async () => {
  const { batcher, sent, notes } = scripted({ events: 5, letters: 1 }, () => "acknowledged");
  for (const key of ["a", "b", "c"]) batcher.write(recordOf("events", key, `event ${key}`), notes);
  batcher.write(recordOf("letters", "a", "letter"), notes);
  await batcher.flush();
  const expected = Map.groupBy(["a", "b", "c"], (key) => partitionOf(key, 5)).entries()
    .map(([partition, keys]) => `events/${partition} ${keys.map((key) => `event ${key}`).join()}`);
  assertEquals(sent.toSorted(), [...expected, "letters/0 letter"].toSorted());
  assertEquals(notes.told.length, 4);
  assertThrows(() => batcher.write(recordOf("other", "a", "x"), notes), TypeError, '"other"');
});

Deno.test("Batcher.flush() waits for what is written meanwhile, as the letter of what is too large is", async () => {
  const { batcher, sent, notes } = scripted(
    { events: 1, letters: 1 },
    (line) => line.endsWith("!") ? "too-large" : "acknowledged",
  );
  batcher.write(recordOf("events", "a", "large!"), {
    settle: (record, outcome) => {
      notes.settle(record, outcome);
      batcher.write(recordOf("letters", "a", "letter"), notes);
    },
  });
  await batcher.flush();
  assertEquals(sent, ["events/0 large!", "letters/0 letter"]);
  assertEquals(notes.told, ["large! dropped", "letter delivered"]);
});

Deno.test("Batcher.grow() moves keys of a topic once nothing of it is under way, and no other topic's", async () => {
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const { batcher, sent, notes } = scripted({ events: 1, letters: 1 }, () => promise);
  const key = ["a", "b", "c", "d"].find((each) => partitionOf(each, 7) > 0) ?? "";
  batcher.write(recordOf("events", key, "old"), notes);
  const flushed = batcher.flush();
  batcher.grow("events", 7);
  batcher.write(recordOf("events", key, "new"), notes);
  assertEquals([batcher.partitionsOf("events"), batcher.partitionsOf("letters")], [7, 1]);
  assertEquals(sent, ["events/0 old"]);
  resolve("acknowledged");
  await flushed;
  assertEquals(sent, ["events/0 old", `events/${partitionOf(key, 7)} new`]);
  assertEquals(notes.told, ["old delivered", "new delivered"]);
});

Deno.test("Batcher.stop() sends nothing more, also of the topics that did not fail", async () => {
  const { batcher, sent, errors, notes } = scripted({ events: 1, letters: 1 }, () => Promise.reject(new Error("down")));
  batcher.write(recordOf("events", "a", "one"), notes);
  void batcher.flush();
  await batcher.stop();
  batcher.write(recordOf("letters", "a", "letter"), notes);
  void batcher.flush();
  await batcher.stop();
  assertEquals([sent, errors.map(String), notes.told], [["events/0 one"], ["Error: down"], []]);
});

Deno.test("lingerFor() grows with the partitions, to a bound", () => {
  assertEquals([1, 4, 12, 64, 1000].map((partitions) => lingerFor(partitions, 25)), [25, 25, 25, 128, 150]);
  assertEquals(lingerFor(1000, 200), 200);
});

Deno.test("Batcher keeps what is written to a topic that is being opened, in order, until it has partitions", async () => {
  const { batcher, sent, notes } = scripted({ events: 1 }, () => "acknowledged", {
    route: (topic) => {
      batcher.open(topic);
      return topic;
    },
  });
  for (const value of ["1", "2"]) batcher.write(recordOf("new", "a", value), notes);
  const flushed = batcher.flush();
  assertEquals([sent, batcher.partitions.has("new")], [[], false]);
  batcher.grow("new", 1);
  await flushed;
  assertEquals([sent, notes.told.length, batcher.partitionsOf("new")], [["new/0 1,2"], 2, 1]);
});

Deno.test("Batcher hands what waits for a topic that does not come about on to another", async () => {
  const { batcher, sent, notes } = scripted({ events: 1 }, () => "acknowledged", {
    route: (topic) => {
      if (topic !== "new") return "events";
      batcher.open(topic);
      return topic;
    },
  });
  batcher.write(recordOf("new", "a", "1"), notes);
  const flushed = batcher.flush();
  batcher.close("new", "events");
  await flushed;
  batcher.write(recordOf("newer", "a", "2"), notes);
  await batcher.flush();
  assertEquals([sent, notes.told.length], [["events/0 1", "events/0 2"], 2]);
});
