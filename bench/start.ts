/**
 * How long the program takes to start, from source with a warm cache.
 *
 * @module
 */
import type { Start } from "../scripts/performance_report.ts";
import { serveFrames } from "./frames.ts";
import { median } from "./measure.ts";
import { program } from "./program.ts";

const TIMES = 7;

/** Measures both. */
export async function measureStart(importMap: string, file: string): Promise<Start> {
  await using served = await serveFrames(importMap, file, 1000, "max");
  const stream = ["stream", "--firehose-url", served.url, "--cursor", "oldest", "--output", "-", "--collections", ""];
  const time = async (args: readonly string[]) => {
    const times: number[] = [];
    for (let i = 0; i < TIMES; i++) times.push(await untilFirstOutput(importMap, args));
    return Math.round(median(times));
  };
  return { helpMs: await time(["--help"]), firstFrameMs: await time([...stream, "--max-events", "1"]) };
}

async function untilFirstOutput(importMap: string, args: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const process = program(importMap, ["main.ts", ...args]).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  const tookMs = performance.now() - startedMs;
  while (!(await reader.read()).done);
  const { success } = await process.status;
  if (value === undefined || !success) throw new Error(`Cannot measure the start: ${args[0]} failed`);
  return tookMs;
}
