import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Message } from "kafkajs";
import definition from "kafkajs/src/protocol/requests/produce/index.js";
import createRequest from "kafkajs/src/protocol/request.js";
import { BrokerTooOldError, encodeBatches, messagesOf, recycle } from "../../../src/kafka/producer/produce.ts";
import type { BatchNumber } from "../../../src/kafka/producer/sequences.ts";
import { encodeHeaders } from "../../../src/record/headers.ts";
import { producerRecord } from "../../support/records.ts";

encodeBatches();

const BATCH = {
  partition: 2,
  records: [producerRecord("a", "1"), producerRecord("b", "2")],
  headers: encodeHeaders([]),
  codec: null,
  sequence: null,
  writer: null,
};

function argumentsOf(messages: unknown, clientId = "client") {
  const topicData = [{ topic: "bluesky", partitions: [{ partition: 2, messages }] }];
  return { clientId, args: { acks: -1, timeout: 30_000, topicData } };
}

/** A whole request as it goes to the broker, without the times and the checksum that depends on them. */
async function requestBytes(version: number, messages: unknown, clientId = "client"): Promise<number[]> {
  const { args } = argumentsOf(messages, clientId);
  const { request } = definition.protocol({ version })(args);
  const { buffer } = await createRequest({ request, correlationId: 77, clientId });
  const bytes = [...buffer];
  const batch = bytes.length - 2 * RECORD_BYTES - 61;
  return bytes.map((byte, i) => (i >= batch + 17 && i < batch + 21) || (i >= batch + 27 && i < batch + 43) ? 0 : byte);
}

/** Length, attributes, two deltas, key, value, no headers. */
const RECORD_BYTES = 9;

Deno.test("encodeBatches() makes requests of batches that are what KafkaJS makes of their messages", async () => {
  const plain = BATCH.records.map(({ key, value }) => ({ key, value, partition: 2 })).map((message) => ({
    ...message,
    key: new TextDecoder().decode(message.key),
    value: new TextDecoder().decode(message.value),
  }));
  for (const version of [3, 4, 5, 6, 7]) {
    const wanted = await requestBytes(version, plain);
    assertEquals(await requestBytes(version, messagesOf(BATCH)), wanted, `version ${version}`);
  }
  // A client's name that leaves no room before the body takes the way of KafkaJS.
  const long = "c".repeat(300);
  assertEquals(await requestBytes(7, messagesOf(BATCH), long), await requestBytes(7, plain, long));
});

Deno.test("encodeBatches() writes the number of a batch that has one, with the producer of KafkaJS where it names none", async () => {
  const numbersOf = async (sequence: BatchNumber | null) => {
    const { args } = argumentsOf(messagesOf({ ...BATCH, sequence }));
    const { request } = definition.protocol({ version: 7 })({ ...args, producerId: 5, producerEpoch: 6 });
    const { buffer } = await createRequest({ request, correlationId: 77, clientId: "client" });
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    const at = buffer.length - 2 * RECORD_BYTES - 61 + 43;
    return [view.getBigInt64(at), view.getInt16(at + 8), view.getInt32(at + 10)];
  };
  assertEquals(await numbersOf({ producerId: 2n ** 40n, producerEpoch: 3, firstSequence: 2 ** 31 - 1 }), [
    2n ** 40n,
    3,
    2 ** 31 - 1,
  ]);
  assertEquals(await numbersOf({ firstSequence: 9 }), [5n, 6, 9]);
  assertEquals(await numbersOf(null), [5n, 6, 0]);
});

Deno.test("encodeBatches() gives each request a buffer of its own", async () => {
  const { args, clientId } = argumentsOf(messagesOf(BATCH));
  const { request } = definition.protocol({ version: 7 })(args);
  const first = await createRequest({ request, correlationId: 1, clientId });
  const before = [...first.buffer];
  const second = await createRequest({ request, correlationId: 2, clientId });
  second.buffer.fill(0);
  assertEquals([...first.buffer], before);
});

/** The buffer that holds the request of these messages. */
async function bufferOf(messages: Message[]): Promise<ArrayBufferLike> {
  const { args, clientId } = argumentsOf(messages);
  const { request } = definition.protocol({ version: 7 })(args);
  return (await createRequest({ request, correlationId: 1, clientId })).buffer.buffer;
}

Deno.test("recycle() lets the buffer of a batch be used again, which without it is not", async () => {
  const [first, second] = [messagesOf(BATCH), messagesOf(BATCH)];
  const buffer = await bufferOf(first);
  assert(await bufferOf(second) !== buffer);
  recycle(first);
  // Once, however often the batch is said to be acknowledged.
  recycle(first);
  assertEquals(await bufferOf(messagesOf(BATCH)), buffer);
  assert(await bufferOf(messagesOf(BATCH)) !== buffer);
});

Deno.test("recycle() takes the buffer of the last attempt alone, as one before it may be in a socket yet", async () => {
  const messages = messagesOf(BATCH);
  const [early, late] = [await bufferOf(messages), await bufferOf(messages)];
  recycle(messages);
  const later = [await bufferOf(messagesOf(BATCH)), await bufferOf(messagesOf(BATCH))];
  assertEquals([later.includes(early), later.includes(late)], [false, true]);
});

Deno.test("encodeBatches() refuses a broker whose records have no headers", () => {
  const { args } = argumentsOf(messagesOf(BATCH));
  assertThrows(() => definition.protocol({ version: 2 })(args), BrokerTooOldError);
});

Deno.test("messagesOf() gives one message for a batch, so that nothing grows with it in KafkaJS", () => {
  assertEquals([BATCH.records.length, messagesOf(BATCH).length], [2, 1]);
});
