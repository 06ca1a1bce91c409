import { assertEquals, assertRejects } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import { Batcher } from "../../../src/kafka/producer/batcher.ts";
import type { Delivery } from "../../../src/kafka/producer/partition_queue.ts";
import { TransactionBuffer } from "../../../src/kafka/producer/transaction_buffer.ts";
import type { Receipt } from "../../../src/record/producer.ts";
import type { ProducerRecord } from "../../../src/record/producer_record.ts";
import { Notes, recordOf, textOf } from "../../support/records.ts";

/** Sends a buffer; what was sent stands in `sent` as `TOPIC VALUE,VALUE`. A value with an exclamation mark is too large. */
function sender(
  buffer: TransactionBuffer,
  notes: Notes,
  profile = { maxBatchBytes: 1_000_000, maxRecordBytes: Infinity },
) {
  const sent: string[] = [];
  const send = (deliver: (line: string) => Delivery | Promise<Delivery> = () => "acknowledged") =>
    buffer.send((fail) =>
      new Batcher({
        partitioner: "murmur2",
        lingerMs: 0,
        profile,
        deliver: async (topic, _, records) => {
          const values = records.map(({ value }) => textOf(value)).join();
          if (values.includes("!")) return "too-large";
          sent.push(`${topic} ${values}`);
          return await deliver(`${topic} ${values}`);
        },
        fail,
        route: (topic) => topic,
      }, new Map([["events", 1], ["letters", 1]])), bury);
  // Writes of what is too large a shorter letter, which may be too large too.
  const bury = (record: ProducerRecord, receipt: Receipt) => {
    const value = textOf(record.value);
    const name = `${record.topic === "letters" ? "" : "letter of "}${value.slice(0, Math.min(18, value.length - 1))}`;
    buffer.write(recordOf("letters", "k", name), notes);
    receipt.settle(record, "dropped");
  };
  return { sent, send };
}

Deno.test("TransactionBuffer.send() sends the letters of what is too large along, until nothing is left to send", async () => {
  const [buffer, notes] = [new TransactionBuffer(), new Notes()];
  const { sent, send } = sender(buffer, notes);
  buffer.write(recordOf("letters", "k", "letter"), notes);
  for (const text of ["one", "two!!!", "three!", "four"]) buffer.write(recordOf("events", "k", text), notes);
  assertEquals(buffer.records, 5);
  await send();
  assertEquals(sent.flatMap((line) => line.split(" ").slice(1).join(" ").split(",")).toSorted(), [
    "four",
    "letter",
    "letter of three",
    "letter of two",
    "one",
  ]);
  const dropped = ["letter of two! dropped", "letter of two!! dropped", "three! dropped", "two!!! dropped"];
  assertEquals(notes.told.splice(0).toSorted(), dropped);
  assertEquals(buffer.settle(), 5);
  const delivered = ["letter", "one", "four", "letter of two", "letter of three"].map((text) => `${text} delivered`);
  assertEquals(notes.told.toSorted(), delivered.toSorted());
});

Deno.test("TransactionBuffer.send() sends the same again after a failure, and nothing that was dropped", async () => {
  const [buffer, notes] = [new TransactionBuffer(), new Notes()];
  const { sent, send } = sender(buffer, notes);
  for (const text of ["one", "two!"]) buffer.write(recordOf("events", "k", text), notes);
  const failing = () => send((line) => line.startsWith("letters") ? Promise.reject(new Error("gone")) : "acknowledged");
  await assertRejects(failing, Error, "gone");
  await assertRejects(failing, Error, "gone");
  assertEquals(buffer.records, 2);
  sent.length = 0;
  await send();
  assertEquals(sent.toSorted(), ["events one", "letters letter of two"]);
  assertEquals(buffer.settle(), 2);
  assertEquals(notes.told, ["two! dropped", "one delivered", "letter of two delivered"]);
});

Deno.test("TransactionBuffer.send() fails when nothing is under way any more, with what decides most", async () => {
  const [buffer, notes] = [new TransactionBuffer(), new Notes()];
  const { send } = sender(buffer, notes);
  for (const topic of ["events", "letters"]) buffer.write(recordOf(topic, "k", topic), notes);
  const { promise, reject } = Promise.withResolvers<Delivery>();
  let isOver = false;
  const sending = send((line) => line.startsWith("events") ? Promise.reject(new Error("gone")) : promise)
    .finally(() => isOver = true);
  const rejected = assertRejects(() => sending, Error, "fenced");
  for (let i = 0; i < 100; i++) await Promise.resolve();
  assertEquals(isOver, false);
  const type = "INVALID_PRODUCER_EPOCH";
  reject(new errors.KafkaJSProtocolError(Object.assign(new Error("fenced"), { type, code: 47, retriable: false })));
  await rejected;
  assertEquals(notes.told, []);
});

Deno.test("TransactionBuffer.send() sends nothing where there is nothing", async () => {
  const [buffer, notes] = [new TransactionBuffer(), new Notes()];
  const { sent, send } = sender(buffer, notes);
  await send();
  assertEquals([sent, buffer.settle()], [[], 0]);
});

Deno.test("TransactionBuffer.send() sends a letter once that is written while the records are still being queued", async () => {
  const [buffer, notes] = [new TransactionBuffer(), new Notes()];
  const { sent, send } = sender(buffer, notes, { maxBatchBytes: 20, maxRecordBytes: 30 });
  // Its size alone ends it as soon as the next one closes its batch.
  for (const text of ["x".repeat(40), "one", "two"]) buffer.write(recordOf("events", "k", text.padEnd(19)), notes);
  await send();
  assertEquals(sent.filter((line) => line.startsWith("letters")).length, 1, sent.join());
  assertEquals(buffer.settle(), 3);
});
