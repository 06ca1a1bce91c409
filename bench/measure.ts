/**
 * What a stage of the bench costs: wall time, and the processor time of this process, all its threads included.
 *
 * @module
 */
import { cpuUsage, memoryUsage } from "node:process";

/** What one run of a stage cost. */
export interface Figures {
  readonly frames: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Resident memory at the end, in bytes. */
  readonly rssBytes: number;
}

/** Runs `work`, which returns how many frames it handled, and measures it. */
export async function measure(work: () => Promise<number> | number): Promise<Figures> {
  const cpu = cpuUsage();
  const startedMs = performance.now();
  const frames = await work();
  const wallSeconds = (performance.now() - startedMs) / 1000;
  const { user, system } = cpuUsage(cpu);
  return { frames, wallSeconds, cpuSeconds: (user + system) / 1e6, rssBytes: memoryUsage().rss };
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new RangeError("Cannot take the middle of no numbers");
  return (low + high) / 2;
}
