import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkBroker } from "../../../src/cli/check/broker.ts";
import { resolveConfig } from "../../../src/config/config.ts";
import { readTopic } from "../../../src/kafka/consumer/read.ts";
import { ForeignAnswerError, isForeign } from "../../../src/kafka/client/foreign.ts";
import { openKafkaProducer } from "../../../src/kafka/producer/producer.ts";
import { SILENT_MS } from "../../../src/kafka/client/sockets.ts";
import { ForeignPort } from "../../support/foreign_ports.ts";
import { producerOptions, Told } from "../../support/producer.ts";
import { until } from "../../support/wait.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
/** What OpenSSL says to whoever speaks no TLS: a fatal alert. */
const TLS_ALERT = Uint8Array.from([21, 3, 3, 0, 2, 2, 70]);

const PORTS = [
  {
    answer: bytes("HTTP/1.1 400 Bad Request\r\nserver: x\r\n\r\n"),
    shown: "HTTP/1.1 400 Bad Request",
    advice: "another",
  },
  { greeting: bytes("SSH-2.0-OpenSSH_9.6\r\n"), shown: "SSH-2.0-OpenSSH_9.6", advice: "another service" },
  { answer: TLS_ALERT, shown: "it speaks TLS", advice: "--kafka-tls true" },
  { greeting: Uint8Array.from([0x4a, 0, 0, 0, 10, 0x38]), shown: "the bytes 4a0000000a38", advice: "another service" },
] as const;

async function check(server: string) {
  const resolution = resolveConfig({ kafkaBootstrapServers: server, kafkaTopic: "t" }, {});
  if (resolution.kind === "errors") throw new Error(resolution.errors.join());
  const [found] = await Array.fromAsync(
    checkBroker(resolution.config, resolution.origins, new AbortController().signal),
  );
  return found;
}

/** The first thing that a sink says of a port which it waits for. */
async function firstTold(server: string): Promise<string> {
  const told = new Told();
  const stop = new AbortController();
  const opening = openKafkaProducer(producerOptions(server, "t"), told, stop.signal).catch(() => {});
  await until("the port to be told of", () => told.reasons.length > 0);
  stop.abort();
  await opening;
  return told.reasons[0] ?? "";
}

/** KafkaJS leaves timers to end by themselves. */
const LENIENT = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "check, stream and consume say what answers where no Kafka is",
  ...LENIENT,
  fn: async () => {
    for (const { shown, advice, ...port } of PORTS) {
      await using foreign = new ForeignPort(port);
      const expected = `${foreign.address} responds, but not in the Kafka protocol: ${shown}`;
      const found = await check(foreign.address);
      assertEquals([found?.name, found?.status], ["brokers", "failed"]);
      assertStringIncludes(found?.detail ?? "", expected);
      assertStringIncludes(found?.advice ?? "", advice);
      assertStringIncludes(await firstTold(foreign.address), expected);
      const reading = {
        kafka: producerOptions(foreign.address, "t"),
        from: { kind: "oldest" },
        partition: null,
      } as const;
      const observer = { opened: () => {}, silent: () => {}, interrupted: () => {} };
      const options = { ...reading, untilEnd: false, wait: () => Promise.resolve() };
      const error = await Array.fromAsync(readTopic(options, observer, new AbortController().signal))
        .catch((each: Error) => each.message);
      assertMatch(String(error), /^Cannot reach Kafka at .* responds, but not in the Kafka protocol: /);
    }
  },
});

Deno.test({
  name: "check and stream report a port that accepts connections and sends nothing, long before a request times out",
  ...LENIENT,
  fn: async () => {
    assert(SILENT_MS < 5000 && SILENT_MS < producerOptions("x:1", "t").profile.requestTimeoutMs / 2);
    await using silent = new ForeignPort({});
    const expected = `${silent.address} accepts connections and sends nothing`;
    const [found, told] = await Promise.all([check(silent.address), firstTold(silent.address)]);
    assertEquals(found?.status, "failed");
    assertStringIncludes(found?.detail ?? "", expected);
    assertStringIncludes(told, expected);
  },
});

Deno.test("isForeign() takes no answer of Kafka for another protocol's", () => {
  const lengths: readonly [number, boolean][] = [[4, false], [350, false], [60_000_000, false], [3, true], [-1, true]];
  for (const [length, expected] of lengths) {
    const head = new DataView(new ArrayBuffer(4));
    head.setInt32(0, length);
    assertEquals(isForeign(new Uint8Array(head.buffer)), expected, String(length));
  }
});

Deno.test("ForeignAnswerError shows one line, cut, and commands no terminal", () => {
  const { message, code } = new ForeignAnswerError("b:1", bytes(`220 ${"x".repeat(500)}\x1b[31m`));
  assertEquals(code, "NOT_KAFKA");
  assert(message.length < 140, message);
  assertStringIncludes(new ForeignAnswerError("b:1", bytes("220 a\x1b[31mb\r\nmore")).message, "220 a\\u001b[31mb");
});
