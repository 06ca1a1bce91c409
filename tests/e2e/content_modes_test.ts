import { assert, assertEquals } from "@std/assert";
import { ENVELOPE } from "../../src/events/schema.ts";
import { readEvent } from "../../src/reader/event.ts";
import type { Broker } from "../../scripts/kafka.ts";
import { kafkaTest } from "../support/kafka.ts";
import { runProgram } from "../support/program.ts";
import { assertSchema } from "../support/schemas.ts";

const EVENTS = 400;

/** A record as librdkafka sees it. */
interface Seen {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** All records of a topic, read by kcat, a client on librdkafka. */
async function readByKcat(broker: Broker, topic: string): Promise<Seen[]> {
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

kafkaTest("stream writes the same events in both content modes, which librdkafka and consume read", async (broker) => {
  const seen = await Promise.all(["structured", "binary"].map(async (mode) => {
    const connection = ["--kafka-bootstrap-servers", broker.bootstrapServers, "--kafka-topic", mode];
    const demo = ["demo", "--events", String(EVENTS), "--rate", "5000", "--create-topic", "--content-mode", mode];
    const { code, stdout, stderr } = await runProgram([...demo, ...connection]);
    assertEquals(code, 0, stderr);
    // The example of each type is the whole event.
    assertEquals(stdout.match(/"specversion": "1.0"/g)?.length, 6, stdout);
    const records = await readByKcat(broker, mode);
    assertEquals(records.length, EVENTS);
    const events = records.map(eventOf);
    records.forEach(({ key }, i) => assertEquals(key, (events[i] as { subject: string }).subject));
    assertEquals(await readByConsume(connection), byId(events));
    return { records, events: withoutPort(byId(events)) };
  }));
  const [structured, binary] = seen;
  if (structured === undefined || binary === undefined) throw new Error("two modes were expected");
  assertEquals(binary.events, structured.events);
  assertEquals(binary.events.size, EVENTS);
  const headers = Object.keys(ENVELOPE).map((name) => name === "datacontenttype" ? "content-type" : `ce_${name}`);
  for (const record of binary.records) {
    assertEquals(Object.keys(record.headers), headers);
    assertEquals(record.headers["content-type"], "application/json");
    assert(!record.value.includes("specversion"));
  }
  for (const record of structured.records) {
    assertEquals(record.headers, { "content-type": "application/cloudevents+json; charset=UTF-8" });
  }
});

/** Each run has a firehose of its own, on a port of its own. */
function withoutPort(events: Map<string, unknown>): Map<string, unknown> {
  return new Map([...events].map(([id, event]) => [id, { ...(event as object), source: "" }]));
}
