import { assertEquals } from "@std/assert";
import errors from "kafkajs/src/errors.js";
import { classify, reasonOf } from "../../../src/sink/kafka/classify.ts";

// KafkaJS's types export its errors, its main module does not.
const {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSRequestTimeoutError,
  KafkaJSSASLAuthenticationError,
} = errors;

function protocol(type: string, retriable = true): Error {
  return new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable }));
}

Deno.test("classify() retries outages, moved leaders, too few replicas and throttling", () => {
  const outages = [
    new KafkaJSConnectionError("refused", { broker: "b:1" }),
    new KafkaJSRequestTimeoutError("late", { broker: "b:1" }),
    ...[
      "NOT_LEADER_FOR_PARTITION",
      "NOT_ENOUGH_REPLICAS",
      "REQUEST_TIMED_OUT",
      "POLICY_VIOLATION",
      "UNKNOWN",
      "UNKNOWN_TOPIC_OR_PARTITION",
    ].map((type) => protocol(type)),
  ];
  for (const error of outages) assertEquals(classify(error), "retry", error.message);
});

Deno.test("classify() splits what is too large", () => {
  for (const type of ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]) assertEquals(classify(protocol(type)), "split");
});

Deno.test("classify() fails on credentials, permissions and bugs", () => {
  const hopeless = [
    new KafkaJSSASLAuthenticationError("wrong password"),
    protocol("TOPIC_AUTHORIZATION_FAILED"),
    protocol("INVALID_TOPIC_EXCEPTION"),
    new TypeError("a bug"),
  ];
  for (const error of hopeless) assertEquals(classify(error), "fatal", error.message);
});

Deno.test("classify() and reasonOf() look through the errors that KafkaJS wraps round the cause", () => {
  // As KafkaJS's retrier does, which names the innermost error alone.
  const exceeded = new KafkaJSNumberOfRetriesExceeded(protocol("MESSAGE_TOO_LARGE"), { retryCount: 0, retryTime: 0 });
  const wrapped = new KafkaJSNonRetriableError(exceeded, { cause: exceeded });
  assertEquals(classify(wrapped), "split");
  assertEquals(reasonOf(wrapped), "MESSAGE_TOO_LARGE");
  assertEquals([classify(null), reasonOf("plain")], ["retry", "plain"]);
});
