/**
 * The runs of a stage as one line, and the ratios between stages that are aimed at.
 *
 * @module
 */
import { type Figures, median } from "./measure.ts";

/** One stage over all rounds. */
export interface Summary {
  readonly stage: string;
  readonly framesPerSecond: number;
  readonly framesPerCpuSecond: number;
  readonly microsecondsPerFrame: number;
  /** Half the range of CPU per frame, in per cent of its middle. */
  readonly spread: number;
  /** The most resident memory at the end of a run, in megabytes. */
  readonly rssMb: number;
}

/** A ratio and what it is to be. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly aim: string;
  readonly reached: boolean;
}

/** Medians and spread of a stage's runs. */
export function summarize(stage: string, runs: readonly Figures[]): Summary {
  const perFrame = runs.map(({ frames, cpuSeconds }) => cpuSeconds * 1e6 / frames);
  const middle = median(perFrame);
  return {
    stage,
    framesPerSecond: Math.round(median(runs.map(({ frames, wallSeconds }) => frames / wallSeconds))),
    framesPerCpuSecond: Math.round(1e6 / middle),
    microsecondsPerFrame: Math.round(middle * 10) / 10,
    spread: Math.round((Math.max(...perFrame) - Math.min(...perFrame)) / 2 / middle * 100),
    rssMb: Math.round(Math.max(...runs.map(({ rssBytes }) => rssBytes)) / 1e6),
  };
}

/** The ratios whose stages were measured. */
export function ratiosOf(summaries: readonly Summary[]): Ratio[] {
  const cost = new Map(summaries.map(({ stage, microsecondsPerFrame }) => [stage, microsecondsPerFrame]));
  const speed = new Map(summaries.map(({ stage, framesPerSecond }) => [stage, framesPerSecond]));
  const ratios: Ratio[] = [];
  const add = (name: string, value: number, aim: number, isLeast: boolean) => {
    if (!Number.isFinite(value)) return;
    const rounded = Math.round(value * 100) / 100;
    const reached = isLeast ? value >= aim : value <= aim;
    ratios.push({ name, value: rounded, aim: `${isLeast ? "at least" : "at most"} ${aim}`, reached });
  };
  const of = (stage: string) => cost.get(stage) ?? NaN;
  add("whole way, frames per CPU-second, to the JavaScript program", of("javascript-peer") / of("whole"), 11, true);
  add(
    "whole way, frames/s, to the JavaScript program",
    (speed.get("whole") ?? NaN) / (speed.get("javascript-peer") ?? NaN),
    10,
    true,
  );
  add("whole way, CPU, to bare receiving and producing", of("whole") / (of("socket") + of("produce")), 1.75, false);
  add("decode and map, CPU, to @atproto/sync parsing alone", of("atproto-sync") / of("map"), 16, true);
  return ratios;
}
