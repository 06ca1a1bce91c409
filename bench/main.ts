/**
 * The bench: what each stage costs, in frames a second and frames per CPU-second, and the ratios that are aimed at.
 *
 * `deno task bench [--frames COUNT] [--rounds COUNT] [--only STAGE,...] [--json]`; `deno task bench outage` measures
 * memory through an outage of the broker.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { Kafka, logLevel } from "kafkajs";
import { join } from "node:path";
import { chooseImportMap, PATIENCE_MS } from "../scripts/import_map.ts";
import { type Broker, NoBrokerError, startBroker } from "../scripts/kafka.ts";
import { makeFrames, serveFrames } from "./frames.ts";
import type { Figures } from "./measure.ts";
import { runOutage } from "./outage.ts";
import { type Ratio, ratiosOf, summarize, type Summary } from "./summary.ts";

const STAGES = [
  "socket",
  "receive",
  "decode",
  "map",
  "atproto-sync",
  "produce",
  "kafkajs-plain",
  "whole",
  "javascript-peer",
] as const;
const PARTITIONS = 4;
const NEEDS_BROKER: readonly string[] = ["produce", "kafkajs-plain", "whole", "javascript-peer"];
const NEEDS_FIREHOSE: readonly string[] = ["socket", "receive", "whole", "javascript-peer"];
const ROOT = new URL("../", import.meta.url).pathname;

const say = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));

interface Bench {
  readonly importMap: string;
  readonly file: string;
  readonly frames: number;
  readonly broker: Broker | null;
}

async function runStage(bench: Bench, stage: string, round: number): Promise<Figures> {
  const topic = `bench-${stage}-${round}`;
  if (bench.broker !== null && NEEDS_BROKER.includes(stage)) await createTopic(bench.broker, topic);
  await using served = NEEDS_FIREHOSE.includes(stage)
    ? await serveFrames(bench.importMap, [
      ...["--replay", bench.file, "--prepare", String(bench.frames)],
      ...["--window", String(bench.frames), "--rate", "max"],
    ])
    : null;
  const kafka = bench.broker === null ? null : { brokers: bench.broker.bootstrapServers, topic };
  const input = JSON.stringify({ file: bench.file, frames: bench.frames, url: served?.url ?? "", kafka });
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", `--import-map=${bench.importMap}`, "bench/stage.ts", stage, input],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot measure ${stage}: it failed`);
  return JSON.parse(new TextDecoder().decode(stdout)) as Figures;
}

async function createTopic(broker: Broker, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [broker.bootstrapServers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
  await admin.disconnect();
}

async function tryBroker(): Promise<Broker | null> {
  try {
    return await startBroker({ properties: [], port: 0 });
  } catch (error) {
    if (!(error instanceof NoBrokerError)) throw error;
    say(`Without Kafka, the stages that need it are left out: ${error.message}`);
    return null;
  }
}

function table(summaries: readonly Summary[], ratios: readonly Ratio[]): string {
  const rows = summaries.map(({ stage, framesPerSecond, framesPerCpuSecond, spread, microsecondsPerFrame, rssMb }) =>
    `| ${stage} | ${framesPerSecond} | ${framesPerCpuSecond} | ${microsecondsPerFrame} | ±${spread} % | ${rssMb} |`
  );
  const aims = ratios.map(({ name, value, aim, reached }) =>
    `| ${name} | ${value} | ${aim} | ${reached ? "yes" : "no"} |`
  );
  return [
    "| stage | frames/s | frames per CPU-second | CPU µs a frame | spread | RSS MB |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    "| ratio | measured | aim | reached |",
    "|---|---|---|---|",
    ...aims,
  ].join("\n");
}

async function main(): Promise<void> {
  const args = parseArgs(Deno.args, { string: ["frames", "rounds", "only"], boolean: ["json"] });
  const importMap = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS);
  const [mode] = args._;
  if (mode === "outage") return await runOutage(importMap, say);
  if (mode !== undefined) throw new TypeError(`Cannot run "${mode}": name outage, or nothing`);
  const frames = Number(args.frames ?? 40_000);
  const rounds = Number(args.rounds ?? 3);
  const only: readonly string[] = args.only?.split(",") ?? STAGES;

  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
  try {
    const file = join(folder, "frames.bin");
    say(`Making ${frames} frames`);
    const meanBytes = Math.round(await makeFrames(file, frames));
    await using broker = only.some((stage) => NEEDS_BROKER.includes(stage)) ? await tryBroker() : null;
    const bench = { importMap, file, frames, broker };
    const runs = new Map<string, Figures[]>();
    // Rounds are interleaved, so that a busy minute of the machine falls on every stage alike.
    for (let round = 1; round <= rounds; round++) {
      for (const stage of STAGES) {
        if (!only.includes(stage) || (broker === null && NEEDS_BROKER.includes(stage))) continue;
        const figures = await runStage(bench, stage, round);
        runs.set(stage, [...(runs.get(stage) ?? []), figures]);
        say(`${round}/${rounds} ${stage}: ${Math.round(figures.frames / figures.cpuSeconds)} frames per CPU-second`);
      }
    }
    const summaries = [...runs].map(([stage, figures]) => summarize(stage, figures));
    const ratios = ratiosOf(summaries);
    const machine = { deno: Deno.version.deno, os: Deno.build.target, cores: navigator.hardwareConcurrency };
    const text = args.json
      ? JSON.stringify({ machine, frames, meanBytes, rounds, stages: summaries, ratios }, null, 2)
      : `Deno ${machine.deno}, ${machine.os}, ${machine.cores} cores; ${frames} frames of ${meanBytes} bytes, ` +
        `${rounds} rounds, medians\n\n${table(summaries, ratios)}`;
    Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

await main();
// A module that the choice of the import map still waits for would keep the process alive.
Deno.exit(0);
