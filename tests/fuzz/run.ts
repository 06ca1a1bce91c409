/**
 * Cases in a row, and what came of them.
 *
 * @module
 */
import process from "node:process";
import { createRandom } from "../../src/simulator/random.ts";
import { make, verify } from "./check.ts";
import { CORE_CHECKS, type CoreCheck } from "./core.ts";
import { type Kind, KINDS, type Seeds } from "./kinds.ts";

/** What came of the cases of one kind. */
export interface Tally {
  cases: number;
  commits: number;
  events: number;
  fast: number;
  /** Events that the core made. */
  core: number;
  rejected: number;
  /** The longest time that one message took, in milliseconds. */
  slowestMs: number;
}

/** A case that broke a promise. */
export interface Failure {
  readonly index: number;
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly problem: string;
}

const ENTRIES: readonly (readonly [name: string, kind: Kind])[] = Object.entries(KINDS);
const WEIGHT = ENTRIES.reduce((sum, [, { weight }]) => sum + weight, 0);
/** So many failures that begin alike are kept. */
const ALIKE = 3;
/** What takes less, in milliseconds, is not compared with usual messages. */
const SUSPECT_MS = 20;
/** Too few cases of a kind say nothing about it. */
const ENOUGH = 200;

/** The message of one case: the same for the same seed and number. */
export function makeCase(
  seed: number,
  index: number,
  seeds: Seeds,
): { readonly kind: string; readonly bytes: Uint8Array } {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ index);
  let left = random.next() * WEIGHT;
  const [kind, { make }] = ENTRIES.find(([, { weight }]) => (left -= weight) < 0) ?? ENTRIES[0] as never;
  return { kind, bytes: make(random, seeds) };
}

/** Runs cases and gathers what came of them. */
export class Fuzzer {
  readonly tallies: Map<string, Tally> = new Map();
  readonly failures: Failure[] = [];
  cases = 0;
  readonly #seed: number;
  readonly #seeds: Seeds;
  readonly #longest: number;
  readonly #core: CoreCheck;

  /** The seed also chooses how the core is configured. A message that takes longer than `longest` usual messages, however often it is tried, is a failure. */
  constructor(seed: number, seeds: Seeds, longest: number) {
    this.#seed = seed;
    this.#seeds = seeds;
    this.#longest = longest;
    this.#core = CORE_CHECKS[seed % CORE_CHECKS.length] as CoreCheck;
  }

  /** Runs the case of this number. */
  run(index: number): void {
    const { kind, bytes } = makeCase(this.#seed, index, this.#seeds);
    let tally = this.tallies.get(kind);
    if (tally === undefined) {
      tally = { cases: 0, commits: 0, events: 0, fast: 0, core: 0, rejected: 0, slowestMs: 0 };
      this.tallies.set(kind, tally);
    }
    this.cases++;
    tally.cases++;
    try {
      const started = performance.now();
      const made = this.#make(bytes);
      const tookMs = performance.now() - started;
      const outcome = verify(made);
      tally.commits += outcome.isCommit ? 1 : 0;
      tally.events += outcome.events;
      tally.fast += outcome.fast;
      tally.core += this.#core.compare(bytes);
      tally.rejected += outcome.rejected;
      const isSuspect = this.#longest < Infinity && tookMs > SUSPECT_MS;
      const leastMs = isSuspect ? Math.min(tookMs, leastTimeMs(() => make(bytes))) : tookMs;
      tally.slowestMs = Math.max(tally.slowestMs, leastMs);
      if (isSuspect && leastMs > SUSPECT_MS) this.#compare(leastMs);
    } catch (error) {
      const problem = error instanceof Error ? error.stack ?? error.message : String(error);
      const alike = this.failures.filter((each) => each.problem.slice(0, 40) === problem.slice(0, 40));
      if (alike.length < ALIKE) this.failures.push({ index, kind, bytes, problem });
    }
  }

  /** Both ways, so that neither takes long. */
  #make(bytes: Uint8Array): ReturnType<typeof make> {
    this.#core.make(bytes);
    return make(bytes);
  }

  /** Fails if so many milliseconds are more than the usual messages take at this moment, on this machine. */
  #compare(tookMs: number): void {
    const { messages } = this.#seeds;
    const usualMs = leastTimeMs(() => messages.forEach((bytes) => this.#make(bytes))) / messages.length;
    const times = Math.round(tookMs / usualMs);
    if (times > this.#longest) throw new Error(`It takes ${Math.round(tookMs)} ms, as ${times} usual messages do`);
  }

  /** Kinds that showed too little, in words. */
  missed(): string[] {
    return ENTRIES.flatMap(([name, { events, commits, core }]) => {
      const tally = this.tallies.get(name);
      if (tally === undefined || tally.cases < ENOUGH) return [];
      const found = [tally.events, tally.commits, tally.core].map((sum) => Math.round(sum / tally.cases * 100));
      const least = [events, commits, core];
      if (found.every((share, i) => share >= (least[i] ?? 0))) return [];
      const words = (list: readonly number[]) => `${list[0]} events, ${list[1]} commits, ${list[2]} events by the core`;
      return [`${name}: ${words(found)} a hundred cases, wanted: ${words(least)}`];
    });
  }
}

/**
 * The least time of the processor, in milliseconds, that several tries took: what others do on the same machine does not
 * count, nor does the first collection of garbage.
 */
function leastTimeMs(work: () => unknown): number {
  let least = Infinity;
  for (let i = 0; i < 7; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
