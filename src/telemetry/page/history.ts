/**
 * What was delivered over the last ten minutes, by type: a sample of the counters now and then, in a ring.
 *
 * @module
 */
import type { StatusSample } from "../status.ts";

/** How often the counters are read, in milliseconds. */
export const SAMPLE_MS = 5000;
/** Samples that are kept; the oldest is ten minutes old. */
export const SAMPLES = 121;
/** Less time than this gives no rate, in milliseconds. */
const LEAST_MS = 900;
/** A speed is taken over so many samples. */
const RECENT = 5;

/** The counters at one moment. */
export interface HistorySample extends StatusSample {
  readonly counts: ReadonlyMap<string, number>;
}

/** Events a second between two samples, by type. */
export interface Rates {
  /** When the later sample was taken, in milliseconds. */
  readonly atMs: number;
  readonly of: ReadonlyMap<string, number>;
}

/** The ring. */
export class History {
  readonly #samples: HistorySample[] = [];

  add(sample: HistorySample): void {
    this.#samples.push(sample);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  /** The rates from each sample to the next, and from the last one to `now` where that is long enough ago. */
  rates(now: HistorySample): readonly Rates[] {
    const last = this.#samples.at(-1);
    const isLong = last !== undefined && now.atMs - last.atMs >= LEAST_MS;
    const samples = isLong ? [...this.#samples, now] : this.#samples;
    return samples.slice(1).map((sample, at) => ratesBetween(samples[at] ?? sample, sample));
  }

  /** A sample of some seconds ago, by which it shows whether the lag falls. */
  before(now: HistorySample): StatusSample {
    return this.#samples.at(-RECENT) ?? this.#samples[0] ?? now;
  }
}

function ratesBetween(before: HistorySample, after: HistorySample): Rates {
  const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1000);
  const of = new Map<string, number>();
  for (const [type, count] of after.counts) of.set(type, (count - (before.counts.get(type) ?? 0)) / seconds);
  return { atMs: after.atMs, of };
}
