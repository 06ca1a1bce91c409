/**
 * What each option costs beside the default: the program itself reads the frames of a whole network, with the flags of
 * one row after another, and its own metrics say how many frames and how much CPU time. What a later option costs takes
 * no more than its row in plan.ts.
 *
 * @module
 */
import { BASE32 } from "../src/atproto/base32.ts";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { decodeFrame } from "../src/atproto/frame.ts";
import { NETWORK_MIX } from "../src/simulator/mix.ts";
import { createRandom } from "../src/simulator/random.ts";
import { readRecording } from "../src/upstream/recording.ts";
import type { OptionRow } from "../scripts/performance_report.ts";
import type { BenchBroker } from "./broker.ts";
import { frameKeys, serveDirectory } from "./directory.ts";
import { makeFrames, serveFrames } from "./frames.ts";
import { median } from "./measure.ts";
import { DEFAULT, type OptionRun } from "./plan.ts";
import { startMeasured } from "./program.ts";
import { deleteTopics } from "./topics.ts";

const FRAMES = 10_000;
const ACCOUNTS = 1000;
const WARM = 60_000;
const MEASURED = 150_000;
/** So many more are served, as the program is asked now and then only how far it is. */
const MORE = 100_000;
const ASK_EVERY_MS = 100;
const MILLION = 1_000_000;

/** What one run cost. */
interface Cost {
  readonly frames: number;
  readonly cpuSeconds: number;
  readonly events: number;
  readonly bytes: number;
  readonly rssBytes: number;
}

/** What the runs work on. */
export interface OptionBench {
  readonly importMap: string;
  readonly folder: string;
  readonly broker: BenchBroker;
  readonly say: (text: string) => void;
}

/** Measures rows, each once a round. */
export async function measureOptions(
  bench: OptionBench,
  plan: readonly OptionRun[],
  rounds: number,
): Promise<OptionRow[]> {
  if (plan.length === 0) return [];
  const frames = join(bench.folder, "network.bin");
  bench.say(`Making ${FRAMES} frames of a whole network`);
  await makeFrames(frames, FRAMES, ACCOUNTS, NETWORK_MIX);
  const lists = await writeLists(bench.folder, frames);
  await using directory = serveDirectory(await frameKeys(ACCOUNTS, NETWORK_MIX));
  const costs = new Map<string, Cost[]>();
  // Rounds are interleaved, so that a busy minute of the machine falls on every row alike.
  for (let round = 1; round <= rounds; round++) {
    for (const [row, { name, flags, ...more }] of plan.entries()) {
      if (more.tls === true && bench.broker.certificates === null) continue;
      const named = flags.map((flag) => flag.replace("@{directory}", directory.url))
        .map((flag) => flag.replace(/^@\{(\w+)\}$/, (_, list: string) => `@${lists[list] ?? list}`));
      const cost = await measure(bench, frames, `options-${round}-${row}-`, { flags: named, ...more });
      costs.set(name, [...(costs.get(name) ?? []), cost]);
      bench.say(`${round}/${rounds} ${name}: ${perFrame(cost).toFixed(2)} us a frame`);
    }
  }
  return rowsOf(costs);
}

/** Files of accounts: those of the frames, and these among a million; a million others. */
async function writeLists(folder: string, frames: string): Promise<Readonly<Record<string, string>>> {
  const dids = new Set<string>();
  for await (const { bytes } of readRecording(frames)) {
    const frame = decodeFrame(bytes);
    if ("did" in frame && typeof frame.did === "string") dids.add(frame.did);
  }
  const random = createRandom(1);
  const made = Array.from(
    { length: MILLION },
    () => `did:plc:${Array.from({ length: 24 }, () => BASE32[random.below(32)]).join("")}`,
  );
  const lists = { all: [...dids], million: [...dids, ...made.slice(dids.size)], others: made };
  const paths: Record<string, string> = {};
  for (const [name, list] of Object.entries(lists)) {
    paths[name] = join(folder, `${name}.txt`);
    await Deno.writeTextFile(paths[name], list.join("\n"));
  }
  return paths;
}

async function measure(
  bench: OptionBench,
  frames: string,
  prefix: string,
  { flags, accounts = "same", tls = false }: Omit<OptionRun, "name">,
): Promise<Cost> {
  const { broker, certificates } = bench.broker;
  const { ca = "", server = "" } = tls ? certificates ?? {} : {};
  // A template names several topics.
  const isNamed = flags.includes("--kafka-topic");
  const topic = isNamed ? [] : ["--kafka-topic", `${prefix}all`];
  await using served = await serveFrames(bench.importMap, frames, WARM + MEASURED + MORE, "max", accounts, server);
  await using program = await startMeasured(bench.importMap, {
    url: served.url,
    brokers: tls ? broker.listeners["TLS"] ?? "" : broker.bootstrapServers,
    cursorFile: join(bench.folder, `${prefix}cursor.json`),
    env: tls ? { DENO_CERT: ca } : {},
    flags: [...topic, ...(tls ? ["--tls-ca", ca] : []), ...flags.map((flag) => flag.replace("@{prefix}", prefix))],
  });
  const reaches = async (count: number): Promise<Cost> => {
    while (true) {
      const seen = costIn(await program.metrics());
      if (seen.frames >= count) return seen;
      await after(ASK_EVERY_MS);
    }
  };
  const [from, to] = [await reaches(WARM), await reaches(WARM + MEASURED)];
  await program[Symbol.asyncDispose]();
  await deleteTopics(broker, prefix);
  return {
    frames: to.frames - from.frames,
    cpuSeconds: to.cpuSeconds - from.cpuSeconds,
    events: to.events - from.events,
    bytes: to.bytes - from.bytes,
    rssBytes: to.rssBytes,
  };
}

/** What the metrics of the program say. */
function costIn(exposition: string): Cost {
  const sum = (name: string) =>
    [...exposition.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))]
      .reduce((total, [, text]) => total + Number(text), 0);
  return {
    frames: sum("bluesky_firehose_frames_total"),
    cpuSeconds: sum("process_cpu_seconds_total"),
    events: sum("bluesky_firehose_delivered_events_total"),
    bytes: sum("bluesky_firehose_delivered_bytes_total"),
    rssBytes: sum("process_resident_memory_bytes"),
  };
}

function perFrame({ cpuSeconds, frames }: Pick<Cost, "cpuSeconds" | "frames">): number {
  return cpuSeconds * 1e6 / frames;
}

/** Each ratio is taken within a round, and the middle one counts. */
function rowsOf(costs: ReadonlyMap<string, readonly Cost[]>): OptionRow[] {
  const defaults = costs.get(DEFAULT.name) ?? [];
  return [...costs].map(([name, runs]) => {
    const all = runs.map(perFrame);
    const [middle, least, most] = [median(all), Math.min(...all), Math.max(...all)];
    const ratios = runs.flatMap((run, round) => {
      const beside = defaults[round];
      return beside === undefined ? [] : [perFrame(run) / perFrame(beside)];
    });
    const of = (value: (cost: Cost) => number) => median(runs.map(value));
    return {
      name,
      microsecondsPerFrame: rounded(middle, 2),
      toDefault: ratios.length === 0 ? null : rounded(median(ratios), 2),
      spread: Math.round((most - least) / 2 / middle * 100),
      eventsPerFrame: rounded(of(({ events, frames }) => events / frames), 2),
      nanosecondsPerByte: rounded(of(({ cpuSeconds, bytes }) => bytes === 0 ? 0 : cpuSeconds * 1e9 / bytes), 1),
      rssMb: Math.round(Math.max(...runs.map(({ rssBytes }) => rssBytes)) / 1e6),
    };
  });
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
