/**
 * A long run in which everything breaks: `deno task soak [--minutes N] [--seed S] [--rate R]`. Four jobs at once, each with
 * a simulated relay that has faults, on a cluster of three brokers one of which is killed now and then. The producers are
 * ended now and then by SIGKILL or SIGTERM, and while they are down something happens to their cursors. Three of the jobs
 * have everything switched on, in a network in which everything happens. At the end every
 * operation of the simulated networks and every gap event is accounted for; status 1 if a promise was not kept.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startCluster } from "../../scripts/kafka.ts";
import type { Fault } from "../../src/simulator/faults.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { createTopics } from "../support/kafka.ts";
import { createJob, type Job, type JobPlan } from "./job.ts";

const TYPED = ["app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.graph.follow", "app.bsky.actor.profile"];
const PARTITIONS = 6;

const { minutes = "10", seed: given, rate = "300" } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, rate: { type: "string" } },
}).values;
const seed = Number(given ?? Date.now() % 2 ** 31);
if ([Number(minutes), Number(rate), seed].some((number) => !(number >= 0))) {
  throw new RangeError("Cannot soak: --minutes, --seed and --rate take numbers");
}
const random = createRandom(seed);

function between(from: number, to: number): number {
  return from + random.below(to - from);
}

function relayFaults(): readonly Fault[] {
  return [
    { name: "missing-block", every: between(150, 400) },
    { name: "wrong-time", every: between(20, 200) },
    { name: "clean-close", every: between(1000, 3000) },
    { name: "error-frame", every: between(1500, 3000) },
    { name: "stall", every: between(2000, 4000) },
    { name: "garbage", every: between(200, 900) },
    { name: "repeat", every: between(200, 900) },
  ];
}

const busy = { collections: null, sampleRate: 0.9, rate: Number(rate) / 3 } as const;
const plans: readonly JobPlan[] = [
  {
    ...busy,
    name: "at-least-once",
    deliveries: ["at-least-once"],
    numbering: "sparse",
    downFaults: ["swapped-cursor", "skewed-clock"],
    relayFaults: relayFaults(),
  },
  {
    ...busy,
    name: "exactly-once",
    deliveries: ["exactly-once"],
    numbering: "dense",
    downFaults: ["expired-offsets", "foreign-commit"],
    relayFaults: relayFaults(),
  },
  {
    ...busy,
    name: "alternating",
    deliveries: ["at-least-once", "exactly-once"],
    numbering: "sparse",
    // A swapped file is refused only where the next run is at-least-once, which is after every second one.
    downFaults: ["skewed-clock", "swapped-cursor", "skewed-clock", "foreign-commit", "foreign-commit", "skewed-clock"],
    relayFaults: relayFaults(),
  },
  {
    name: "quiet",
    deliveries: ["at-least-once"],
    numbering: "sparse",
    downFaults: [],
    relayFaults: [],
    collections: TYPED,
    sampleRate: 1,
    rate: "quiet",
  },
];

const node = { properties: ["min.insync.replicas=2"], port: 0 };
await using cluster = await startCluster([node, node, node]);
await createTopics(
  cluster,
  plans.map(({ name }) => ({ topic: name, numPartitions: PARTITIONS, replicationFactor: 3 })),
);

const startedMs = performance.now();
const endMs = startedMs + Number(minutes) * 60_000;
const print = (line: string) => {
  const at = ((performance.now() - startedMs) / 1000).toFixed(0).padStart(4);
  Deno.stdout.writeSync(new TextEncoder().encode(`${at} s  ${line}\n`));
};
print(`seed ${seed}, ${minutes} minutes, ${rate} messages a second`);
for (const { name, relayFaults } of plans) {
  print(`${name}: ${relayFaults.map(({ name, every }) => `${name}@${every}`).join(" ") || "no faults of the relay"}`);
}

function seconds(count: number): Promise<void> {
  return after(Math.max(0, Math.min(count * 1000, endMs - performance.now())));
}

let brokerKills = 0;

async function killBrokers(): Promise<void> {
  for (;;) {
    await seconds(between(20, 60));
    if (performance.now() >= endMs) return;
    const index = random.below(cluster.nodes.length);
    const broker = cluster.nodes[index];
    if (broker === undefined) continue;
    await broker.kill();
    print(`broker ${index + 1} killed, ${++brokerKills}`);
    await seconds(between(1, 15));
    await broker.restart();
  }
}

await using jobs = new AsyncDisposableStack();
const running: Job[] = [];
for (const plan of plans) {
  const own = createRandom(random.below(2 ** 31));
  running.push(jobs.use(await createJob(plan, { cluster, endMs, print }, own)));
}
await Promise.all([killBrokers(), ...running.map((job) => job.run())]);
print(`brokers killed: ${brokerKills}`);
const broken: string[] = [];
for (const job of running) {
  const { name, messages, connections, counts, account, gaps, broken: ofJob } = await job.account();
  print(`${name}: messages ${messages}, connections ${connections}, ${JSON.stringify(counts)}`);
  print(`${name}: ${JSON.stringify(account)}, gap events at the relay's own holes: ${gaps.holes}`);
  broken.push(...ofJob);
}
print(broken.length === 0 ? "Every promise was kept" : `NOT KEPT, ${broken.length}:\n${broken.join("\n")}`);
if (broken.length > 0) Deno.exitCode = 1;
