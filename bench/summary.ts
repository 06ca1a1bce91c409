/**
 * The runs of a stage as one line, and the ratios between stages that are aimed at.
 *
 * @module
 */
import type { OptionRow, Ratio, Start, Summary } from "../scripts/performance_report.ts";
import { type Figures, median } from "./measure.ts";

/** The peers, and how many times as many frames per CPU-second are aimed at. */
const PEERS = [
  { name: "rust-peer", language: "Rust", aim: 2.5 },
  { name: "go-peer", language: "Go", aim: 20 },
  { name: "javascript-peer", language: "JavaScript", aim: 40 },
] as const;

/** Medians and spread of the runs of one entry. */
export function summarize(name: string, runs: readonly Figures[]): Summary {
  const perFrame = runs.map(({ frames, cpuSeconds }) => cpuSeconds * 1e6 / frames);
  const middle = median(perFrame);
  const latencies = runs.flatMap(({ latencyMs }) => latencyMs === undefined ? [] : [latencyMs]);
  return {
    name,
    framesPerSecond: Math.round(median(runs.map(({ frames, wallSeconds }) => frames / wallSeconds))),
    framesPerCpuSecond: Math.round(1e6 / middle),
    microsecondsPerFrame: round(middle),
    spread: Math.round((Math.max(...perFrame) - Math.min(...perFrame)) / 2 / middle * 100),
    corePercent: Math.round(median(runs.map(({ cpuSeconds, wallSeconds }) => cpuSeconds / wallSeconds)) * 100),
    rssMb: Math.round(Math.max(...runs.map(({ rssBytes }) => rssBytes)) / 1e6),
    latencyMs: latencies.length === 0 ? null : {
      p50: Math.round(median(latencies.map(({ p50 }) => p50))),
      p99: Math.round(median(latencies.map(({ p99 }) => p99))),
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The ratios whose entries were measured. Each is taken within a round, and the middle one counts. */
export function ratiosOf(runs: ReadonlyMap<string, readonly Figures[]>): Ratio[] {
  const ratios: Ratio[] = [];
  const cost = (name: string, round: number) => {
    const figures = runs.get(name)?.[round];
    return figures === undefined ? NaN : figures.cpuSeconds / figures.frames;
  };
  const pace = (name: string, round: number) => {
    const figures = runs.get(name)?.[round];
    return figures === undefined ? NaN : figures.frames / figures.wallSeconds;
  };
  const add = (name: string, of: (round: number) => number, aim: number, isLeast: boolean) => {
    const rounds = Math.max(0, ...[...runs.values()].map((each) => each.length));
    const values = Array.from({ length: rounds }, (_, i) => of(i)).filter(Number.isFinite);
    if (values.length === 0) return;
    const value = median(values);
    const reached = isLeast ? value >= aim : value <= aim;
    ratios.push({ name, value: round(value), aim: `${isLeast ? "at least" : "at most"} ${aim}`, reached });
  };
  for (const { name, language, aim } of PEERS) {
    add(
      `whole way, frames per CPU-second, to the ${language} program`,
      (i) => cost(name, i) / cost("whole", i),
      aim,
      true,
    );
  }
  add(
    "whole way, frames/s, to the JavaScript program",
    (i) => pace("whole", i) / pace("javascript-peer", i),
    10,
    true,
  );
  add("whole way, CPU a frame, to a bare native WebSocket", (i) => cost("whole", i) / cost("socket", i), 3, false);
  add("decode and map, to @atproto/sync's parsing alone", (i) => cost("atproto-sync", i) / cost("map", i), 16, true);
  const authenticated = (i: number) => cost("atproto-authenticated", i);
  add(
    "signatures verified, to parseCommitAuthenticated",
    (i) => authenticated(i) / cost("verify-signatures", i),
    5,
    true,
  );
  add("proofs verified, a CPU-second, in thousands", (i) => 1e-3 / cost("verify-proofs", i), 2.5, true);
  add("a frame without a wanted op, CPU, to one with", (i) => cost("unwanted", i) / cost("map", i), 0.25, false);
  const growth = (few: string, many: string) =>
    add(`CPU a frame, ${many} to ${few}`, (i) => cost(many, i) / cost(few, i), 1.1, false);
  add("CPU a byte of an event, whole records to typed", (i) => cost("whole records", i) / cost("typed", i), 1.5, false);
  growth("1 partition", "64 partitions");
  growth("1 DID", "100000 DIDs");
  growth("1 collection", "6 collections");
  return ratios;
}

/** What the rates of the live network cost, against what is aimed at. */
export function liveAims(summaries: readonly Summary[]): Ratio[] {
  const aims: Ratio[] = [];
  const add = (name: string, value: number | undefined, most: number, unit: string) => {
    if (value !== undefined) aims.push({ name, value, aim: `at most ${most} ${unit}`, reached: value <= most });
  };
  const of = (name: string) => summaries.find((each) => each.name === name);
  add("2000 frames/s, share of one core (%)", of("live at 2000/s")?.corePercent, 5, "%");
  add("2000 frames/s, received to acknowledged, p50 (ms)", of("live at 2000/s")?.latencyMs?.p50, 60, "ms");
  add("2000 frames/s, received to acknowledged, p99 (ms)", of("live at 2000/s")?.latencyMs?.p99, 65, "ms");
  add("100 frames/s, received to acknowledged, p99 (ms)", of("live at 100/s")?.latencyMs?.p99, 200, "ms");
  return aims;
}

/** How many records the core may leave to the generic path, in per cent. */
export function genericAim(percent: number): Ratio {
  const value = round(percent);
  return { name: "records on the generic path (%)", value, aim: "at most 1 %", reached: value <= 1 };
}

/** How long the program may take until the event of its first frame is written. */
export function firstFrameAim({ firstFrameMs: value }: Start): Ratio {
  return { name: "first frame after start (ms)", value, aim: "at most 150 ms", reached: value <= 150 };
}

const OPTION_AIMS = [
  ["--whole-records", 1.4],
  ["--collections *", 1.1],
  ["--delivery exactly-once", 1.2],
  ["TLS to the relay and to the brokers", 1.6],
] as const;

/** What options may cost, to the default in the same round. */
export function optionAims(options: readonly OptionRow[]): Ratio[] {
  return OPTION_AIMS.flatMap(([option, most]) => {
    const value = options.find(({ name }) => name === option)?.toDefault ?? null;
    if (value === null) return [];
    return [{ name: `${option}, CPU a frame, to the default`, value, aim: `at most ${most}`, reached: value <= most }];
  });
}
