import { assert, assertEquals } from "@std/assert";
import {
  type Delivery,
  PartitionQueue,
  type PartitionQueueOptions,
} from "../../../src/kafka/producer/partition_queue.ts";
import { Notes, producerRecord, textOf } from "../../support/records.ts";
import { setTimeout } from "node:timers/promises";
import { until } from "../../support/wait.ts";

/** A queue whose batches are delivered as `deliver` says. */
function scripted(
  deliver: (values: string[]) => Delivery | Promise<Delivery>,
  options: Partial<PartitionQueueOptions> = {},
) {
  const seen = { sends: [] as string[][], ended: 0, failure: null as unknown };
  const notes = new Notes();
  const queue = new PartitionQueue({
    lingerMs: 0,
    maxBatchBytes: 1_000_000,
    maxRecordBytes: Infinity,
    deliver: async (records) => {
      const values = records.map(({ value }) => textOf(value));
      seen.sends.push(values);
      return await deliver(values);
    },
    ended: (records) => seen.ended += records,
    fail: (error) => seen.failure = error,
    ...options,
  });
  const write = (...texts: string[]) => {
    for (const text of texts) queue.write(producerRecord("did:plc:a", text), notes);
  };
  return { queue, notes, seen, write };
}

const acknowledge = (): Delivery => "acknowledged";

Deno.test("PartitionQueue sends one batch at a time, and the next grows meanwhile", async () => {
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const { queue, notes, seen, write } = scripted((values) => values[0] === "a" ? promise : "acknowledged");
  write("a");
  queue.flush();
  write("b", "c", "d");
  queue.flush();
  assertEquals(seen.sends, [["a"]]);
  resolve("acknowledged");
  await until("all is sent", () => queue.idle);
  assertEquals([seen.sends, seen.ended], [[["a"], ["b", "c", "d"]], 4]);
  assertEquals(notes.told, ["a delivered", "b delivered", "c delivered", "d delivered"]);
});

Deno.test("PartitionQueue halves what is too large down to the record that is, and delivers the rest in order", async () => {
  const { queue, notes, seen, write } = scripted((values) => values.includes("BIG") ? "too-large" : "acknowledged");
  write("a", "b", "BIG", "c", "d");
  queue.flush();
  await until("all is sent", () => queue.idle);
  assertEquals(notes.told, ["a delivered", "b delivered", "BIG dropped", "c delivered", "d delivered"]);
  assertEquals(seen.ended, 5);
});

Deno.test("PartitionQueue never sends a record that no broker of this kind takes", async () => {
  const { queue, notes, seen, write } = scripted(acknowledge, { maxRecordBytes: 30, maxBatchBytes: 30 });
  write("x".repeat(40), "small");
  queue.flush();
  await until("all is sent", () => queue.idle);
  assertEquals(seen.sends, [["small"]]);
  assertEquals(notes.told, [`${"x".repeat(20)} dropped`, "small delivered"]);
});

Deno.test("PartitionQueue keeps batches within their bounds", async () => {
  const { queue, seen, write } = scripted(acknowledge, { maxBatchBytes: 60 });
  write(...Array.from({ length: 7 }, (_, i) => `record-${i}-........`));
  queue.flush();
  await until("all is sent", () => queue.idle);
  assertEquals(seen.sends.flat().length, 7);
  assert(seen.sends.every((batch) => batch.length <= 2), JSON.stringify(seen.sends));

  const many = scripted(acknowledge);
  many.write(...Array.from({ length: 1200 }, (_, i) => String(i)));
  many.queue.flush();
  await until("all is sent", () => many.queue.idle);
  assert(many.seen.sends.every((batch) => batch.length <= 500));
  assertEquals(many.seen.sends.flat(), Array.from({ length: 1200 }, (_, i) => String(i)));
});

Deno.test("PartitionQueue fails as a delivery does, settles nothing of it, and sends nothing more", async () => {
  const { queue, notes, seen, write } = scripted(() => Promise.reject(new TypeError("a bug")));
  write("a");
  queue.flush();
  await until("it has failed", () => seen.failure !== null);
  assert(seen.failure instanceof TypeError);
  write("b");
  queue.flush();
  await queue.stop();
  assertEquals([notes.told, seen.sends, seen.ended], [[], [["a"]], 0]);
});

Deno.test("PartitionQueue leaves what was stopped unsettled", async () => {
  const { queue, notes, seen, write } = scripted(() => "stopped");
  write("a", "b");
  queue.flush();
  await until("it gave up", () => seen.sends.length > 0);
  await queue.stop();
  assertEquals([notes.told, seen.ended], [[], 0]);
});

Deno.test("PartitionQueue.stop() waits for what is under way, and sends no second half after it", async () => {
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  const { queue, notes, seen, write } = scripted(() => promise);
  write("a", "b");
  queue.flush();
  let isStopped = false;
  const stopped = queue.stop().then(() => isStopped = true);
  await Promise.resolve();
  assertEquals(isStopped, false);
  resolve("too-large");
  await stopped;
  assertEquals([seen.sends, notes.told], [[["a", "b"]], []]);
});

Deno.test("PartitionQueue lets a batch that is not full wait for its time, also when a send has just ended", async () => {
  const { queue, seen, write } = scripted(acknowledge, { lingerMs: 3_600_000 });
  write("a");
  queue.flush();
  write("b");
  await until("the first is settled", () => seen.sends.length === 1 && !queue.idle);
  write(...Array.from({ length: 499 }, (_, i) => String(i)));
  await until("the full one is sent", () => queue.idle);
  assertEquals(seen.sends.map((batch) => batch.length), [1, 500]);
  write("c");
  await queue.stop();
});

Deno.test("PartitionQueue sends one batch at a time also where a receipt writes while records are written", async () => {
  let underWay = 0;
  let most = 0;
  const { queue, notes, seen } = scripted(async (): Promise<Delivery> => {
    most = Math.max(most, ++underWay);
    await setTimeout(1);
    underWay--;
    return "acknowledged";
  }, { maxRecordBytes: 30, maxBatchBytes: 30 });
  // Its end is clear at once, while the write that closed its batch is not over.
  queue.write(producerRecord("k", "x".repeat(40)), {
    settle: (record, outcome) => {
      notes.settle(record, outcome);
      for (const text of ["one", "two", "three"]) queue.write(producerRecord("k", text.padEnd(25)), notes);
    },
  });
  queue.write(producerRecord("k", "next".padEnd(25)), notes);
  queue.flush();
  await until("all is sent", () => queue.idle);
  assertEquals([most, seen.sends.length, notes.told.length], [1, 4, 5]);
});
