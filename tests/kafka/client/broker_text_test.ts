import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import creation from "kafkajs/src/protocol/requests/createTopics/index.js";
import { createErrorFromCode } from "kafkajs/src/protocol/error.js";
import production from "kafkajs/src/protocol/requests/produce/index.js";
import { keepBrokerTexts } from "../../../src/kafka/client/broker_text.ts";
import { adviceOn } from "../../../src/cli/advice.ts";
import { classify, codesOf, reasonOf } from "../../../src/kafka/client/classify.ts";
import { KafkaRefusedError } from "../../../src/kafka/client/errors.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { tryCreation } from "../../../src/kafka/client/inspect.ts";
import { createTopics, kafkaTest } from "../../support/kafka.ts";
import { Notes, recordOf } from "../../support/records.ts";
import { producerOptions, Told } from "../../support/producer.ts";

const NEVER = new AbortController().signal;
const POLICY_VIOLATION = 44;
const INVALID_RECORD = 87;

keepBrokerTexts();

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => null, (error: unknown) => error);
}

kafkaTest("a topic that cannot be created ends the start with the broker's own words", async (kafka) => {
  const createTopic = { partitions: 1, replication: 5 };
  const options = producerOptions(kafka.bootstrapServers, kafka.topic, { createTopic });
  const told = new Told();
  const refusal = await assertRejects(() => openKafkaProducer(options, told, NEVER), KafkaRefusedError);
  const { message } = refusal;
  assertMatch(message, /the broker says: .*replication factor of 5.*only 1 broker/);
  assertMatch(adviceOn(codesOf(refusal)) ?? "", /--topic-replication/);
  assertStringIncludes(await tryCreation(options, options.topics, NEVER) ?? "", "the broker says: ");
  assertEquals(told.reasons, []);
});

kafkaTest("records that a broker refuses end the stream with what it says of them", async (kafka) => {
  const { bootstrapServers, topic } = kafka;
  // What is older than a millisecond when it arrives is refused.
  const configEntries = [{ name: "message.timestamp.before.max.ms", value: "0" }];
  await createTopics(kafka, [{ topic, numPartitions: 1, configEntries }]);
  await using sink = await openKafkaProducer(producerOptions(bootstrapServers, topic), new Told(), NEVER);
  const failed = sink.failed.catch((error: Error) => error.message);
  let message = "";
  void failed.then((text) => message = text);
  const notes = new Notes();
  for (let i = 0; i < 1000 && message === ""; i++) {
    sink.write(recordOf(topic, "a", String(i)), notes);
    await Promise.race([sink.flush(), failed]);
  }
  assertMatch(message, /imestamp.*\(the broker says: .*record 0: .*out of range/);
  assertMatch(adviceOn(codesOf(await sink.failed.catch((error) => error))) ?? "", /clock of this machine/);
});

Deno.test("what a broker says of a topic is shown on one line and cut, whatever it holds", async () => {
  const { response } = creation.protocol({ version: 3 })({ topics: [], timeout: 1, validateOnly: false });
  const answer = (errorMessage: string | null) => ({
    topicErrors: [{ topic: "t", errorCode: POLICY_VIOLATION, errorMessage }],
  });
  const error = await failureOf(response.parse(answer("names begin\n\x1b[31mwith our team")));
  assertEquals(classify(error), "fatal");
  assertStringIncludes(reasonOf(error), "(the broker says: names begin\\u000a\\u001b[31mwith our team)");
  assert(reasonOf(await failureOf(response.parse(answer("x".repeat(100_000))))).length < 2000);
  for (const nothing of [null, ""]) {
    assert(!reasonOf(await failureOf(response.parse(answer(nothing)))).includes("the broker says"));
  }
  const fine = { topicErrors: [{ topic: "t", errorCode: 0, errorMessage: null }] };
  assertEquals(await response.parse(fine), fine);
});

function int(bytes: number, value: number): number[] {
  return Array.from(
    { length: bytes },
    (_, i) => i < bytes - 4 ? (value < 0 ? 255 : 0) : (value >> 8 * (bytes - 1 - i)) & 255,
  );
}

function text(value: string | null): number[] {
  if (value === null) return int(2, -1);
  const bytes = new TextEncoder().encode(value);
  return [...int(2, bytes.length), ...bytes];
}

/** An answer to Produce, version 8, for partition 3 of one topic. */
function produced(code: number, records: readonly (string | null)[], said: string | null): Buffer {
  const errors = records.flatMap((each, i) => [...int(4, i * 10), ...text(each)]);
  const places = [...int(8, 42), ...int(8, -1), ...int(8, 7)];
  const partition = [...int(4, 3), ...int(2, code), ...places, ...int(4, records.length), ...errors, ...text(said)];
  return Buffer.from([...int(4, 1), ...text("t"), ...int(4, 1), ...partition, ...int(4, 250)]);
}

Deno.test("Produce is asked for in version 8, whose answer says what is wrong with which record", async () => {
  assertEquals(Math.max(...production.versions.map(Number)), 8);
  const { request, response } = production.protocol({ version: 8 })({ acks: -1, timeout: 1, topicData: [] });
  assertEquals([request.apiKey, request.apiVersion], [0, 8]);
  const decoded = await response.decode(produced(0, [], null));
  assertEquals(decoded, {
    topics: [{
      topicName: "t",
      partitions: [{
        ...{ partition: 3, errorCode: 0, baseOffset: "42", logAppendTime: "-1", logStartOffset: "7" },
        ...{ recordErrors: [], text: null },
      }],
    }],
    throttleTime: 0,
    clientSideThrottleTime: 250,
  });
  assertEquals(await response.parse(decoded), decoded);
  const refusal = async (records: readonly (string | null)[], said: string | null) => {
    const error = await failureOf(response.parse(await response.decode(produced(INVALID_RECORD, records, said))));
    assertEquals(classify(error), "fatal");
    return reasonOf(error);
  };
  assertStringIncludes(
    await refusal(["no key", null, "no\x1bkey"], "compacted"),
    "(the broker says: compacted; record 0: no key, and 1 more records)",
  );
  assertStringIncludes(await refusal([null], "compacted"), "(the broker says: compacted)");
  assert(!(await refusal([], null)).includes("the broker says"));
});

Deno.test("errors that KafkaJS has no name for get Kafka's own", () => {
  const error = createErrorFromCode(89);
  assertEquals([error.type, error.retriable, classify(error)], ["THROTTLING_QUOTA_EXCEEDED", true, "retry"]);
});
