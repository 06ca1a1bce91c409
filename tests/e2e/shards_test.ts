/**
 * Several instances that share the network by `--shard`, and twice as many after them: what docs/filters.md promises.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readCommitted } from "../support/committed.ts";
import { TestFolder } from "../support/folder.ts";
import { createTopic, kafkaTest, type SharedKafka } from "../support/kafka.ts";
import { commitMessage } from "../support/messages.ts";
import { RunningCommand } from "../support/running_command.ts";
import { TimedHost } from "../support/timed_host.ts";
import { until } from "../support/wait.ts";

const LIKE = "app.bsky.feed.like";
const DIDS = Array.from({ length: 16 }, (_, i) => `did:plc:${"abcdefghijklmnop"[i]}`.padEnd(32, "a"));

function uri(i: number): string {
  return `at://${DIDS[i % DIDS.length]}/${LIKE}/n${i}`;
}

/** Messages from one number up to, not including, another: one like each, of the accounts in turn. */
function likes(from: number, to: number) {
  return Promise.all(Array.from({ length: to - from }, async (_, k) => {
    const i = from + k;
    const time = new Date(Date.UTC(2026, 6, 1) + i * 1000).toISOString();
    const repo = DIDS[i % DIDS.length];
    const fields = { seq: 1000 + i, repo, rev: `3l${i.toString(32).padStart(11, "2")}`, time };
    return { seq: 1000 + i, bytes: await commitMessage([{ path: `${LIKE}/n${i}`, record: { i } }], fields) };
  }));
}

/** The shards of a job, between a relay and a topic. */
class Shards {
  readonly host: TimedHost;
  readonly folder = new TestFolder();
  readonly #kafka: SharedKafka;

  constructor(kafka: SharedKafka, host: TimedHost) {
    this.#kafka = kafka;
    this.host = host;
  }

  /** Starts an instance; `0/1` is one that knows of no shards. */
  start(shard: string, more: readonly string[], file = shard): RunningCommand {
    const { bootstrapServers, topic } = this.#kafka;
    return new RunningCommand([
      ...["stream", "--firehose-url", this.host.url, "--kafka-bootstrap-servers", bootstrapServers],
      ...["--kafka-topic", topic, "--cursor-file", this.file(file), ...more],
      ...(shard === "0/1" ? [] : ["--shard", shard]),
    ]);
  }

  /** Starts twice as many shards, each with a copy of the cursor file of the shard that its accounts were in, if told to. */
  async startTwiceAsMany(count: number, more: readonly string[], copies: boolean): Promise<RunningCommand[]> {
    const shards = Array.from({ length: 2 * count }, (_, index) => index);
    if (copies) {
      for (const index of shards) {
        await Deno.copyFile(this.file(`${index % count}/${count}`), this.file(`${index}/${2 * count}`));
      }
    }
    return shards.map((index) => this.start(`${index}/${2 * count}`, more));
  }

  file(shard: string): string {
    return this.folder.file(shard.replace("/", "-of-"));
  }

  async uris(): Promise<string[]> {
    const records = await readCommitted(this.#kafka.bootstrapServers, this.#kafka.topic);
    return records.map(({ value }) => JSON.parse(value).data.uri);
  }

  async add(from: number, to: number): Promise<void> {
    for (const message of await likes(from, to)) this.host.add(message);
  }

  /** Resolves when the topic has what these shards write of the messages before `to`. */
  async has(count: number, what: string): Promise<void> {
    await until(what, async () => (await this.uris()).length >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

async function stopped(command: RunningCommand): Promise<void> {
  assertEquals(await command.stop(), "ok", command.stderr);
}

/** One instance, then two shards of which one ends before the other, then four; what the topic holds at the end. */
async function grown(shards: Shards, options: readonly string[], adopt: readonly string[]): Promise<void> {
  const copies = adopt.length > 0;
  const single = shards.start("0/1", [...options, "--cursor", "oldest"]);
  await shards.has(40, "the events of the only instance");
  await stopped(single);
  await shards.add(40, 64);
  const [zero, one] = await shards.startTwiceAsMany(1, [...options, ...adopt], copies);
  if (zero === undefined || one === undefined) throw new Error("no shards");
  await shards.has(64, "the events of both shards");
  await stopped(zero);
  await shards.add(64, 96);
  const before = (await shards.uris()).length;
  await shards.has(before + 1, "more of the other shard");
  await stopped(one);
  await shards.add(96, 120);
  const four = await shards.startTwiceAsMany(2, [...options, ...adopt], copies);
  await shards.has(120, "all events");
  for (const command of four) await stopped(command);
  assertEquals((await shards.uris()).sort(), Array.from({ length: 120 }, (_, i) => uri(i)).sort());
}

function shardsTest(name: string, test: (shards: Shards, kafka: SharedKafka) => Promise<void>): void {
  kafkaTest(name, async (kafka) => {
    await createTopic(kafka, kafka.topic, 3);
    await using shards = new Shards(kafka, new TimedHost(await likes(0, 40)));
    await test(shards, kafka);
  });
}

shardsTest(
  "stream with twice as many shards resumes at copies of the cursor files, and loses nothing",
  async (shards) => {
    await grown(shards, [], ["--cursor", "adopt"]);
  },
);

shardsTest(
  "stream with exactly-once and twice as many shards resumes after the records of its own accounts",
  async (shards) => {
    await grown(shards, ["--delivery", "exactly-once"], []);
  },
);

shardsTest("stream refuses the cursor file of another shard, and names both", async (shards, { topic }) => {
  await using first = shards.start("0/2", ["--cursor", "oldest"]);
  await until("a cursor", () => Deno.stat(shards.file("0/2")).then(() => true, () => false));
  await stopped(first);
  await using other = shards.start("1/2", [], "0/2");
  assertEquals(await other.exit, "failed");
  const job = `bluesky_firehose-${topic}`;
  assertStringIncludes(other.stderr, `belongs to another job: job "${job}-0-of-2", not "${job}-1-of-2"`);
});
