/**
 * The bench: what each stage costs, in frames a second and frames per CPU-second, and what is aimed at.
 *
 *     deno task bench [--rounds COUNT] [--only NAME,...] [--json] [--save]
 *     deno task bench options [--rounds COUNT] [--only TEXT,...] [--save]      what each option costs, and nothing else
 *     deno task bench outage      memory through an outage of the broker
 *     deno task bench steady [--minutes COUNT] [--rate COUNT|max] [--memory MB]      memory over time, under a limit
 *
 * NAME is that of a stage of plan.ts. The peers in Rust and Go are built before they are measured, which takes `cargo`, a
 * C compiler and `make`, or `go`; one that cannot be built here is left out, and the bench says why.
 *
 * `--save` writes docs/performance.json and the charts, from which `deno task docs` makes the tables.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { COLLECTIONS } from "../src/events/registry.ts";
import { NETWORK_MIX } from "../src/simulator/mix.ts";
import { chooseImportMap, PATIENCE_MS } from "../scripts/import_map.ts";
import type { Broker } from "../scripts/kafka.ts";
import { optionsText, type Ratio, type Report, reportText } from "../scripts/performance_report.ts";
import { HEAP_FLAG } from "../scripts/program_flags.ts";
import { startBenchBroker } from "./broker.ts";
import { chartOf } from "./chart.ts";
import { expectedEvents, producedEvents, requireSame, SAMENESS } from "./check_peers.ts";
import { makeFrames, serveFrames } from "./frames.ts";
import { genericShare } from "./generic.ts";
import type { Figures } from "./measure.ts";
import { measureOptions } from "./options.ts";
import { runOutage } from "./outage.ts";
import { buildPeers, NATIVE_PEERS } from "./peers/native.ts";
import { GROWTHS, LIVE, OPTIONS, PROFILE, type Run, STAGES } from "./plan.ts";
import { program } from "./program.ts";
import { measureStart } from "./start.ts";
import { runSteady } from "./steady.ts";
import { firstFrameAim, genericAim as genericAimOf, liveAims, optionAims, ratiosOf, summarize } from "./summary.ts";
import { createTopic, deleteTopics } from "./topics.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const REPORT = "docs/performance.json";
const FRAMES = 20_000;
const ACCOUNTS = 1000;
const FRAMES_OF_ONE = 4000;
/** Of so many frames the events of each peer are compared with ours before it is measured. */
const CHECKED_FRAMES = 5000;
/** Growth and live are looked at this often; what they say is coarse. */
const FEW_ROUNDS = 3;

const say = (text: string) => void Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));

interface Bench {
  readonly importMap: string;
  readonly files: Readonly<Record<Run["accounts"], string>>;
  readonly broker: Broker;
}

/** Runs an entry into a topic of its own; `look` is called while both the topic and the firehose, at `url`, are there. */
async function runOnce(
  bench: Bench,
  run: Run,
  topic: string,
  look: (url: string) => Promise<void> = () => Promise.resolve(),
): Promise<Figures> {
  if (run.partitions !== null) await createTopic(bench.broker, topic, run.partitions);
  const file = bench.files[run.accounts];
  // Some more than are needed, so that the last ones need not wait for a server that has ended.
  const served = run.rate === null ? null : await serveFrames(
    bench.importMap,
    file,
    run.warm + run.frames + 1000,
    run.rate,
    run.accounts === "each" ? "each" : "same",
  );
  try {
    const kafka = run.partitions === null ? null : { brokers: bench.broker.bootstrapServers, topic };
    const { warm, frames, collections } = run;
    const flags = ["whole", "live", "profile"].includes(run.stage) ? [HEAP_FLAG] : [];
    const accounts = run.accounts === "one" ? 1 : ACCOUNTS;
    const input = JSON.stringify({ file, warm, frames, url: served?.url ?? "", kafka, accounts, collections });
    const { success, stdout, stderr } = await program(
      bench.importMap,
      [...flags, "bench/stage.ts", run.stage, input],
      "piped",
    ).output();
    if (!success) throw new Error(`Cannot measure ${run.name}: ${new TextDecoder().decode(stderr).trim()}`);
    await look(served?.url ?? "");
    return JSON.parse(new TextDecoder().decode(stdout)) as Figures;
  } finally {
    await served?.[Symbol.asyncDispose]();
    if (run.partitions !== null) await deleteTopics(bench.broker, topic);
  }
}

async function runAll(bench: Bench, plan: readonly Run[], rounds: number): Promise<Map<string, Figures[]>> {
  const runs = new Map<string, Figures[]>();
  // Rounds are interleaved, so that a busy minute of the machine falls on every stage alike.
  for (let round = 1; round <= rounds; round++) {
    for (const run of plan) {
      const figures = await runOnce(bench, run, `${run.name.replaceAll(/[^a-z0-9]+/gi, "-")}-${round}`);
      runs.set(run.name, [...(runs.get(run.name) ?? []), figures]);
      const cost = figures.cpuSeconds * 1e6 / figures.frames;
      say(`${round}/${rounds} ${run.name}: ${cost.toFixed(2)} us a frame`);
    }
  }
  return runs;
}

/** Fails where the events that a peer makes of the first frames are not ours. */
async function checkPeer(bench: Bench, run: Run): Promise<void> {
  const topic = `check-${run.name}`;
  await runOnce(bench, { ...run, warm: 1, frames: CHECKED_FRAMES - 1 }, topic, async (url) => {
    const expected = await expectedEvents(bench.files[run.accounts], CHECKED_FRAMES, run.collections, url);
    const produced = await producedEvents(bench.broker.bootstrapServers, topic);
    requireSame(run.name, expected, produced);
    say(`${run.name}: ${produced.length} events of ${CHECKED_FRAMES} frames, the same as ours (${expected.length})`);
  });
}

async function measureAll(rounds: number, only: readonly string[] | null, importMap: string): Promise<Report> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
  const wanted = <T extends { readonly name: string }>(plan: readonly T[]) =>
    plan.filter(({ name }) => only === null || only.includes(name));
  try {
    const many = join(folder, "many.bin");
    const files = { many, one: join(folder, "one.bin"), each: many };
    say(`Making ${FRAMES} frames`);
    const meanBytes = Math.round(await makeFrames(files.many, FRAMES, ACCOUNTS));
    await makeFrames(files.one, FRAMES_OF_ONE, 1);
    await using started = await startBenchBroker(say);
    const bench = { importMap, files, broker: started.broker };
    const planned = wanted(STAGES);
    const leftOut = await buildPeers(NATIVE_PEERS.filter(({ name }) => planned.some((run) => run.name === name)), say);
    const plan = planned.filter((run) => !leftOut.some(({ name }) => name === run.name));
    for (const run of plan.filter(({ name }) => name in SAMENESS)) await checkPeer(bench, run);
    const stages = await runAll(bench, plan, rounds);
    const growths = await runAll(bench, wanted(GROWTHS), Math.min(rounds, FEW_ROUNDS));
    const lives = await runAll(bench, wanted(LIVE), 1);
    const docs = new Map(STAGES.map(({ name, doc }) => [name, doc]));
    const summaries = [...stages].map(([name, figures]) => ({
      ...summarize(name, figures),
      doc: docs.get(name) ?? "",
    }));
    const live = [...lives].map(([name, figures]) => summarize(name, figures));
    const options = await measureOptions(
      { importMap, folder, broker: started, say },
      wanted(OPTIONS),
      Math.min(rounds, FEW_ROUNDS),
    );
    const shares = (await runAll(bench, wanted([PROFILE]), 1)).get(PROFILE.name)?.[0]?.shares ?? [];
    const start = only === null ? await measureStart(importMap, files.many) : null;
    return {
      machine: { deno: Deno.version.deno, os: Deno.build.target, cores: navigator.hardwareConcurrency },
      at: new Date().toISOString().slice(0, 10),
      frames: { made: FRAMES, meanBytes },
      rounds,
      stages: summaries,
      leftOut,
      ratios: [
        ...ratiosOf(new Map([...stages, ...growths])),
        ...liveAims(live),
        ...optionAims(options),
        ...(only === null ? [await genericAim(folder, many)] : []),
        ...(start === null ? [] : [firstFrameAim(start)]),
      ],
      live,
      options,
      shares,
      start,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How many records go the generic way, of typed frames and of those of a network in which everything happens. */
async function genericAim(folder: string, many: string): Promise<Ratio> {
  const network = join(folder, "everything.bin");
  await makeFrames(network, FRAMES, ACCOUNTS, NETWORK_MIX);
  return genericAimOf(Math.max(await genericShare(many, COLLECTIONS), await genericShare(network, COLLECTIONS)));
}

/** What options cost, and whether that is what is aimed at, put in the place of what an earlier run found. */
async function runOptions(rounds: number, only: readonly string[] | null, importMap: string): Promise<Report> {
  const folder = await Deno.makeTempDir({ prefix: "bluesky_firehose_bench_" });
  try {
    await using broker = await startBenchBroker(say);
    const plan = OPTIONS.filter(({ name }) => only === null || only.some((text) => name.includes(text)));
    const options = await measureOptions({ importMap, folder, broker, say }, plan, rounds);
    const saved = JSON.parse(await Deno.readTextFile(join(ROOT, REPORT))) as Report;
    const aims = optionAims(options);
    const others = saved.ratios.filter(({ name }) => !aims.some((aim) => aim.name === name));
    return { ...saved, ratios: [...others, ...aims], options };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function save(report: Report): Promise<void> {
  await Deno.mkdir(join(ROOT, "docs"), { recursive: true });
  await Deno.writeTextFile(join(ROOT, REPORT), `${JSON.stringify(report, null, 2)}\n`);
  await Deno.writeTextFile(join(ROOT, "docs/performance.svg"), chartOf(report));
}

const FLAGS = {
  rounds: { type: "string" },
  only: { type: "string" },
  minutes: { type: "string" },
  rate: { type: "string" },
  memory: { type: "string" },
  json: { type: "boolean" },
  save: { type: "boolean" },
} as const;

async function main(): Promise<void> {
  const { values: args, positionals: [mode] } = parseArgs({ options: FLAGS, allowPositionals: true });
  const importMap = await chooseImportMap((specifier) => import(specifier), PATIENCE_MS);
  if (mode === "outage") return await runOutage(importMap, say);
  if (mode === "steady") {
    const { minutes = "10", rate = "max", memory } = args;
    return await runSteady(importMap, Number(minutes), rate, memory === undefined ? null : Number(memory), say);
  }
  if (mode !== undefined && mode !== "options") {
    throw new TypeError(`Cannot run "${mode}": options, outage, steady or nothing is wanted`);
  }
  const work = mode === "options" ? runOptions : measureAll;
  const report = await work(Number(args.rounds ?? 3), args.only?.split(",") ?? null, importMap);
  if (args.save) await save(report);
  const text = args.json
    ? JSON.stringify(report, null, 2)
    : mode === "options"
    ? optionsText(report.options)
    : reportText(report);
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

await main();
// A module that the choice of the import map still waits for would keep the process alive.
Deno.exit(0);
