import { assertEquals, assertRejects } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import { KafkaRefusedError, TopicMissingError } from "../../../src/kafka/client/errors.ts";
import { attemptBatch, openPatiently } from "../../../src/kafka/producer/open.ts";

const NEVER = new AbortController().signal;
const OPTIONS = { topics: ["events", "letters"], brokers: ["b:9092"], random: () => 0 };

function failing(...failures: Error[]) {
  return () => {
    const error = failures.shift();
    return error === undefined ? Promise.resolve("open") : Promise.reject(error);
  };
}

Deno.test("openPatiently() tries again after what passes, and reports each wait", async () => {
  const waits: string[] = [];
  const observer = {
    waiting: ({ reason, retryInMs }: { reason: string; retryInMs: number }) => waits.push(`${reason} ${retryInMs}`),
  };
  assertEquals(await openPatiently(OPTIONS, observer, NEVER, failing(new Error("down"), new Error("still"))), "open");
  assertEquals(waits, ["down 20", "still 40"]);
});

Deno.test("openPatiently() ends with what no retry helps against, and names all topics", async () => {
  const open = (error: Error, signal = NEVER) => openPatiently(OPTIONS, { waiting: () => {} }, signal, failing(error));
  await assertRejects(() => open(new TopicMissingError("events")), TopicMissingError);
  await assertRejects(
    () => open(new errors.KafkaJSSASLAuthenticationError("wrong password")),
    KafkaRefusedError,
    'Cannot write to "events" and "letters" on b:9092: wrong password',
  );
  const stop = new AbortController();
  const observer = { waiting: () => stop.abort() };
  await assertRejects(() => openPatiently(OPTIONS, observer, stop.signal, failing(new Error("down"))), DOMException);
});

Deno.test("attemptBatch() reports a batch before it is sent, and after it was acknowledged alone", async () => {
  const seen: string[] = [];
  const observer = {
    sending: ({ records }: { records: number }) => seen.push(`sending ${records}`),
    acknowledged: ({ records }: { records: number }) => seen.push(`acknowledged ${records}`),
  };
  const event = { topic: "events", partition: 0, records: 2 };
  const attempt = (send: () => Promise<void>) => attemptBatch(observer, event, send);
  assertEquals(await attempt(() => Promise.resolve()), "acknowledged");
  assertEquals(seen.splice(0), ["sending 2", "acknowledged 2"]);
  const tooLarge = Object.assign(new Error("too large"), { type: "MESSAGE_TOO_LARGE", code: 10, retriable: false });
  assertEquals(await attempt(() => Promise.reject(new errors.KafkaJSProtocolError(tooLarge))), "too-large");
  await assertRejects(() => attempt(() => Promise.reject(new Error("down"))), Error, "down");
  assertEquals(seen, ["sending 2", "sending 2"]);
});
