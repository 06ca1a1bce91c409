import { assert, assertEquals } from "@std/assert";
import { brokerAdvice, errorAdvice, firstAdvice, relayAdvice, transactionAdvice } from "../../src/cli/advice.ts";
import { CursorError } from "../../src/cursor/cursor.ts";
import { FencedError, TopicMissingError, TransactionsMissingError } from "../../src/kafka/client/errors.ts";

const NOTHING_KNOWN = { kind: "other", isUnanswered: true, reason: "anything", server: null, codes: [] } as const;
const withCode = (code: string) => ({ ...NOTHING_KNOWN, codes: ["KafkaJSConnectionError", code] });

Deno.test("firstAdvice() has something to do for whatever it is given", () => {
  for (const isTls of [true, false]) {
    for (const isSasl of [true, false]) {
      const adviceOn = (trouble: Parameters<typeof firstAdvice>[0]) => firstAdvice(trouble, { isTls, isSasl });
      assert(adviceOn(NOTHING_KNOWN).includes("--kafka-tls"));
      assert(adviceOn(withCode("ENOTFOUND")).includes("host name"));
      assert(adviceOn(withCode("TokenRefusedError")).includes("--oauth-client-secret"));
      assert(adviceOn(withCode("TokenUnavailableError")).includes("--oauth-token-url"));
      assert(adviceOn(withCode("SELF_SIGNED_CERT_IN_CHAIN")).includes("--tls-ca"));
      assert(adviceOn(withCode("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")).includes("--tls-cert"));
    }
  }
});

Deno.test("brokerAdvice() doubts no settings of brokers that were reached before", () => {
  assertEquals(brokerAdvice(NOTHING_KNOWN), null);
  for (const [kind, look] of [["timeout", "hangs"], ["connection", "that the broker runs"]] as const) {
    const advice = brokerAdvice({ ...NOTHING_KNOWN, kind }) ?? "";
    assert(advice.includes(look) && !advice.includes("--"), advice);
    // An answer that says so, such as REQUEST_TIMED_OUT, is no silence.
    assertEquals(brokerAdvice({ ...NOTHING_KNOWN, kind, isUnanswered: false }), null);
    // As long as none was reached, a setting may be wrong.
    assert(firstAdvice({ ...NOTHING_KNOWN, kind }, { isTls: false, isSasl: false }).includes("--kafka-tls"));
  }
  assert(brokerAdvice(withCode("ECONNREFUSED"))?.includes("that the broker runs"));
  assert(brokerAdvice({ ...NOTHING_KNOWN, kind: "replicas" })?.includes("min.insync.replicas"));
  assert(brokerAdvice({ ...NOTHING_KNOWN, kind: "topic" })?.includes("--create-topic"));
});

Deno.test("transactionAdvice() names what is to be permitted, or which replicas are too many", () => {
  assert(transactionAdvice(["TRANSACTIONAL_ID_AUTHORIZATION_FAILED"]).includes("--transactional-id"));
  assert(transactionAdvice(["GROUP_AUTHORIZATION_FAILED"]).includes("-alive"));
  assert(transactionAdvice(["GROUP_COORDINATOR_NOT_AVAILABLE"]).includes("offsets.topic.replication.factor"));
  assert(transactionAdvice([]).includes("--delivery at-least-once"));
});

Deno.test("relayAdvice() has something for what needs an operator, and nothing for what passes by itself", () => {
  assert(relayAdvice("refused")?.includes("path of --firehose-url"));
  assertEquals(relayAdvice("server_closed"), null);
});

Deno.test("errorAdvice() goes by the code of an error, whatever caused it", () => {
  const cause = Object.assign(new Error("no"), { code: "ECONNREFUSED" });
  for (
    const [error, part] of [
      [new CursorError("CURSOR_DISK_FULL", "Cannot write it", { cause }), "free space"],
      [new CursorError("CURSOR_OF_OTHER_JOB", "It belongs to another job"), "--cursor adopt"],
      [new Error("Cannot start", { cause: new TopicMissingError("t") }), "--create-topic"],
      [new FencedError("id", null), "--standby"],
      [new TransactionsMissingError(["k:9092"], "none"), "--delivery at-least-once"],
      [cause, "no server listens there"],
    ] as const
  ) {
    assert(errorAdvice(error)?.includes(part), `${error}: ${errorAdvice(error)}`);
  }
  assertEquals(errorAdvice(new Error("anything")), null);
});
