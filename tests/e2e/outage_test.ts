import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { cacheFolder } from "../../scripts/kafka_jars.ts";
import { consumeAll, type Consumed, createTopic, ownKafkaTest } from "../support/kafka.ts";
import { GatedMessages, serveSource } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { Proxy } from "../support/proxy.ts";
import { expect, FIRST_SEQ, idsOf, readCursor } from "../support/stream.ts";
import { until } from "../support/wait.ts";

const TOPIC = "bluesky";
const FRAMES = 2000;
/** The CloudEvents SDK for Python, and where pip puts it. */
const SDK = { name: "cloudevents", version: "2.2.0" } as const;

const READ_BY_SDK = `
import json, sys
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
for line in sys.stdin:
    record = json.loads(line)
    headers = {name: value.encode() for name, value in record["headers"].items()}
    event = from_kafka_event(KafkaMessage(headers=headers, key=record["key"], value=record["value"].encode()))
    print(event.get_id(), event.get_type(), event.get_subject(), event.get_data()["did"], sep="\\t")
`;

ownKafkaTest(
  "the cursor is never ahead of a broker that was killed, and Python reads what is there",
  async (broker) => {
    await createTopic(broker, TOPIC, 4);
    const { messages, ids, seqs } = await expect(FRAMES);
    // There is more to deliver when the broker is away, however late that is.
    const gate = new GatedMessages(messages);
    gate.let(FRAMES / 3);
    await using server = serveSource(gate, FRAMES, 400);
    const cursorFile = `${await Deno.makeTempDir()}/cursor.json`;
    await using stream = new RunningProgram([
      ...["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", broker.bootstrapServers],
      ...["--kafka-topic", TOPIC, "--collections", "", "--cursor-file", cursorFile, "--cursor", "oldest"],
      ...["--metrics-port", "0"],
    ]);
    await until("the cursor to move", () => readCursor(cursorFile) > FIRST_SEQ + 300);
    await until("a ready producer", async () => (await ask(stream, "/readyz")).includes('"ready":true'));
    await assertMeasured(stream);
    await broker.kill();
    gate.let(FRAMES);
    await until("the outage to be noticed", () => stream.stderr.includes("Kafka is unreachable"));
    await until("the reason", async () => (await ask(stream, "/readyz")).includes('"reason":"broker_unreachable"'));
    const failed = await ask(stream, "/metrics");
    assert(/^bluesky_firehose_retries_total\{error="connection"\} [1-9]/m.test(failed), failed);
    assert(/^bluesky_firehose_connected\{end="sink"\} 0$/m.test(failed), failed);
    // Frames are read meanwhile; the cursor is saved every second.
    let cursor = readCursor(cursorFile);
    const end = Date.now() + 3000;
    await until("three saves", () => {
      cursor = Math.max(cursor, readCursor(cursorFile));
      return Date.now() > end;
    });
    stream.kill("SIGKILL");
    await stream.ended();
    await broker.restart();
    const records = await consumeAll(broker, TOPIC);
    const delivered = new Set(idsOf(records));
    const covered = ids.filter((_, i) => (seqs[i] ?? Infinity) <= cursor);
    assert(covered.length > 200, String(covered.length));
    assertEquals(covered.filter((id) => !delivered.has(id)), []);
    await assertReadByPython(records);
  },
  { properties: [], port: 0 },
  ["python3"],
);

/** Clients come to the broker below through it. */
const PROXY = new Proxy();
const BOUND = 1_048_576;

ownKafkaTest("memory stays bounded while a broker is a black hole, and all is delivered afterwards", async (broker) => {
  await using proxy = PROXY;
  proxy.standBefore(broker);
  await createTopic(broker, TOPIC, 4);
  const frames = 2500;
  const { messages, ids, lastSeq } = await expect(frames);
  const gate = new GatedMessages(messages);
  gate.let(600);
  await using server = serveSource(gate, frames, 1500);
  const cursorFile = `${await Deno.makeTempDir()}/cursor.json`;
  await using stream = new RunningProgram([
    ...["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", proxy.address],
    ...["--kafka-topic", TOPIC, "--collections", "", "--cursor-file", cursorFile, "--cursor", "oldest"],
    ...["--metrics-port", "0", "--max-in-flight-bytes", String(BOUND)],
  ]);
  await until("the cursor to move", () => readCursor(cursorFile) > FIRST_SEQ + 300);
  proxy.swallows = true;
  gate.let(frames);
  const seen: { readonly bytes: number; readonly frames: number }[] = [];
  const look = async () => {
    const text = await ask(stream, "/metrics");
    const figure = (name: string) => Number(new RegExp(`^bluesky_firehose_${name} (\\S+)$`, "m").exec(text)?.[1]);
    seen.push({ bytes: figure("unacknowledged_bytes"), frames: figure("frames_total") });
    return text;
  };
  await until("the pause", async () => {
    await look();
    return stream.stderr.includes("The memory limit of unacknowledged data is reached: reading is paused");
  });
  const paused = await look();
  assert(/^bluesky_firehose_connected\{end="upstream"\} 1$/m.test(paused), paused);
  const at = seen.length - 1;
  const cursor = readCursor(cursorFile);
  const end = Date.now() + 3000;
  // The simulator goes on meanwhile: without a bound, all of its messages would be taken.
  await until("three saves", async () => {
    await look();
    return Date.now() > end;
  });
  const most = Math.max(...seen.map(({ bytes }) => bytes));
  assert(most >= BOUND && most < 2 * BOUND, `${most} bytes were undelivered`);
  assertEquals(
    seen.slice(at),
    seen.slice(at).map(() => seen[at]),
    "nothing is taken in while the broker takes nothing",
  );
  assertEquals(readCursor(cursorFile), cursor);
  proxy.swallows = false;
  proxy.cut();
  await until("the last message", () => readCursor(cursorFile) === lastSeq);
  await stream.stop();
  // A batch that was under way may stand twice.
  const delivered = [...new Set(idsOf(await consumeAll(broker, TOPIC)))];
  assertEquals(delivered.toSorted(), ids.toSorted());
}, { properties: [], port: 0, listeners: [PROXY.listener] });

/** What the metrics server of a program answers. */
async function ask(program: RunningProgram, path: string): Promise<string> {
  const url = /"url":"(http:[^"]+)"/.exec(program.stderr)?.[1];
  return url === undefined ? "" : await (await fetch(new URL(path, url))).text();
}

/** The figures of what went through a real broker: each batch with its time, each event in a batch. */
async function assertMeasured(program: RunningProgram): Promise<void> {
  let text = "";
  const figure = (name: string) => Number(new RegExp(`^bluesky_firehose_${name} (\\S+)$`, "m").exec(text)?.[1]);
  // A scrape may fall between a batch's acknowledgement and that of its events.
  await until("figures that agree", async () => {
    text = await ask(program, "/metrics");
    const delivered = [...text.matchAll(/^bluesky_firehose_delivered_events_total\{\S+ (\d+)$/gm)];
    return figure("produce_batch_records_sum") === delivered.reduce((sum, [, count]) => sum + Number(count), 0);
  });
  assertEquals(figure("produce_latency_seconds_count"), figure("produce_batch_records_count"));
  assert(figure("produce_latency_seconds_sum") > 0, text);
  assert(figure("delivered_bytes_total") > 0 && figure("lag_seconds") > 0, text);
}

async function assertReadByPython(records: readonly Consumed[]): Promise<void> {
  const folder = join(cacheFolder(), `python-${SDK.name}-${SDK.version}`);
  await install(folder);
  const input = records.map(({ headers, key, value }) => JSON.stringify({ headers, key, value })).join("\n");
  const { success, text } = await python(["-c", READ_BY_SDK], folder, input);
  assert(success, text);
  const expected = records.map(({ key, value }) => {
    const { id, type } = JSON.parse(value);
    return [id, type, key, key].join("\t");
  });
  assertEquals(text.trim().split("\n"), expected);
}

/** Installs the SDK where it is not there yet. */
async function install(folder: string): Promise<void> {
  if (await Deno.stat(join(folder, SDK.name)).then(() => true, () => false)) return;
  const wanted = `${SDK.name}==${SDK.version}`;
  const { success, text } = await python(["-m", "pip", "install", "--quiet", "--target", folder, wanted], folder, "");
  assert(success, text);
}

async function python(
  args: readonly string[],
  path: string,
  input: string,
): Promise<{ success: boolean; text: string }> {
  const child = new Deno.Command("python3", {
    args: [...args],
    env: { PYTHONPATH: path },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await output;
  return { success, text: new TextDecoder().decode(success ? stdout : stderr) };
}
