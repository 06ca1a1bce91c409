import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Broker } from "../../scripts/kafka.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { readCommitted } from "../support/committed.ts";
import { type Consumed, createTopic, kafkaTest, withAdmin } from "../support/kafka.ts";
import { FIRST_SEQ, manyCommits, serveMessages } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { idsOf, readCursor } from "../support/stream.ts";
import { until } from "../support/wait.ts";

const TOPIC = "bluesky";
const GROUP = `bluesky_firehose-${TOPIC}`;
const ACTIVE = "This instance is the active one";
const KILLS = 32;

/** Fails unless each event is there once, and those of each key in the order of the firehose. */
function assertExactlyOnce(records: readonly Consumed[], expected: readonly string[]): void {
  const ids = idsOf(records);
  const delivered = new Set(ids);
  assertEquals(expected.filter((id) => !delivered.has(id)), [], "lost");
  assertEquals(ids.length - delivered.size, 0, "repeated");
  assertEquals(ids.length, expected.length);
  const place = new Map(expected.map((id, i) => [id, i]));
  const lastOfKey = new Map<string, number>();
  for (const [i, { key }] of records.entries()) {
    const at = place.get(ids[i] ?? "") ?? -1;
    assert(at > (lastOfKey.get(key) ?? -1), `${ids[i]} is out of order`);
    lastOfKey.set(key, at);
  }
}

/** The cursor in Kafka; 0 while there is none, or no broker. */
async function committedCursor(broker: Broker): Promise<number> {
  try {
    const [topic] = await withAdmin(broker, (admin) => admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] }));
    return Number(topic?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0);
  } catch {
    return 0;
  }
}

/** The command, without what tells one instance from another. */
function streamOf(url: string, broker: Broker): string[] {
  return ["stream", "--firehose-url", url, "--kafka-bootstrap-servers", broker.bootstrapServers]
    .concat(["--kafka-topic", TOPIC, "--collections", "*"]);
}

const once = (args: readonly string[]) => [...args, "--delivery", "exactly-once"];

async function stop(program: RunningProgram): Promise<string> {
  program.kill("SIGTERM");
  const { code, stderr } = await program.ended();
  assertEquals(code, 0, stderr);
  return stderr;
}

kafkaTest("stream delivers exactly once though it is killed at random moments, and the broker too", async (broker) => {
  const seed = Date.now() % 1_000_000;
  Deno.stdout.writeSync(new TextEncoder().encode(`\nseed ${seed}\n`));
  const random = createRandom(seed);
  const { messages, ids, lastSeq } = await manyCommits(12_000, random);
  await using server = serveMessages(messages, 250);
  await createTopic(broker, TOPIC, 4);
  const args = once(streamOf(server.url, broker));
  let active = 0;
  let begun = false;
  for (let round = 1; round <= KILLS; round++) {
    // Until there is a cursor, a start without one would be live.
    begun ||= await committedCursor(broker) > 0;
    await using stream = new RunningProgram([...args, ...(begun ? [] : ["--cursor", "oldest"])]);
    // A third of the kills hit the start, from the first of its requests on.
    const isEarly = round % 3 === 0;
    if (!isEarly) await until("the start", () => stream.stderr.includes(ACTIVE));
    await after(random.below(isEarly ? 1500 : 700));
    if (round === 10 || round === 20) {
      await broker.kill();
      // Once the producer outlives the broker, once it is killed while there is none.
      if (round === 10) {
        await until("the outage to be noticed", () => /did not take a trans|cannot be reached/.test(stream.stderr));
        await broker.restart();
        await until("transactions again", () => stream.stderr.includes("Kafka takes transactions again"));
      }
    }
    if (stream.stderr.includes(ACTIVE)) active++;
    stream.kill("SIGKILL");
    await stream.ended();
    if (round === 20) await broker.restart();
  }
  assert(active >= KILLS / 2, `${active} of ${KILLS} were killed while they wrote`);
  await using last = new RunningProgram(args);
  await until("the end of the stream", async () => await committedCursor(broker) >= lastSeq, 120);
  await stop(last);
  assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), ids);
});

kafkaTest("stream hands a job from instance to instance, and from one way of delivery to the other", async (broker) => {
  const { messages, ids, lastSeq } = await manyCommits(8000, createRandom(1));
  await using server = serveMessages(messages, 150);
  await createTopic(broker, TOPIC, 4);
  const file = `${await Deno.makeTempDir()}/cursor`;
  const args = [...streamOf(server.url, broker), "--cursor-file", file];
  const moves = async () => {
    const before = await committedCursor(broker);
    await until("the cursor to move", async () => await committedCursor(broker) > before);
  };

  // Another instance takes over, and the first says from whom it was.
  await using first = new RunningProgram([...once(args), "--cursor", "oldest"]);
  await until("the first instance", () => first.stderr.includes(ACTIVE));
  await moves();
  await using second = new RunningProgram(once(args));
  const fenced = await first.ended();
  assertEquals(fenced.code, 3, fenced.stderr);
  assertMatch(fenced.stderr, /Error: Cannot go on as "bluesky_firehose-bluesky": \S+ pid \d+ \(\w+\) took over/);

  // A standby waits; when the active instance is killed, it goes on.
  await using third = new RunningProgram([...once(args), "--standby"]);
  await until("the standby", () => third.stderr.includes("Standing by"));
  await moves();
  assertEquals(third.stderr.includes(ACTIVE), false);
  second.kill("SIGKILL");
  await second.ended();
  await until("the standby to take over", () => third.stderr.includes(ACTIVE));
  await moves();

  // One that ends well is succeeded at once.
  await using fourth = new RunningProgram([...once(args), "--standby"]);
  await until("the standby", () => fourth.stderr.includes("Standing by"));
  await stop(third);
  await until("the standby to take over", () => fourth.stderr.includes(ACTIVE));
  await moves();
  await stop(fourth);

  // At least once goes on where exactly once ended, and back.
  const before = await committedCursor(broker);
  await using fifth = new RunningProgram(args);
  await until("the cursor file", () => readCursor(file) > before);
  const started = await stop(fifth);
  assert(started.includes(`"cursor":"${before} (cursor kept`), started);
  await using sixth = new RunningProgram(once(args));
  await until("the end of the stream", async () => await committedCursor(broker) >= lastSeq, 120);
  const ended = await stop(sixth);
  assert(ended.includes("The cursor of the file is the newer one"), ended);
  assert(before > FIRST_SEQ);
  assertExactlyOnce(await readCommitted(broker.bootstrapServers, TOPIC), ids);
});
