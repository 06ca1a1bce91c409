import { assert, assertEquals } from "@std/assert";
import { errorCodes } from "kafkajs/src/protocol/error.js";
import { kafkaClassPath, run } from "../../../scripts/kafka_jars.ts";
import { classify } from "../../../src/kafka/client/classify.ts";
import { ERROR_CODES } from "../../../src/kafka/protocol/error_codes.ts";
import { testWith } from "../../support/kafka.ts";

interface Row {
  readonly type: string;
  readonly code: number;
  readonly retriable: boolean;
}

/** Up to there KafkaJS has a table of its own. */
const LAST_OF_KAFKAJS = 88;
/** As Kafka calls what KafkaJS calls otherwise. */
const RENAMED: Readonly<Record<string, string>> = {
  UNKNOWN_SERVER_ERROR: "UNKNOWN",
  NOT_LEADER_OR_FOLLOWER: "NOT_LEADER_FOR_PARTITION",
  COORDINATOR_LOAD_IN_PROGRESS: "GROUP_LOAD_IN_PROGRESS",
  COORDINATOR_NOT_AVAILABLE: "GROUP_COORDINATOR_NOT_AVAILABLE",
  NOT_COORDINATOR: "NOT_COORDINATOR_FOR_GROUP",
};

/** What a new producer, or another broker, mends although the protocol does not call it retriable. */
const RETRIED_NEVERTHELESS = [
  ...["UNKNOWN", "BROKER_NOT_AVAILABLE", "STALE_CONTROLLER_EPOCH", "REBALANCE_IN_PROGRESS", "REBOOTSTRAP_REQUIRED"],
  ...["OPERATION_NOT_ATTEMPTED", "OFFSET_OUT_OF_RANGE", "OUT_OF_ORDER_SEQUENCE_NUMBER", "DUPLICATE_SEQUENCE_NUMBER"],
  ...["INVALID_PRODUCER_EPOCH", "INVALID_PRODUCER_ID_MAPPING", "INVALID_TXN_STATE", "PRODUCER_FENCED"],
  ...["TRANSACTIONAL_ID_NOT_FOUND", "TRANSACTION_ABORTABLE", "TRANSACTION_COORDINATOR_FENCED", "UNKNOWN_PRODUCER_ID"],
];
const SPLIT = ["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"];

Deno.test("ERROR_CODES has every code from -1 to 136 once, and agrees with KafkaJS's own table", () => {
  const codes = [...ERROR_CODES.values()].map(({ code }) => code).toSorted((a, b) => a - b);
  assertEquals(codes, [-1, ...Array.from({ length: 136 }, (_, i) => i + 1)]);
  const theirs = (errorCodes as Row[]).filter(({ code }) => code <= LAST_OF_KAFKAJS && code >= -1);
  assertEquals(theirs.length, 89);
  for (const { type, code, retriable } of theirs) assertEquals(ERROR_CODES.get(type), { code, retriable }, type);
});

Deno.test("classify() retries what the protocol calls retriable, and of the rest what a new producer mends", () => {
  for (const [type, { retriable }] of ERROR_CODES) {
    const expected = SPLIT.includes(type)
      ? "split"
      : retriable || RETRIED_NEVERTHELESS.includes(type)
      ? "retry"
      : "fatal";
    assertEquals(classify(Object.assign(new Error("x"), { type })), expected, type);
  }
  for (const type of [...RETRIED_NEVERTHELESS, ...SPLIT]) assertEquals(ERROR_CODES.get(type)?.retriable, false, type);
  // A code that only a later Kafka has.
  assertEquals(classify(Object.assign(new Error("x"), { type: "KAFKAJS_UNKNOWN_ERROR_CODE" })), "retry");
});

const PRINT = `
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
public class Print {
  public static void main(String[] args) {
    for (Errors e : Errors.values())
      System.out.println(e.code() + " " + e.name() + " " + (e.exception() instanceof RetriableException));
  }
}`;

testWith(
  ["long", "own-kafka"],
  "ERROR_CODES is what Kafka's own client has",
  async () => {
    const folder = await Deno.makeTempDir();
    return { folder, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  },
  async ({ folder }) => {
    await Deno.writeTextFile(`${folder}/Print.java`, PRINT);
    const printed = await run("java", ["-cp", await kafkaClassPath(), `${folder}/Print.java`]);
    assert(printed?.success, `java compiles and runs one file: ${printed?.text}`);
    const rows = [...printed.text.matchAll(/^(-?\d+) ([A-Z_]+) (true|false)$/gm)].map(([, ...row]) => row)
      .filter(([, type]) => type !== "NONE");
    assert(rows.length >= 130, printed.text);
    for (const [code, name = "", retriable] of rows) {
      const known = ERROR_CODES.get(RENAMED[name] ?? name);
      assertEquals(known, { code: Number(code), retriable: retriable === "true" }, name);
    }
  },
);
