/**
 * Verdicts of verification, counted by what they are and why.
 *
 * @module
 */
import { type Verdict, VERDICTS } from "../atproto/verify.ts";
import type { Metric, Sample } from "./metric.ts";

/** Counts of every verdict; what is true has no reason. */
export class VerdictCounts implements Metric {
  readonly kind = "counter";
  readonly labels = ["verified", "reason"];
  readonly name: string;
  readonly help: string;
  readonly #counts = new Map<Verdict, number>(VERDICTS.map((verdict) => [verdict, 0]));

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(verdict: Verdict): void {
    this.#counts.set(verdict, this.get(verdict) + 1);
  }

  get(verdict: Verdict): number {
    return this.#counts.get(verdict) ?? 0;
  }

  samples(): readonly Sample[] {
    return Array.from(this.#counts, ([{ verified, reason }, value]) => ({
      labels: reason === null ? { verified } : { verified, reason },
      value,
    }));
  }
}
