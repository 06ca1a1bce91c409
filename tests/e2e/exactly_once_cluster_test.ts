import { setTimeout as after } from "node:timers/promises";
import { assertEquals } from "@std/assert";
import type { Broker, Cluster } from "../../scripts/kafka.ts";
import type { Random } from "../../src/simulator/random.ts";
import { clusterTest } from "../support/cluster.ts";
import { readCommitted } from "../support/committed.ts";
import {
  ACTIVE,
  assertExactlyOnce,
  committedCursor,
  once,
  printedRandom,
  says,
  streamOf,
  TOPIC,
} from "../support/exactly_once.ts";
import { TestFolder } from "../support/folder.ts";
import { createTopics, withAdmin } from "../support/kafka.ts";
import { serveMessages } from "../support/many_commits.ts";
import { RunningProgram } from "../support/program.ts";
import { untilAtLeast } from "../support/wait.ts";
import { EVERYTHING, manyMessages, REMEMBERING } from "../support/whole_network.ts";

// One of three may be away, and what two have is kept.
const NODE = { properties: ["transaction.state.log.min.isr=2", "min.insync.replicas=2"], port: 0 } as const;
const NODES = [1, 2, 3] as const;
const PARTITIONS = 4;
/** Whose leader coordinates the transactions, and whose the group with the cursor; each has one partition. */
const TRANSACTIONS = "__transaction_state";
const GROUPS = "__consumer_offsets";

/** The nodes that lead the partitions of a topic. */
async function leadersOf(cluster: Cluster, topic: string): Promise<readonly number[]> {
  const { topics } = await withAdmin(cluster, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const partitions = (topics[0]?.partitions ?? []).toSorted((a, b) => a.partitionId - b.partitionId);
  return partitions.map(({ leader }) => leader);
}

function nodeOf(cluster: Cluster, id: number | undefined): Broker {
  const node = cluster.nodes[(id ?? 0) - 1];
  if (node === undefined) throw new Error(`There is no node ${id}`);
  return node;
}

/** Makes other nodes the leaders of everything: those that come `by` places after each one's own. */
async function elect(cluster: Cluster, by: number): Promise<void> {
  const wanted = new Map<string, number[]>();
  await withAdmin(cluster, async (admin) => {
    const topics = [];
    for (const topic of [TOPIC, TRANSACTIONS, GROUPS]) {
      const first = (await leadersOf(cluster, topic)).map((leader) => (leader - 1 + by) % 3);
      wanted.set(topic, first.map((at) => at + 1));
      const replicasFrom = (at: number) => [0, 1, 2].map((i) => NODES[(at + i) % 3] ?? 1);
      const partitionAssignment = first.map((at, partition) => ({ partition, replicas: replicasFrom(at) }));
      topics.push({ topic, partitionAssignment });
    }
    await admin.alterPartitionReassignments({ topics });
  });
  await cluster.tool("org.apache.kafka.tools.LeaderElectionCommand", [
    ...["--bootstrap-server", cluster.bootstrapServers, "--election-type", "preferred", "--all-topic-partitions"],
  ]);
  for (const [topic, leaders] of wanted) assertEquals(await leadersOf(cluster, topic), leaders, topic);
}

/** One job, whose instance is ended now and then, and succeeded by another one. */
class Job implements AsyncDisposable {
  kills = 0;
  readonly #cluster: Cluster;
  readonly #args: readonly string[];
  readonly #random: Random;
  readonly #lastSeq: number;
  #stream: RunningProgram;
  #cursor = 0;

  /** `args` begin an instance; `lastSeq` is the end of the stream. */
  constructor(cluster: Cluster, args: readonly string[], lastSeq: number, random: Random) {
    this.#cluster = cluster;
    this.#args = args;
    this.#lastSeq = lastSeq;
    this.#random = random;
    this.#stream = new RunningProgram([...this.#args, "--cursor", "oldest"]);
  }

  /** Waits until the instance has committed more, be it all there is. */
  async commits(): Promise<void> {
    await says(this.#cluster, this.#stream, ACTIVE);
    await this.passes(Math.min(Math.max(this.#cursor, await committedCursor(this.#cluster)) + 1, this.#lastSeq));
  }

  /** Waits until the cursor is at `seq` or behind it; fails if the instance ended. */
  async passes(seq: number): Promise<void> {
    await untilAtLeast("the cursor", seq, async () => {
      assertEquals(this.#stream.code, null, this.#stream.stderr);
      return this.#cursor = await committedCursor(this.#cluster);
    });
  }

  /** Ends the instance at a random moment of the next milliseconds, and begins another one. */
  async kill(withinMs: number): Promise<void> {
    await after(this.#random.below(withinMs));
    this.#stream.kill("SIGKILL");
    await this.#stream.ended();
    this.kills++;
    this.#stream = new RunningProgram(this.#args);
  }

  stop(): Promise<string> {
    return this.#stream.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream[Symbol.asyncDispose]();
  }
}

clusterTest(
  "stream delivers exactly once though brokers are killed, other leaders elected, and it is killed meanwhile",
  async (cluster) => {
    const random = printedRandom();
    const { messages, ids, lastSeq } = await manyMessages(6000, random);
    await using server = serveMessages(messages, 130);
    const topics = [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: NODES.length }];
    await createTopics(cluster, topics);
    await using folder = new TestFolder();
    const args = once(streamOf(server.url, cluster, folder.file("cursor"), [...EVERYTHING, ...REMEMBERING]));
    await using job = new Job(cluster, args, lastSeq, random);
    await job.commits();
    for (const topic of [TRANSACTIONS, TOPIC, GROUPS]) {
      const node = nodeOf(cluster, (await leadersOf(cluster, topic))[0]);
      await node.kill();
      // An instance outlives that; it and others are killed while the broker is away, and while it comes back.
      if (topic !== GROUPS) await job.commits();
      await job.kill(700);
      await job.kill(1500);
      await Promise.all([node.restart(), job.kill(3000)]);
      await job.commits();
    }
    await elect(cluster, 1);
    await job.commits();
    await Promise.all([elect(cluster, 1), job.kill(3000)]);
    await job.passes(lastSeq);
    await job.stop();
    assertEquals(job.kills, 10);
    assertExactlyOnce(await readCommitted(cluster.bootstrapServers, TOPIC), ids);
  },
  [NODE, NODE, NODE],
);
