/**
 * A long run in which everything breaks: `deno task soak [--minutes N] [--seed S] [--rate R]`. A simulated firehose with
 * faults, a cluster of three brokers one of which is killed now and then, and the producer, which is ended now and then by
 * SIGKILL or SIGTERM. At the end every operation of the simulated network is accounted for; status 1 if one is lost.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { parseArgs } from "node:util";
import { join } from "node:path";
import { startCluster } from "../../scripts/kafka.ts";
import { createRandom, type Random } from "../../src/simulator/random.ts";
import { serve } from "../../src/simulator/server.ts";
import { createWorld, type SimulatedFrame } from "../../src/simulator/world.ts";
import { consumeAll, withAdmin } from "../support/kafka.ts";
import { RunningProgram } from "../support/program.ts";
import { readCursor } from "../support/stream.ts";
import { untilAtLeast } from "../support/wait.ts";
import { accountFor } from "./account.ts";

const TOPIC = "soak";
const COLLECTIONS = ["app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.graph.follow"] as const;
const SAMPLE_RATE = 0.9;
const FIRST_SEQ = 31_500_000_000;
/** By how much the simulator's `seq-jump` raises the numbers. */
const JUMP = 1_000_000;

const { minutes = "10", seed: given, rate = "300" } = parseArgs({
  options: { minutes: { type: "string" }, seed: { type: "string" }, rate: { type: "string" } },
}).values;
const seed = Number(given ?? Date.now() % 2 ** 31);
if ([Number(minutes), Number(rate), seed].some((number) => !(number >= 0))) {
  throw new RangeError("Cannot soak: --minutes, --seed and --rate take numbers");
}
const random = createRandom(seed);
const startedMs = performance.now();
const endMs = startedMs + Number(minutes) * 60_000;
const print = (line: string) => {
  const at = ((performance.now() - startedMs) / 1000).toFixed(0).padStart(4);
  Deno.stdout.writeSync(new TextEncoder().encode(`${at} s  ${line}\n`));
};
const counts = { brokerKills: 0, sigkills: 0, sigterms: 0 };

function between(from: number, to: number, by: Random = random): number {
  return from + by.below(to - from);
}

function seconds(count: number): Promise<void> {
  return after(Math.max(0, Math.min(count * 1000, endMs - performance.now())));
}

print(`seed ${seed}, ${minutes} minutes, ${rate} messages a second`);
const missingEvery = between(150, 400);
const faults = [
  { name: "missing-block", every: missingEvery },
  { name: "clean-close", every: between(3000, 9000) },
  { name: "error-frame", every: between(4000, 9000) },
  { name: "stall", every: between(6000, 12_000) },
  { name: "garbage", every: between(200, 900) },
  { name: "repeat", every: between(200, 900) },
  { name: "seq-jump", every: between(20_000, 40_000) },
] as const;
print(faults.map(({ name, every }) => `${name}@${every}`).join(" "));

const world = await createWorld({ seed, accounts: 200, firstSeq: FIRST_SEQ, startMs: Date.UTC(2026, 0, 1), stepMs: 5 });
const frames: SimulatedFrame[] = [];
const source = {
  async next() {
    if (performance.now() > endMs) return null;
    const frame = await world.next();
    frames.push({ ...frame, bytes: new Uint8Array() });
    return { seq: frame.seq, bytes: frame.bytes, atMs: null };
  },
};
const node = { properties: ["min.insync.replicas=2"], port: 0 };
await using cluster = await startCluster([node, node, node]);
await withAdmin(
  cluster,
  (admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic: TOPIC, numPartitions: 6, replicationFactor: 3 }] }),
);
await using server = serve(source, { port: 0, rate: Number(rate), window: 10_000_000, faults });
const cursorFile = join(await Deno.makeTempDir(), "cursor.json");
const command = [
  ...["stream", "--firehose-url", server.url, "--kafka-bootstrap-servers", cluster.bootstrapServers],
  ...["--kafka-topic", TOPIC, "--collections", COLLECTIONS.join(), "--sample-rate", String(SAMPLE_RATE)],
  ...["--cursor-file", cursorFile, "--idle-timeout-secs", "5", "--max-in-flight-bytes", "4000000"],
];

async function killBrokers(): Promise<void> {
  for (;;) {
    await seconds(between(20, 60));
    if (performance.now() >= endMs) return;
    const index = random.below(cluster.nodes.length);
    const broker = cluster.nodes[index];
    if (broker === undefined) continue;
    await broker.kill();
    print(`broker ${index + 1} killed, ${++counts.brokerKills}`);
    await seconds(between(1, 15));
    await broker.restart();
  }
}

async function runProducer(): Promise<void> {
  for (let isFirst = true; performance.now() < endMs; isFirst = false) {
    await using program = new RunningProgram([...command, ...(isFirst ? ["--cursor", "oldest"] : [])]);
    await seconds(between(8, 40));
    // The program lives only within this scope.
    if (performance.now() >= endMs) return await finish(program);
    const signal = random.below(2) === 0 ? "SIGKILL" : "SIGTERM";
    counts[signal === "SIGKILL" ? "sigkills" : "sigterms"]++;
    program.kill(signal);
    const { code, stderr } = await program.ended();
    print(`producer ended by ${signal}, cursor ${readCursor(cursorFile) - FIRST_SEQ}`);
    if (signal === "SIGTERM" && code !== 0) throw new Error(`The producer ended with ${code}: ${stderr.slice(-2000)}`);
  }
}

/** Lets the producer come to the last message. */
async function finish(program: RunningProgram): Promise<void> {
  print("no more messages are made");
  const jumps = faults.find(({ name }) => name === "seq-jump")?.every ?? Infinity;
  const last = (frames.at(-1)?.seq ?? 0) + Math.floor(frames.length / jumps) * JUMP;
  await untilAtLeast("the end of the stream", last, () => readCursor(cursorFile));
  program.kill("SIGTERM");
  const { code, stderr } = await program.ended();
  if (code !== 0) throw new Error(`The producer ended with ${code}: ${stderr.slice(-2000)}`);
}

await Promise.all([killBrokers(), runProducer()]);
const records = await consumeAll(cluster, TOPIC);
const all = records.map(({ key, value }) => ({ key, id: String(JSON.parse(value).id) }));
// A connection that begins at a jump of a million numbers cannot tell it from a gap.
const found = all.filter(({ id }) => !id.startsWith("gap/"));
print(`gaps that are none: ${new Set(all.map(({ id }) => id).filter((id) => id.startsWith("gap/"))).size}`);
const taken = { collections: new Set<string>(COLLECTIONS), sampleRate: SAMPLE_RATE, missingEvery };
const account = accountFor(frames, taken, found);
print(`messages ${frames.length}, connections ${server.connections}, ${JSON.stringify(counts)}`);
print(JSON.stringify(account));
const { lost, unknown, disordered } = account;
if (lost + unknown + disordered > 0) {
  print(`NOT KEPT: ${lost} lost, ${unknown} unknown, ${disordered} out of order`);
  Deno.exitCode = 1;
}
