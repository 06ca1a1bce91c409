import { assert, assertEquals, assertMatch } from "@std/assert";
import RequestQueue from "kafkajs/src/network/requestQueue/index.js";
import type { Broker, Cluster } from "../../scripts/kafka.ts";
import { type ProducerOptions, PROFILES } from "../../src/kafka/client/options.ts";
import { openKafkaProducer } from "../../src/kafka/producer/producer.ts";
import type { Producer } from "../../src/record/producer.ts";
import { clusterTest, Traffic } from "../support/cluster.ts";
import { createTopics, withAdmin } from "../support/kafka.ts";
import { Notes, recordOf } from "../support/records.ts";
import { producerOptions, Told } from "../support/producer.ts";
import { until } from "../support/wait.ts";

const NEVER = new AbortController().signal;
/** What the second node can write into one file, as if its disk ended there. */
const DISK_BYTES = 16 * 1024 * 1024;
const NODE = { properties: [], port: 0 } as const;
/** KafkaJS's number for a resource that is a topic. */
const TOPIC_RESOURCE = 2;

/** Creates a topic whose partitions have these replicas, the leader first. */
async function createAssigned(
  cluster: Cluster,
  topic: string,
  replicas: readonly (readonly number[])[],
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const replicaAssignment = replicas.map((each, partition) => ({ partition, replicas: [...each] }));
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await createTopics(cluster, [{ topic, replicaAssignment, configEntries }]);
}

interface Running {
  readonly sink: Producer;
  readonly told: Told;
  readonly traffic: Traffic;
}

async function run(
  cluster: Cluster,
  topic: string,
  use: (running: Running) => Promise<void>,
  bytes = 0,
  over: Partial<ProducerOptions> = {},
): Promise<void> {
  const told = new Told();
  const profile = { ...PROFILES.kafka, requestTimeoutMs: 5000 };
  const options = producerOptions(cluster.bootstrapServers, topic, { profile, random: () => 0.1, ...over });
  await using sink = await openKafkaProducer(options, told, NEVER);
  await use({ sink, told, traffic: new Traffic(sink, topic, bytes) });
}

/** Gives each partition these replicas, and waits until it is led by the first of them. */
async function move(cluster: Cluster, topic: string, replicas: readonly number[]): Promise<void> {
  await withAdmin(cluster, async (admin) => {
    const partitionAssignment = replicas.map((node, partition) => ({ partition, replicas: [node] }));
    await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
    await until("the leaders to move", async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const partitions = topics[0]?.partitions ?? [];
      return partitions.every(({ partitionId, leader }) => leader === replicas[partitionId]);
    });
  });
}

/** Where one answer covers several partitions, a leader that moves to a broker which has answered already loses records. */
async function assertOutlivesMovedLeaders(cluster: Cluster): Promise<void> {
  const topic = "moved";
  await createAssigned(cluster, topic, [[1], [2], [3], [1]]);
  await run(cluster, topic, async ({ sink, traffic, told }) => {
    traffic.write(10);
    await sink.flush();
    const rounds = [[2, 1, 1, 3], [1, 1, 1, 1], [3, 2, 1, 2], [2, 2, 2, 2]];
    for (const replicas of rounds) await traffic.during(move(cluster, topic, replicas));
    traffic.write(10);
    await traffic.assertKept(cluster);
    assert(told.reasons.length > 0);
    for (const reason of told.reasons) assertMatch(reason, /leader|host this topic/i);
    assert(told.recoveries > 0);
  });
}

async function assertWaitsForReplicas(cluster: Cluster, node: Broker): Promise<void> {
  const topic = "in-sync";
  await createAssigned(cluster, topic, [[3, 1, 2], [1, 2, 3]], { "min.insync.replicas": "3" });
  await run(cluster, topic, async ({ sink, traffic, told }) => {
    traffic.write(10);
    await sink.flush();
    await node.kill();
    const tells = () => told.reasons.some((reason) => /in-sync|insync/i.test(reason));
    await traffic.during(until("too few replicas", tells));
    const delivered = traffic.notes.told.length;
    await traffic.during(node.restart());
    await traffic.assertKept(cluster);
    assert(traffic.notes.told.length > delivered + 100);
  });
}

async function assertSplitsForLoweredLimit(cluster: Cluster): Promise<void> {
  const topic = "lowered";
  await createAssigned(cluster, topic, [[1], [3]]);
  await run(cluster, topic, async ({ sink, traffic, told }) => {
    traffic.write(10);
    await sink.flush();
    await withAdmin(cluster, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{
          type: TOPIC_RESOURCE,
          name: topic,
          configEntries: [{ name: "max.message.bytes", value: "3000" }],
        }],
      }));
    const large = new Notes();
    let tries = 0;
    await until("the limit to hold", async () => {
      sink.write(recordOf(topic, "did:plc:large", `large ${tries++}`.padEnd(4000)), large);
      await sink.flush();
      return large.told.some((line) => line.endsWith("dropped"));
    });
    assertEquals(large.told.filter((line) => line.endsWith("dropped")).length, 1);
    // A batch of them is larger than that, and goes in parts.
    traffic.write(60);
    await sink.flush();
    assertEquals(traffic.notes.told.filter((line) => line.endsWith(" delivered")).length, 70 * 12);
    assertEquals(told.reasons, []);
  });
}

async function assertSlowsForQuota(cluster: Cluster): Promise<void> {
  const topic = "throttled";
  await createAssigned(cluster, topic, [[1]]);
  await cluster.tool("kafka.admin.ConfigCommand", [
    ...["--bootstrap-server", cluster.bootstrapServers, "--alter", "--add-config", "producer_byte_rate=10000"],
    ...["--entity-type", "clients", "--entity-name", "slow"],
  ]);
  const longest = watchThrottling();
  await run(
    cluster,
    topic,
    async ({ sink, traffic, told }) => {
      for (let i = 0; i < 5; i++) {
        traffic.write(5);
        await sink.flush();
      }
      await traffic.assertKept(cluster);
      assertEquals(told.reasons, []);
    },
    500,
    { clientId: "slow", profile: PROFILES.kafka },
  );
  assert(longest() > 0, "the broker never asked for less");
}

/** The longest time for which a broker asked to be left alone, in milliseconds. */
function watchThrottling(): () => number {
  const queue = RequestQueue.prototype as unknown as { maybeThrottle(ms: number): void };
  const { maybeThrottle } = queue;
  let longest = 0;
  queue.maybeThrottle = function (ms) {
    longest = Math.max(longest, ms ?? 0);
    maybeThrottle.call(this, ms);
  };
  return () => {
    queue.maybeThrottle = maybeThrottle;
    return longest;
  };
}

async function assertOutlivesFullDisk(cluster: Cluster): Promise<void> {
  const topic = "full";
  await createAssigned(cluster, topic, [[2, 1]], { "min.insync.replicas": "1" });
  await run(cluster, topic, async ({ sink, traffic, told }) => {
    traffic.write(10);
    await sink.flush();
    // Each round is 240 KB: more than the disk holds, the end of it while the broker is gone.
    for (let i = 0; i < 80; i++) {
      traffic.write(1);
      if (i % 10 === 0) await sink.flush();
    }
    await traffic.assertKept(cluster);
    assert(told.reasons.length > 0 && told.recoveries > 0, `${told.reasons}`);
    const leaders = await withAdmin(cluster, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    assertEquals(leaders.topics[0]?.partitions[0]?.leader, 1);
  }, 20_000);
}

clusterTest(
  "a producer loses and repeats nothing and keeps the order of keys through each trouble of the brokers",
  async (cluster) => {
    const [, , third] = cluster.nodes;
    if (third === undefined) throw new Error("There are too few nodes");
    await assertOutlivesMovedLeaders(cluster);
    await assertSplitsForLoweredLimit(cluster);
    await assertSlowsForQuota(cluster);
    await assertWaitsForReplicas(cluster, third);
    await assertOutlivesFullDisk(cluster);
  },
  [NODE, { ...NODE, maxFileBytes: DISK_BYTES }, NODE],
);
