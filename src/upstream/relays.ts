/**
 * Which relay to dial: they have an order, and the next is tried where one fails.
 *
 * @module
 */
import type { ConnectionEnd } from "./errors.ts";

/** So many connections in a row that bring nothing, and the next relay is tried. */
const FAILURES_BEFORE_SWITCH = 3;
/** If a relay asks for no connection for longer, the next is tried at once. */
const LONGEST_REST_MS = 60_000;

/** The relays that may be read, one at a time. */
export class Relays {
  readonly #urls: readonly string[];
  /** When each may be dialled again, on the clock of the caller. */
  readonly #restUntilMs = new Map<string, number>();
  /** Those that say they have no such service. */
  readonly #lasting = new Set<string>();
  #index = 0;
  #failures = 0;

  /** `urls` in the order in which they are to be tried; at least one, each of another host. */
  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  /** The URL to dial. */
  get url(): string {
    return this.#urls[this.#index] ?? "";
  }

  /** The host of the URL to dial, with its port if it has one. */
  get host(): string {
    return new URL(this.url).host;
  }

  /** A new message came: what failed before is forgotten. */
  arrived(): void {
    this.#failures = 0;
    this.#lasting.clear();
  }

  /** A connection ended. Whether the next relay is to be dialled now; it is the current one then. */
  failed(end: ConnectionEnd, nowMs: number): boolean {
    this.#failures++;
    this.#restUntilMs.set(this.url, nowMs + end.leastWaitMs);
    if (!end.mayRetry) this.#lasting.add(this.url);
    const isOver = !end.mayRetry || end.leastWaitMs > LONGEST_REST_MS || this.#failures >= FAILURES_BEFORE_SWITCH;
    const next = isOver ? this.#next(nowMs) : null;
    if (next === null) return false;
    this.#index = next;
    this.#failures = 0;
    return true;
  }

  /** How long the current relay still asks for no connection, in milliseconds. */
  restMs(nowMs: number): number {
    return Math.max(0, (this.#restUntilMs.get(this.url) ?? 0) - nowMs);
  }

  /** The next relay in order, among those with the shortest wait; null where there is no other. */
  #next(nowMs: number): number | null {
    let best: number | null = null;
    let bestRestMs = Infinity;
    for (let step = 1; step < this.#urls.length; step++) {
      const index = (this.#index + step) % this.#urls.length;
      const url = this.#urls[index] ?? "";
      if (this.#lasting.has(url)) continue;
      const restMs = Math.max(0, (this.#restUntilMs.get(url) ?? 0) - nowMs);
      if (restMs < bestRestMs) [best, bestRestMs] = [index, restMs];
    }
    return best;
  }
}
