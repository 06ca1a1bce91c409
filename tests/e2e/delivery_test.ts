import { assert, assertEquals } from "@std/assert";
import { consumeAll, type Consumed, createTopic, kafkaTest, ownKafkaTest } from "../support/kafka.ts";
import { RunningProgram, runProgram } from "../support/program.ts";
import { assertSchema } from "../support/schemas.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { FIRST_SEQ, GatedMessages, manyCommits, serveMessages, serveSource } from "../support/many_commits.ts";
import { expect, idsOf, readCursor, simulator } from "../support/stream.ts";
import { until, untilAtLeast } from "../support/wait.ts";

const TOPIC = "bluesky";
/** Fails unless each key's first copies stand in the order in which the firehose had them. */
function assertOrder(records: readonly Consumed[], expected: readonly string[]): void {
  const place = new Map(expected.map((id, i) => [id, i]));
  const lastOfKey = new Map<string, number>();
  const seen = new Set<string>();
  for (const { key, value } of records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)) {
    const event = JSON.parse(value);
    assertSchema(event);
    const { id } = event;
    if (seen.has(id)) continue;
    seen.add(id);
    const at = place.get(id) ?? -1;
    assert(at > (lastOfKey.get(key) ?? -1), `${id} is out of order`);
    lastOfKey.set(key, at);
  }
}

ownKafkaTest(
  "stream loses nothing and keeps the order of keys when it is killed five times and the broker once",
  async (broker) => {
    await createTopic(broker, TOPIC, 4);
    const { messages, ids: expected, lastSeq } = await manyCommits(12_000, createRandom(1));
    // However slow the machine is, each instance has something to write, also while the broker is away.
    const gate = new GatedMessages(messages);
    await using server = serveSource(gate, messages.length, 400);
    const folder = await Deno.makeTempDir();
    const cursorFile = `${folder}/cursor.json`;
    const args = ["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", broker.bootstrapServers]
      .concat(["--kafka-topic", TOPIC, "--collections", "", "--cursor-file", cursorFile]);
    const cursor = () => readCursor(cursorFile);
    const passes = (seq: number) => untilAtLeast("the cursor", seq, cursor);
    for (let round = 1; round <= 5; round++) {
      await using stream = new RunningProgram([...args, ...(round === 1 ? ["--cursor", "oldest"] : [])]);
      gate.let(2000);
      await passes(Math.max(cursor(), FIRST_SEQ) + 1000);
      if (round === 3) {
        await broker.kill();
        gate.let(1000);
        await until("the outage to be noticed", () => stream.stderr.includes("Kafka is unreachable"));
        await broker.restart();
        await passes(cursor() + 1);
      }
      stream.kill("SIGKILL");
      await stream.ended();
    }
    await using last = new RunningProgram(args);
    gate.let(messages.length);
    await passes(lastSeq);
    await last.stop();

    const records = await consumeAll(broker, TOPIC);
    const delivered = new Set(idsOf(records));
    assertEquals(expected.filter((id) => !delivered.has(id)), []);
    assertEquals(delivered.size, expected.length);
    assertOrder(records, expected);
  },
);

kafkaTest(
  "stream delivers each event exactly once in an undisturbed run, and stops at --max-events",
  async (kafka) => {
    await using server = (await simulator("--rate", "2000", "--frames", "400")).program;
    const url = server.stdout.trim();
    const folder = await Deno.makeTempDir();
    const { code, stderr } = await runProgram([
      ...[
        "stream",
        "--firehose-url",
        url,
        "--kafka-bootstrap-servers",
        kafka.bootstrapServers,
        "--kafka-topic",
        kafka.topic,
      ],
      ...["--create-topic", "--topic-partitions", "3", "--topic-replication", "1", "--collections", ""],
      ...["--cursor", "oldest", "--cursor-file", `${folder}/cursor`, "--max-events", "200"],
    ]);
    assertEquals(code, 0, stderr);
    const records = await consumeAll(kafka, kafka.topic);
    assertEquals(records.length, 200);
    assertEquals(new Set(idsOf(records)).size, 200);
    assert(new Set(records.map(({ partition }) => partition)).size > 1);
    for (const { key, value, headers } of records) {
      const event = JSON.parse(value);
      assertEquals([event.subject, event.data.did], [key, key]);
      assertEquals(headers, { "content-type": "application/cloudevents+json; charset=UTF-8" });
    }
    assertEquals(idsOf(records).toSorted(), (await expect(400)).ids.slice(0, 200).toSorted());
  },
);

kafkaTest("stream drains on SIGTERM, saves the cursor and resumes without a gap or a copy", async (kafka) => {
  const { messages, ids: expected, lastSeq } = await manyCommits(2000, createRandom(2));
  await using server = serveMessages(messages, 500);
  await createTopic(kafka, kafka.topic, 4);
  const cursorFile = `${await Deno.makeTempDir()}/cursor`;
  const args = ["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", kafka.bootstrapServers]
    .concat(["--kafka-topic", kafka.topic, "--collections", "", "--cursor-file", cursorFile]);
  for (const start of [["--cursor", "oldest"], []]) {
    await using stream = new RunningProgram([...args, ...start]);
    await until("the firehose", () => stream.stderr.includes("Reading"));
    const target = Math.min(lastSeq, Math.max(readCursor(cursorFile), FIRST_SEQ) + 300);
    await untilAtLeast("the cursor", target, () => readCursor(cursorFile));
    const stderr = await stream.stop();
    assert(stderr.includes('"message":"Stopped"'), stderr);
  }
  const records = await consumeAll(kafka, kafka.topic);
  const ids = idsOf(records);
  assertEquals(new Set(ids).size, ids.length);
  assertEquals(ids.toSorted(), expected.slice(0, ids.length).toSorted());
});
