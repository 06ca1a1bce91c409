/**
 * An outage of one end, from the first failure to the next success: one line of the log at its start, one a minute, one
 * at its end, however many attempts and partitions fail meanwhile.
 *
 * @module
 */
import type { LimitedLog, Rate } from "./limit.ts";
import type { Fields, Log } from "./log.ts";

/** An end that goes up and down within seconds has so many lines at most. */
const SOME: Rate = { lines: 5, windowMs: 10_000 };
const REMIND_MS = 60_000;

/** One failed attempt. */
export interface Failure {
  /** Whether it got no answer; else it was refused. */
  readonly isUnreachable: boolean;
  /** `host:port`, or null where the error does not say it. */
  readonly server: string | null;
  readonly reason: string;
  readonly retryInMs: number;
  /** What helps, or null. */
  readonly advice: string | null;
}

/** An outage as the status line shows it. */
export interface OutageState {
  readonly isUnreachable: boolean;
  /** How long it has lasted. */
  readonly seconds: number;
}

/** The messages of an outage: first while there is no answer, second while the answer is a refusal. */
export interface OutageTexts {
  readonly begins: readonly [unreachable: string, refused: string];
  readonly lasts: readonly [unreachable: string, refused: string];
  readonly ends: string;
}

/** What an outage reads and writes. */
export interface OutageParts {
  readonly log: Log;
  readonly limited: LimitedLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What waits meanwhile, for each line. */
  readonly held: () => Fields;
  /** Whether its lines are errors, as it passes only if somebody does something; else they are warnings. */
  readonly needsHuman: boolean;
  /** Takes the state whenever it changes; null: there is no outage. */
  readonly show: (state: OutageState | null) => void;
}

/** Watches one end. */
export class Outage {
  readonly #texts: OutageTexts;
  readonly #parts: OutageParts;
  #failure: Failure | null = null;
  #sinceMs = 0;
  #remindMs = 0;
  #nextMs = 0;

  constructor(texts: OutageTexts, parts: OutageParts) {
    this.#texts = texts;
    this.#parts = parts;
  }

  /** The last failure of an outage that lasts; null: there is none. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /** An attempt failed, and the next one follows. */
  failed(failure: Failure): void {
    const nowMs = this.#parts.now();
    const isFirst = this.#failure === null;
    // Of several partitions that wait, the next attempt is that of the first.
    const nextMs = nowMs + failure.retryInMs;
    this.#nextMs = isFirst || this.#nextMs <= nowMs ? nextMs : Math.min(this.#nextMs, nextMs);
    this.#failure = failure;
    if (isFirst) {
      this.#sinceMs = nowMs;
      this.#remindMs = nowMs + REMIND_MS;
      const { begins } = this.#texts;
      const level = this.#parts.needsHuman ? "error" : "warn";
      this.#parts.limited(begins[0], SOME, level, this.#textOf(begins), this.#facts());
    }
    this.#show(nowMs);
  }

  /** Call it every second. */
  check(): void {
    if (this.#failure === null) return;
    const nowMs = this.#parts.now();
    this.#show(nowMs);
    if (nowMs < this.#remindMs) return;
    this.#remindMs = nowMs + REMIND_MS;
    const level = this.#parts.needsHuman ? "error" : "warn";
    this.#parts.log(level, this.#textOf(this.#texts.lasts), {
      ...this.#facts(),
      seconds: this.#seconds(nowMs),
    });
  }

  /** An attempt succeeded. Without an outage it says nothing. */
  ended(fields: Fields = {}): void {
    if (this.#failure === null) return;
    const { limited, now, held, show } = this.#parts;
    const { server } = this.#failure;
    const seconds = this.#seconds(now());
    this.#failure = null;
    show(null);
    const { ends } = this.#texts;
    limited(ends, SOME, "info", ends, { server, seconds, ...held(), ...fields });
  }

  #facts(): Fields {
    const { now, held } = this.#parts;
    const { server = null, reason = null, advice = null } = this.#failure ?? {};
    return { server, reason, ...held(), retryInMs: Math.max(0, this.#nextMs - now()), advice };
  }

  #textOf(texts: readonly [string, string]): string {
    return texts[this.#failure?.isUnreachable === false ? 1 : 0];
  }

  #seconds(nowMs: number): number {
    return Math.max(0, Math.round((nowMs - this.#sinceMs) / 1000));
  }

  #show(nowMs: number): void {
    this.#parts.show({ isUnreachable: this.#failure?.isUnreachable ?? true, seconds: this.#seconds(nowMs) });
  }
}
