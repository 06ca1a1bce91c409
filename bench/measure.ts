/**
 * What a stage of the bench costs: wall time, and the processor time of this process, all its threads included.
 *
 * @module
 */
import { cpuUsage, memoryUsage } from "node:process";
import type { Share } from "../scripts/performance_report.ts";

/** What one run of a stage cost. */
export interface Figures {
  readonly frames: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Resident memory at the end, in bytes. */
  readonly rssBytes: number;
  /** From a frame's arrival to its acknowledgement, in milliseconds, where that was looked at. */
  readonly latencyMs?: { readonly p50: number; readonly p99: number };
  /** Where the time went, where that was looked at. */
  readonly shares?: readonly Share[];
}

/** Measures from `start`, which a stage calls when it is warm, to `stop`. */
export class Meter {
  #cpu = cpuUsage();
  #startedMs = performance.now();

  start(): void {
    this.#cpu = cpuUsage();
    this.#startedMs = performance.now();
  }

  /** What so many frames cost since the start. */
  stop(frames: number): Figures {
    const wallSeconds = (performance.now() - this.#startedMs) / 1000;
    const { user, system } = cpuUsage(this.#cpu);
    return { frames, wallSeconds, cpuSeconds: (user + system) / 1e6, rssBytes: memoryUsage().rss };
  }
}

/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The number below which a share of them lies. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new RangeError("Cannot take a quantile of no numbers");
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * Works through `items` until `warm` of them are done, and then measures at least `frames` more: whole passes, so that
 * every item counts alike. `last` is awaited before the measurement ends.
 */
export async function measurePasses<T>(
  items: readonly T[],
  { warm, frames }: { readonly warm: number; readonly frames: number },
  pass: (items: readonly T[]) => Promise<void> | void,
  last: () => Promise<void> = () => Promise.resolve(),
): Promise<Figures> {
  for (let done = 0; done < warm; done += items.length) await pass(items);
  const meter = new Meter();
  let done = 0;
  for (; done < frames; done += items.length) await pass(items);
  await last();
  return meter.stop(done);
}
