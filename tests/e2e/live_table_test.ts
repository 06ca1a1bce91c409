/**
 * Topics that stay true: deletes without a value, in the place of the records that they end, and compaction.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { mixOf } from "../../src/simulator/mix.ts";
import { createNetwork } from "../../src/simulator/network.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { withSeq } from "../../src/simulator/rewrite.ts";
import { tidOf } from "../../src/simulator/tid.ts";
import { readCommitted } from "../support/committed.ts";
import { type Consumed, createTopic, ownKafkaTest, testClient, withAdmin } from "../support/kafka.ts";
import { GatedMessages, serveMessages, serveSource } from "../support/many_commits.ts";
import { commitMessage } from "../support/messages.ts";
import { RunningProgram } from "../support/program.ts";
import { readCursor } from "../support/stream.ts";
import { until, untilAtLeast, untilStill } from "../support/wait.ts";

const PREFIX = "bluesky.";
const TABLE = ["--events", "records,deletes", "--kafka-key", "uri", "--tombstones", "--collections", "*"];
const FIRST_SEQ = 1000;
const FRAMES = 2000;
/** Its record begins another segment, so that the one before can be compacted. */
const MARK = "mark";

ownKafkaTest(
  "a compacted topic for each collection comes to hold exactly the records that there are",
  async (broker) => {
    const mix = mixOf({ post: 10, like: 20, follow: 20, profile: 5, foreign: 10, update: 25, delete: 30 });
    const network = await createNetwork({
      ...{ mix, seed: 11, accounts: 20, firstSeq: FIRST_SEQ, startMs: Date.UTC(2026, 0, 1), stepMs: 50 },
      ...{ pastRecords: 0, keepsRecords: true },
    });
    const messages = [];
    for (let i = 0; i < FRAMES; i++) messages.push({ ...await network.next(), atMs: null });
    await using server = serveMessages(messages, 2000);
    const cursorFile = `${await Deno.makeTempDir()}/cursor`;
    const args = ["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", broker.bootstrapServers]
      .concat(["--kafka-topic", `${PREFIX}{collection}`, "--create-topic", "--topic-partitions", "2"], TABLE)
      .concat(["--cursor-file", cursorFile]);
    // A start in between writes some of it again.
    for (const last of [FIRST_SEQ + FRAMES / 2, FIRST_SEQ + FRAMES - 1]) {
      await using stream = new RunningProgram([
        ...args,
        ...(last === FIRST_SEQ + FRAMES / 2 ? ["--cursor", "oldest"] : []),
      ]);
      await untilAtLeast("the cursor", last, () => readCursor(cursorFile));
      stream.kill("SIGKILL");
      await stream.ended();
    }

    const live = [...network.live().records.keys()].toSorted();
    assert(live.length > 200 && live.length < 1500, `${live.length}`);
    const topics = (await withAdmin(broker, (admin) => admin.listTopics())).filter((topic) => topic.startsWith(PREFIX));
    assert(topics.includes(`${PREFIX}app.bsky.feed.post`) && topics.includes(`${PREFIX}stream`), topics.join());
    // Collections that no rule names have topics too.
    assert(topics.length > 9, topics.join());
    const left = async () => {
      await mark(broker.bootstrapServers, topics);
      return (await Promise.all(topics.map((topic) => readCommitted(broker.bootstrapServers, topic)))).flat()
        .filter(({ key }) => key !== MARK).map(({ key }) => key).toSorted();
    };
    let seen: readonly string[] = [];
    await untilStill("compaction", () => seen.length, async () => {
      seen = await left();
      // Every key once, and no tombstone.
      return seen.length <= live.length;
    });
    assertEquals(seen, live);
  },
  {
    properties: [
      "log.cleaner.backoff.ms=50",
      "log.cleaner.min.cleanable.ratio=0.0001",
      "log.cleaner.delete.retention.ms=1",
      "log.roll.ms=100",
    ],
    port: 0,
  },
);

/** Writes a record to each partition of topics, later than all others. */
async function mark(server: string, topics: readonly string[]): Promise<void> {
  const producer = testClient({ bootstrapServers: server }).producer();
  await producer.connect();
  const messages = [0, 1].map((partition) => ({ partition, key: MARK, value: "", timestamp: `${Date.now()}` }));
  await producer.sendBatch({ topicMessages: topics.map((topic) => ({ topic, messages })) });
  await producer.disconnect();
}

const TOPIC = "bluesky";
const COLLECTION = "app.bsky.graph.follow";
const STEP_MS = 100;
const START_MS = Date.UTC(2026, 6, 1);
const COMMITS = 4000;
/** What the first relay lets come each time. */
const PART = 1000;

/** Creates, updates and deletes of the same few records, and the ids of their events by the record. */
async function churn() {
  const random = createRandom(5);
  const exists = new Set<string>();
  const ids = new Map<string, string[]>();
  const messages = [];
  for (let i = 0; i < COMMITS; i++) {
    const repo = `did:plc:${String(random.below(5)).padStart(24, "a")}`;
    const path = `${COLLECTION}/${random.below(8)}`;
    const uri = `at://${repo}/${path}`;
    const action = !exists.has(uri) ? "create" : random.below(2) === 0 ? "update" : "delete";
    if (action === "delete") exists.delete(uri);
    else exists.add(uri);
    const timeMs = START_MS + i * STEP_MS;
    const rev = tidOf(timeMs, i % 1000);
    ids.set(uri, [...ids.get(uri) ?? [], `${repo}/${rev}/${path}`]);
    const record = { $type: COLLECTION, subject: "did:plc:b", createdAt: `${i}` };
    const fields = { seq: FIRST_SEQ + i, repo, rev, time: new Date(timeMs).toISOString() };
    messages.push({ seq: FIRST_SEQ + i, bytes: await commitMessage([{ action, path, record }], fields), atMs: null });
  }
  return { messages, ids, exists };
}

/** Fails unless the first copies of a record's events stand in the order of the firehose, and the last one is last. */
function assertHistory(records: readonly Consumed[], ids: ReadonlyMap<string, readonly string[]>): void {
  const found = Map.groupBy(
    records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset),
    ({ key }) => key,
  );
  for (const [uri, expected] of ids) {
    const written = found.get(uri) ?? [];
    const seen = written.map(({ value, headers }) => value === "" ? headers["ce_id"] ?? "" : JSON.parse(value).id);
    assertEquals([...new Set(seen)], expected, uri);
    assertEquals(seen.at(-1), expected.at(-1), uri);
    assertEquals(new Set(written.map(({ partition }) => partition)).size, 1);
  }
}

ownKafkaTest(
  "the history of each record stands in order through kills, an outage of the broker and another relay",
  async (broker) => {
    await createTopic(broker, TOPIC, 3);
    const { messages, ids, exists } = await churn();
    const others = messages.map(({ seq, bytes, atMs }) => {
      const other = 7_000_000 + 2 * seq;
      return { seq: other, bytes: withSeq(bytes, other), atMs };
    });
    // What has not come cannot be handled before the kill, however fast the machine is.
    const gate = new GatedMessages(messages);
    const first = serveSource(gate, COMMITS, 400);
    // Nor does the other relay give what the first one holds back, where an outage makes the producer turn to it.
    const otherGate = new GatedMessages(others);
    await using second = serveSource(otherGate, COMMITS, 100_000);
    const cursorFile = `${await Deno.makeTempDir()}/cursor`;
    const args = ["stream", "--firehose-url", `${first.url},${second.url}`, "--kafka-bootstrap-servers"]
      .concat([broker.bootstrapServers, "--kafka-topic", TOPIC, "--cursor-file", cursorFile], TABLE);
    const cursor = () => readCursor(cursorFile);
    for (let round = 1; round <= 3; round++) {
      await using stream = new RunningProgram([...args, ...(round === 1 ? ["--cursor", "oldest"] : [])]);
      gate.let(PART);
      await untilAtLeast("the cursor", FIRST_SEQ + (round - 1) * PART + PART / 2, cursor);
      if (round === 2) {
        await broker.kill();
        await until("the outage to be noticed", () => stream.stderr.includes("Kafka is unreachable"));
        await broker.restart();
        await untilAtLeast("the cursor", cursor() + 1, cursor);
      }
      stream.kill("SIGKILL");
      await stream.ended();
    }
    await using last = new RunningProgram(args);
    gate.let(PART / 2);
    await untilAtLeast("the cursor", FIRST_SEQ + 3 * PART + PART / 4, cursor);
    gate.end();
    otherGate.let(COMMITS);
    await first[Symbol.asyncDispose]();
    await untilAtLeast("the cursor on the other relay", others.at(-1)?.seq ?? 0, cursor);
    await last.stop();

    const records = await readCommitted(broker.bootstrapServers, TOPIC);
    assertHistory(records, ids);
    const states = new Map(records.map(({ key, value }) => [key, value]));
    assertEquals([...states].flatMap(([key, value]) => value === "" ? [] : [key]).toSorted(), [...exists].toSorted());
  },
);
