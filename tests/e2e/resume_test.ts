/**
 * Where a stream resumes when its cursor is missing, belongs to something else, or is out of date: each row of the table in
 * docs/delivery.md that needs real brokers.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readCommitted } from "../support/committed.ts";
import { TestFolder } from "../support/folder.ts";
import { createTopic, kafkaTest, recreateTopic, type SharedKafka, testClient, withAdmin } from "../support/kafka.ts";
import { RunningCommand } from "../support/running_command.ts";
import { commit, commits, TimedHost, uris } from "../support/timed_host.ts";
import { until } from "../support/wait.ts";

const seqOf = (i: number) => 1000 + i;

/** A job between a relay and a topic, which can be run several times. */
class Job {
  readonly folder: TestFolder;
  readonly #kafka: SharedKafka;
  readonly #host: TimedHost;

  constructor(kafka: SharedKafka, host: TimedHost, folder: TestFolder) {
    this.#kafka = kafka;
    this.#host = host;
    this.folder = folder;
  }

  command(...more: string[]): RunningCommand {
    const topic = more.includes("--kafka-topic") ? [] : ["--kafka-topic", this.#kafka.topic];
    return new RunningCommand([
      ...["stream", "--firehose-url", this.#host.url, "--kafka-bootstrap-servers", this.#kafka.bootstrapServers],
      ...["--cursor-file", this.folder.file("cursor"), ...topic, ...more],
    ]);
  }

  /** The URIs and types of the topic's events, gaps by their cause. */
  async events(topic = this.#kafka.topic): Promise<string[]> {
    const records = await readCommitted(this.#kafka.bootstrapServers, topic);
    return records.map(({ value }) => JSON.parse(value)).map(({ data }) => data.uri ?? `gap: ${data.cause}`);
  }

  /** Runs until the topic has what is expected; returns what was logged. */
  async run(expected: readonly string[], ...more: string[]): Promise<string> {
    await using command = this.command(...more);
    await until(
      `${expected.length} events: ${command.stderr}`,
      async () => (await this.events()).length >= expected.length,
    );
    assertEquals(await command.stop(), "ok", command.stderr);
    assertEquals(await this.events(), expected, command.stderr);
    return command.stderr;
  }

  /** Runs a command that must not start; returns why it does not. */
  async refused(...more: string[]): Promise<string> {
    await using command = this.command(...more);
    assertEquals(await command.exit, "failed", command.stderr);
    return command.stderr;
  }
}

function jobTest(name: string, test: (job: Job, kafka: SharedKafka, host: TimedHost) => Promise<void>): void {
  kafkaTest(name, async (kafka) => {
    await using folder = new TestFolder();
    await using host = new TimedHost(await commits(0, 10, seqOf));
    await createTopic(kafka, kafka.topic, 1);
    await test(new Job(kafka, host, folder), kafka, host);
  });
}

const ONCE = ["--delivery", "exactly-once"];
const OLDEST = ["--cursor", "oldest"];

/** More messages of the relay. */
async function goOn(host: TimedHost, from: number, to: number): Promise<void> {
  for (const message of await commits(from, to, seqOf)) host.add(message);
}

jobTest(
  "stream refuses the cursor file of another job and names both, and takes it over with --cursor adopt",
  async (job, kafka, host) => {
    await job.run(uris(0, 10), ...OLDEST);
    await goOn(host, 10, 12);
    const other = await job.refused("--transactional-id", "other");
    assertStringIncludes(other, `belongs to another job: job "bluesky_firehose-${kafka.topic}", not "other"`);
    const options = await job.refused("--collections", "app.bsky.feed.post");
    assertStringIncludes(options, "other events, collections, sample rate or filters");
    await createTopic(kafka, `${kafka.topic}-2`, 1);
    assertStringIncludes(
      await job.refused("--kafka-topic", `${kafka.topic}-2`),
      `topic "${kafka.topic}", not "${kafka.topic}-2"`,
    );
    // Nothing was written to the file meanwhile, and the job itself resumes.
    await job.run(uris(0, 12));
    await goOn(host, 12, 13);
    await job.run(uris(0, 13), "--transactional-id", "other", "--cursor", "adopt");
    await job.run(uris(0, 13), "--transactional-id", "other");
  },
);

jobTest("stream refuses a cursor of the same topic on another cluster", async (job) => {
  await job.run(uris(0, 10), ...OLDEST);
  const path = job.folder.file("cursor");
  const saved = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...saved, owner: { ...saved.owner, cluster: "another" } }));
  assertStringIncludes(await job.refused(), "cluster another, not ");
});

jobTest(
  "stream with exactly-once refuses the cursor of another transactional ID in its group, and leaves that job alone",
  async (job, kafka, host) => {
    const group = `${kafka.topic}-group`;
    const first = [...ONCE, "--cursor-group", group, "--transactional-id", `${kafka.topic}-1`];
    const second = [...ONCE, "--cursor-group", group, "--transactional-id", `${kafka.topic}-2`];
    await job.run(uris(0, 10), ...first, ...OLDEST);
    await goOn(host, 10, 12);
    assertStringIncludes(await job.refused(...second), `job "${kafka.topic}-1", not "${kafka.topic}-2"`);
    await job.run(uris(0, 12), ...first);
  },
);

jobTest(
  "stream with exactly-once resumes after the topic's last records where the group's offset is gone",
  async (job, kafka, host) => {
    await job.run(uris(0, 10), ...ONCE, ...OLDEST);
    await goOn(host, 10, 30);
    // As it expires by offsets.retention.minutes.
    const group = `bluesky_firehose-${kafka.topic}`;
    await withAdmin(kafka, (admin) => admin.deleteGroups([group, `${group}-alive`]));
    const stderr = await job.run(uris(0, 30), ...ONCE);
    assertMatch(stderr, /"level":"error","message":"The cursor of this job is missing from the group/);
  },
);

jobTest(
  "stream with exactly-once takes no offset of another consumer for its cursor, and repeats nothing",
  async (job, kafka, host) => {
    await job.run(uris(0, 10), ...ONCE, ...OLDEST);
    await goOn(host, 10, 20);
    const groupId = `bluesky_firehose-${kafka.topic}`;
    await withAdmin(
      kafka,
      (admin) => admin.setOffsets({ groupId, topic: kafka.topic, partitions: [{ partition: 0, offset: "3" }] }),
    );
    const stderr = await job.run(uris(0, 20), ...ONCE);
    assertStringIncludes(stderr, "holds an offset of another consumer");
  },
);

jobTest(
  "stream with exactly-once writes a gap where its topic was deleted and created again while it was down",
  async (job, kafka, host) => {
    await job.run(uris(0, 10), ...ONCE, ...OLDEST);
    await recreateTopic(kafka, kafka.topic, 1);
    await goOn(host, 10, 20);
    // Live is the last message there is.
    const stderr = await job.run(["gap: cursor-lost", ...uris(19, 20)], ...ONCE);
    assertMatch(
      stderr,
      /"level":"error","message":"The cursor of this job is missing from .*starting live, with a gap/,
    );
    await goOn(host, 20, 22);
    await job.run(["gap: cursor-lost", ...uris(19, 22)], ...ONCE);
  },
);

jobTest("stream resumes after the topic's last records where its cursor file is gone", async (job, _kafka, host) => {
  await job.run(uris(0, 10), ...OLDEST);
  await goOn(host, 10, 20);
  await Deno.remove(job.folder.file("cursor"));
  const stderr = await job.run(uris(0, 20));
  assertMatch(stderr, /"level":"warn","message":"There is no cursor in the file .*up to 1009 of /);
});

jobTest(
  "stream resumes at its cursor where its topic was created again, and says what the topic lacks",
  async (job, kafka, host) => {
    await job.run(uris(0, 10), ...OLDEST);
    await recreateTopic(kafka, kafka.topic, 1);
    await goOn(host, 10, 20);
    assertStringIncludes(await job.run(uris(10, 20)), "The topic was deleted and created again");
  },
);

jobTest(
  "stream resumes at the cursor of the last run in either way of delivery, whatever the clocks say",
  async (job, _kafka, host) => {
    await job.run(uris(0, 10), ...OLDEST);
    // The run that ended first had a clock that was two minutes ahead.
    const path = job.folder.file("cursor");
    const saved = JSON.parse(await Deno.readTextFile(path));
    const savedAt = new Date(Date.parse(saved.savedAt) + 120_000).toISOString();
    await Deno.writeTextFile(path, JSON.stringify({ ...saved, savedAt }));
    await goOn(host, 10, 12);
    await job.run(uris(0, 12), ...ONCE);
    await goOn(host, 12, 14);
    await job.run(uris(0, 14), ...ONCE);
    await goOn(host, 14, 16);
    await job.run(uris(0, 16));
    const { epoch } = JSON.parse(await Deno.readTextFile(path));
    assertEquals(epoch, 4);
  },
);

kafkaTest("check says where stream would resume with exactly-once, and changes nothing", async (kafka) => {
  await using folder = new TestFolder();
  await using host = new TimedHost(await commits(0, 10, seqOf));
  const job = new Job(kafka, host, folder);
  const check = async () => {
    await using command = new RunningCommand([
      ...["check", "--firehose-url", host.url, "--kafka-bootstrap-servers", kafka.bootstrapServers],
      ...["--kafka-topic", kafka.topic, "--cursor-file", folder.file("cursor"), ...ONCE, "--create-topic", "--json"],
    ]);
    await command.exit;
    const { checks } = JSON.parse(command.stdout);
    return checks.find(({ name }: { name: string }) => name === "cursor");
  };
  // A broker that is new has no coordinators yet, which is a warning.
  let first = await check();
  await until("the coordinators", async () => {
    if (first.status === "warning") first = await check();
    return first.status !== "warning";
  });
  assertEquals(first.status, "ok", JSON.stringify(first));
  assertStringIncludes(first.detail, "live (first start)");
  await createTopic(kafka, kafka.topic, 1);
  await job.run(uris(0, 10), ...ONCE, ...OLDEST);
  host.add(await commit(10, seqOf(10)));
  const group = `bluesky_firehose-${kafka.topic}`;
  const before = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId: group }));
  const found = await check();
  assertEquals(found.status, "ok", JSON.stringify(found));
  assertStringIncludes(found.detail, `starts ${seqOf(9)} (cursor in the group "${group}"`);
  assertEquals(await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId: group })), before);
  await withAdmin(kafka, (admin) => admin.deleteGroups([group, `${group}-alive`]));
  const gone = await check();
  assertEquals(gone.status, "warning", JSON.stringify(gone));
  assertStringIncludes(gone.detail, "by the last records of the topic");
  const { groups } = await testClient(kafka).admin().listGroups().catch(() => ({ groups: [] }));
  assert(!groups.some(({ groupId }) => groupId === group));
});
