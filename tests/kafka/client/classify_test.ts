import { assertEquals, assertMatch } from "@std/assert";
import { adviceOn } from "../../../src/cli/advice.ts";
import errors from "kafkajs/src/errors.js";
import {
  areSequencesLost,
  classify,
  codesOf,
  describeTrouble,
  isBrokerMissing,
  isBug,
  isCoordinatorMissing,
  isDuplicate,
  isFencing,
  isTimeoutRefused,
  isUnknownGroup,
  isUnstable,
  isUnsupported,
  reasonOf,
  troubleOf,
} from "../../../src/kafka/client/classify.ts";
import { WedgedError } from "../../../src/kafka/client/client.ts";
import { BrokerAuthenticationError } from "../../../src/kafka/client/errors.ts";
import { TokenRefusedError, TokenUnavailableError } from "../../../src/kafka/client/oauth.ts";

// KafkaJS's types export its errors, its main module does not.
const {
  KafkaJSAggregateError,
  KafkaJSConnectionError,
  KafkaJSCreateTopicError,
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
    protocol("INVALID_TIMESTAMP"),
    protocol("INVALID_CONFIG"),
    protocol("POLICY_VIOLATION"),
    new TypeError("a bug"),
  ];
  for (const error of hopeless) assertEquals(classify(error), "fatal", error.message);
});

Deno.test("isBug() finds a bug that KafkaJS wrapped, and takes no outage for one", () => {
  const cause = new TypeError("Cannot read properties of undefined (reading 'versions')");
  assertEquals(isBug(new KafkaJSNonRetriableError(cause, { cause })), true);
  assertEquals([isBug(new KafkaJSConnectionError("refused", { broker: "b:1" })), isBug(null)], [false, false]);
});

Deno.test("classify() and reasonOf() look through the errors that KafkaJS wraps round the cause", () => {
  // As KafkaJS's retrier does, which names the innermost error alone.
  const exceeded = new KafkaJSNumberOfRetriesExceeded(protocol("MESSAGE_TOO_LARGE"), { retryCount: 0, retryTime: 0 });
  const wrapped = new KafkaJSNonRetriableError(exceeded, { cause: exceeded });
  assertEquals(classify(wrapped), "split");
  assertEquals(reasonOf(wrapped), "MESSAGE_TOO_LARGE");
  assertEquals([classify(null), reasonOf("plain")], ["retry", "plain"]);
});

Deno.test("classify() and reasonOf() look into an error that holds several", () => {
  const several = new KafkaJSAggregateError("Topic creation errors", [
    new KafkaJSCreateTopicError(protocol("INVALID_REPLICATION_FACTOR"), "t"),
  ]);
  const reason = "INVALID_REPLICATION_FACTOR";
  assertEquals([classify(several), reasonOf(several)], ["fatal", reason]);
});

Deno.test("classify() fails on a certificate that is not good, and retries a handshake that broke", () => {
  const closed = (code: string) => new KafkaJSConnectionError("x", { broker: "b:1", code });
  for (const code of ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"]) {
    assertEquals(classify(closed(code)), "fatal", code);
  }
  for (const code of ["ECONNRESET", "ETIMEDOUT", "EPIPE"]) assertEquals(classify(closed(code)), "retry", code);
});

Deno.test("classify() tells a refused token from one that cannot be had now", () => {
  const wrapped = (cause: Error) => new KafkaJSNonRetriableError(cause, { cause });
  assertEquals(classify(wrapped(new TokenRefusedError("unknown client"))), "fatal");
  assertEquals(classify(wrapped(new BrokerAuthenticationError("invalid token"))), "fatal");
  assertEquals(classify(wrapped(new TokenUnavailableError("HTTP 503"))), "retry");
});

Deno.test("troubleOf() names the kind of what passes, from a closed list", () => {
  const closed = (code: string) => new KafkaJSConnectionError("x", { broker: "b:1", code });
  const wrapped = (cause: Error) => new KafkaJSNonRetriableError(cause, { cause });
  const kinds = [
    troubleOf(closed("ECONNREFUSED")),
    troubleOf(closed("ETIMEDOUT")),
    troubleOf(wrapped(protocol("NOT_LEADER_FOR_PARTITION"))),
    troubleOf(protocol("NOT_ENOUGH_REPLICAS")),
    troubleOf(protocol("REQUEST_TIMED_OUT")),
    troubleOf(protocol("THROTTLING_QUOTA_EXCEEDED")),
    troubleOf(wrapped(new TokenUnavailableError("HTTP 503"))),
    troubleOf(new Error("anything")),
    troubleOf(null),
  ];
  assertEquals(kinds, [
    ...["connection", "timeout", "leadership", "replicas", "timeout", "throttled", "login", "other", "other"],
  ]);
});

Deno.test("isFencing() and its like look through what KafkaJS wraps round the cause", () => {
  const wrapped = (cause: object) => Object.assign(new Error("wrapped"), { cause });
  assertEquals(isFencing(wrapped({ type: "INVALID_PRODUCER_EPOCH" })), true);
  assertEquals(isUnsupported(wrapped({ type: "UNSUPPORTED_VERSION" })), true);
  assertEquals(isUnsupported(wrapped({ name: "KafkaJSServerDoesNotSupportApiKey" })), true);
  assertEquals(isUnstable(wrapped({ type: "UNSTABLE_OFFSET_COMMIT" })), true);
  assertEquals(isFencing(wrapped({ type: "PRODUCER_FENCED" })), true);
  assertEquals(isDuplicate(wrapped({ type: "DUPLICATE_SEQUENCE_NUMBER" })), true);
  assertEquals(areSequencesLost(wrapped({ type: "OUT_OF_ORDER_SEQUENCE_NUMBER" })), true);
  assertEquals(isTimeoutRefused(wrapped({ type: "INVALID_TRANSACTION_TIMEOUT" })), true);
  assertEquals(isUnknownGroup(wrapped({ type: "GROUP_ID_NOT_FOUND" })), true);
  assertEquals(isBrokerMissing(wrapped({ name: "KafkaJSBrokerNotFound" })), true);
  assertEquals(isCoordinatorMissing(wrapped({ name: "KafkaJSGroupCoordinatorNotFound" })), true);
  for (
    const is of [
      areSequencesLost,
      isDuplicate,
      isFencing,
      isCoordinatorMissing,
      isUnsupported,
      isUnstable,
      isTimeoutRefused,
      isUnknownGroup,
      isBrokerMissing,
    ]
  ) {
    assertEquals(is(wrapped({ type: "UNKNOWN" })), false);
  }
});

Deno.test("describeTrouble() says unanswered only where no broker answered", () => {
  const wrapped = (cause: Error) => new KafkaJSNonRetriableError(cause, { cause });
  const said = (error: unknown) => {
    const { kind, isUnanswered, server } = describeTrouble(error);
    return `${isUnanswered ? "unanswered" : "answered"} ${kind} ${server}`;
  };
  const refusedPort = new KafkaJSConnectionError("x", { broker: "b:1", code: "ECONNREFUSED" });
  assertEquals(said(wrapped(refusedPort)), "unanswered connection b:1");
  assertEquals(said(new KafkaJSRequestTimeoutError("late", { broker: "b:1" })), "unanswered timeout b:1");
  assertEquals(said(new WedgedError("No response for 60 s")), "unanswered timeout null");
  assertEquals(said(wrapped(protocol("LEADER_NOT_AVAILABLE"))), "answered leadership null");
  // What a broker says of others, or of itself, is an answer too.
  assertEquals(said(protocol("BROKER_NOT_AVAILABLE")), "answered connection null");
  assertEquals(said(protocol("REQUEST_TIMED_OUT")), "answered timeout null");
  assertEquals(said(new TokenUnavailableError("HTTP 503")), "answered login null");
  assertEquals(said(new Error('The topic "t" has no partitions yet')), "answered other null");
});

Deno.test("classify() fails on permissions that transactions need, and names them", () => {
  for (const type of ["GROUP_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"]) {
    const error = Object.assign(new Error("no"), { type });
    assertEquals(classify(error), "fatal");
    assertMatch(adviceOn(codesOf(error)) ?? "", /^grant (?:READ|WRITE)/);
  }
});
