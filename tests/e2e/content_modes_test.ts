import { assert, assertEquals } from "@std/assert";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import { Buffer } from "node:buffer";
import { requiredAttributes } from "../../src/events/definition.ts";
import { POST } from "../../src/events/types/post.ts";
import { readEvent } from "../../src/events/from_record.ts";
import { CODECS } from "../../src/kafka/protocol/compression.ts";
import { kafkaClassPath } from "../../scripts/kafka_jars.ts";
import { consumeAll, kafkaTest, type SharedKafka } from "../support/kafka.ts";
import { runProgram } from "../support/program.ts";
import { assertSchema } from "../support/schemas.ts";

const EVENTS = 200;

/** A record as librdkafka sees it. */
interface Seen {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** All records of a topic, read by kcat, a client on librdkafka. */
async function readByKcat(broker: SharedKafka, topic: string): Promise<Seen[]> {
  const { code, stdout, stderr } = await new Deno.Command("kcat", {
    args: ["-C", "-q", "-J", "-e", "-o", "beginning", "-b", broker.bootstrapServers, "-t", topic],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
  return lines.map(({ key, payload, headers }: { key: string; payload: string; headers: string[] }) => ({
    key,
    value: payload,
    headers: Object.fromEntries(headers.flatMap((name, i) => i % 2 === 0 ? [[name, headers[i + 1] ?? ""]] : [])),
  }));
}

/** The events of a topic by their ids, as `consume` shows them. */
async function readByConsume(connection: readonly string[]): Promise<Map<string, unknown>> {
  const { code, stdout, stderr } = await runProgram(["consume", "--until-end", ...connection]);
  assertEquals(code, 0, stderr);
  return byId(stdout.trimEnd().split("\n").map((line) => JSON.parse(line)));
}

function byId(events: readonly unknown[]): Map<string, unknown> {
  return new Map(events.map((event) => [(event as { id: string }).id, event]));
}

function eventOf({ value, headers }: Seen): unknown {
  const read = readEvent({ value: new TextEncoder().encode(value), headers });
  if (read.kind === "other") throw new Error(read.reason);
  assertSchema(read.event);
  return read.event;
}

/** Content mode and compression of each topic, which is named by both. */
const TOPICS = [
  { mode: "structured", compression: "none", type: CompressionTypes.None },
  { mode: "binary", compression: "gzip", type: CompressionTypes.GZIP },
  { mode: "structured", compression: "snappy", type: CompressionTypes.Snappy },
  { mode: "binary", compression: "zstd", type: CompressionTypes.ZSTD },
] as const;

/** The types of compression of the batches of a topic. */
async function compressionsIn(broker: SharedKafka, topic: string): Promise<CompressionTypes[]> {
  const used = new Set<CompressionTypes>();
  for (const [name, codec] of Object.entries(CODECS)) {
    const type = { gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, zstd: CompressionTypes.ZSTD }[name];
    if (type === undefined) throw new Error(`KafkaJS has no ${name}`);
    CompressionCodecs[type as CompressionTypes.GZIP] = () => ({
      decompress(bytes: Uint8Array) {
        used.add(type);
        return Promise.resolve(Buffer.from(codec.decompress(bytes)));
      },
    });
  }
  assertEquals((await consumeAll(broker, topic)).length, EVENTS);
  return [...used];
}

/** The ids of the events of all topics, as Kafka's own consumer reads them; null where it is not to be had. */
async function idsByJava(broker: SharedKafka): Promise<string[] | null> {
  const classPath = await kafkaClassPath().catch(() => null);
  if (classPath === null) return null;
  const { stdout, stderr } = await new Deno.Command("java", {
    args: [
      ...["-cp", classPath, "org.apache.kafka.tools.consumer.ConsoleConsumer"],
      ...["--bootstrap-server", broker.bootstrapServers, "--include", `${broker.topic}-.*`, "--from-beginning"],
      ...[
        "--property",
        "print.headers=true",
        "--max-messages",
        String(TOPICS.length * EVENTS),
        "--timeout-ms",
        "60000",
      ],
    ],
  }).output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  const ids = lines.map((line) => /ce_id:([^,]+),/.exec(line)?.[1] ?? /"id":"([^"]+)"/.exec(line)?.[1] ?? line);
  assertEquals(ids.length, TOPICS.length * EVENTS, new TextDecoder().decode(stderr));
  return ids;
}

const NAME = "stream writes the same events in each content mode, however compressed, for librdkafka, Java and consume";

kafkaTest(NAME, async (broker) => {
  const seen = await Promise.all(TOPICS.map(async ({ mode, compression, type }) => {
    const topic = `${broker.topic}-${mode}-${compression}`;
    const connection = ["--kafka-bootstrap-servers", broker.bootstrapServers, "--kafka-topic", topic];
    const demo = [
      "demo",
      "--verbose",
      "--events",
      String(EVENTS),
      "--rate",
      "5000",
      "--start",
      "2026-01-01",
      "--create-topic",
      "--content-mode",
      mode,
    ];
    const { code, stdout, stderr } = await runProgram([...demo, "--compression", compression, ...connection]);
    assertEquals(code, 0, stderr);
    // The example of each type is the whole event.
    assertEquals(stdout.match(/"specversion": "1.0"/g)?.length, 6, stdout);
    const records = await readByKcat(broker, topic);
    assertEquals(records.length, EVENTS);
    const events = records.map(eventOf);
    records.forEach(({ key }, i) => assertEquals(key, (events[i] as { subject: string }).subject));
    assertEquals(await readByConsume(connection), byId(events));
    for (const { headers, value } of records) assertHeaders(mode, headers, value);
    return { topic, type, events: withoutPort(byId(events)) };
  }));
  for (const { topic, type, events } of seen) {
    assertEquals(events, seen[0]?.events);
    assertEquals(events.size, EVENTS);
    assertEquals(await compressionsIn(broker, topic), type === CompressionTypes.None ? [] : [type], topic);
  }
  const ids = await idsByJava(broker);
  if (ids === null) return;
  assertEquals(ids.sort(), [...seen[0]?.events.keys() ?? []].flatMap((id) => TOPICS.map(() => id)).sort());
}, ["kcat"]);

function assertHeaders(mode: "structured" | "binary", headers: Seen["headers"], value: string): void {
  if (mode === "structured") {
    assertEquals(headers, { "content-type": "application/cloudevents+json; charset=UTF-8" });
    return;
  }
  const names = requiredAttributes(POST).map((name) => name === "datacontenttype" ? "content-type" : `ce_${name}`);
  assertEquals(Object.keys(headers), names);
  assertEquals(headers["content-type"], "application/json");
  assert(!value.includes("specversion"));
}

/** Each run has a firehose of its own, on a port of its own. */
function withoutPort(events: Map<string, unknown>): Map<string, unknown> {
  return new Map([...events].map(([id, event]) => [id, { ...(event as object), source: "" }]));
}
