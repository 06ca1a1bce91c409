/**
 * Requests to somebody else's server: so many a second, so many at once, one at a time for a name, later where it refuses.
 * What must be asked again goes before what is asked for the first time; of the latter the oldest go when there are too
 * many, as what is still of use is asked for again.
 *
 * @module
 */
import { backoffMs } from "../async.ts";

/** What came of asking. */
export type Asked =
  | "done"
  /** All requests wait, for `afterMs` or ever longer where that is null, and this one is made again. */
  | { readonly afterMs: number | null }
  /** This one alone is made again, ever later, for `restMs` at least; the last time it is not. */
  | { readonly restMs: number };

/** What a queue needs. */
export interface QueueOptions {
  /** Requests a second, at most. */
  readonly perSecond: number;
  /** Requests that are unanswered at once, at most. */
  readonly mostAtOnce: number;
  /** Requests that wait, at most, of each of the two kinds. */
  readonly mostWaiting: number;
  /** Asks about a name. It never rejects. */
  readonly ask: (request: QueuedRequest, signal: AbortSignal) => Promise<Asked>;
  /** A request was given up before it was answered. */
  readonly onDropped: () => void;
  readonly clock: QueueClock;
}

/** What is to be asked. */
export interface QueuedRequest {
  readonly name: string;
  /** Whether something says that an answer from before is none any more. */
  readonly isRenewal: boolean;
  /** How often it was asked before, and refused. */
  readonly attempts: number;
}

/** Time and chance. */
export interface QueueClock {
  /** Milliseconds on any clock. */
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

interface Job {
  readonly name: string;
  attempts: number;
  /** Called when it ended, one way or the other. */
  readonly waiting: (() => void)[];
}

const BACKOFF = { firstMs: 1000, longestMs: 60_000 };
/** For so long a request rests, at most. */
const LONGEST_REST_MS = 60_000;
/** Nobody is to hold us for longer, by `Retry-After`. */
const LONGEST_PAUSE_MS = 300_000;
/** So often a request is made that rests in between. */
export const MOST_RESTS = 4;
/** So often a request is refused before it is given up. */
const MOST_ATTEMPTS = 20;
/** Every so many requests one is a first one, however many there are to repeat. */
const FIRST_EVERY = 8;

const NONE: ReadonlySet<string> = new Set();
/** So many that were taken may stand before those that wait. */
const MOST_TAKEN = 1024;

/** Requests that wait, the oldest first; a Map alone would step over all that it had before, each time. */
class Jobs {
  readonly #byName = new Map<string, Job>();
  /** Those that were deleted stand here until they are the first. */
  #order: Job[] = [];
  #from = 0;

  get size(): number {
    return this.#byName.size;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  get(name: string): Job | undefined {
    return this.#byName.get(name);
  }

  add(job: Job): void {
    this.#byName.set(job.name, job);
    this.#order.push(job);
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  /** The oldest that is none of these; it stays. */
  first(but: ReadonlySet<string>): Job | null {
    const isThere = (job: Job | undefined) => job !== undefined && this.#byName.get(job.name) === job;
    while (this.#from < this.#order.length && !isThere(this.#order[this.#from])) this.#from++;
    if (this.#from > MOST_TAKEN && this.#from * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#from);
      this.#from = 0;
    }
    for (let at = this.#from; at < this.#order.length; at++) {
      const job = this.#order[at];
      if (job !== undefined && isThere(job) && !but.has(job.name)) return job;
    }
    return null;
  }
}

/** Makes requests while {@linkcode run} runs. */
export class RequestQueue {
  readonly #options: QueueOptions;
  readonly #urgent = new Jobs();
  readonly #first = new Jobs();
  readonly #open = new Set<string>();
  readonly #resting = new Set<string>();
  #wake = Promise.withResolvers<void>();
  #nextMs = -Infinity;
  #pausedToMs = -Infinity;
  #refusals = 0;
  #taken = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#urgent.size + this.#first.size + this.#resting.size;
  }

  /** Whether requests are unanswered. */
  get isAsking(): boolean {
    return this.#open.size > 0;
  }

  /** Whether a name is to be asked about, or being asked about. */
  has(name: string): boolean {
    return this.#urgent.has(name) || this.#first.has(name) || this.#open.has(name) || this.#resting.has(name);
  }

  /** Asks about a name for the first time, unless that is under way. */
  request(name: string): void {
    if (!this.has(name)) this.#add(this.#first, { name, attempts: 0, waiting: [] });
  }

  /** Asks about a name anew, also while an answer is awaited, which may be older. Resolves when it ended. */
  renew(name: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#urgent.get(name);
      if (waiting !== undefined) return void waiting.waiting.push(resolve);
      this.#first.delete(name);
      this.#add(this.#urgent, { name, attempts: 0, waiting: [resolve] });
    });
  }

  #add(jobs: Jobs, job: Job): void {
    if (jobs.size >= this.#options.mostWaiting) {
      const oldest = jobs.first(NONE);
      if (oldest !== null) {
        jobs.delete(oldest.name);
        this.#end(oldest, true);
      }
    }
    jobs.add(job);
    this.#wake.resolve();
  }

  #end({ waiting }: Job, isDropped: boolean): void {
    if (isDropped) this.#options.onDropped();
    for (const done of waiting) done();
  }

  /** Makes the requests until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { perSecond, mostAtOnce, clock } = this.#options;
    const open = new Set<Promise<void>>();
    const onAbort = () => this.#wake.resolve();
    signal.addEventListener("abort", onAbort);
    while (!signal.aborted) {
      const waitMs = Math.max(this.#nextMs, this.#pausedToMs) - clock.now();
      if (this.#open.size >= mostAtOnce || !this.#hasNext()) {
        this.#wake = Promise.withResolvers();
        await this.#wake.promise;
      } else if (waitMs > 0) await clock.wait(waitMs, signal);
      else {
        this.#nextMs = clock.now() + 1000 / perSecond;
        const asked: Promise<void> = this.#askNext(signal).finally(() => open.delete(asked));
        open.add(asked);
      }
    }
    signal.removeEventListener("abort", onAbort);
    await Promise.all(open);
    for (const jobs of [this.#urgent, this.#first]) {
      for (let job = jobs.first(NONE); job !== null; job = jobs.first(NONE)) {
        jobs.delete(job.name);
        this.#end(job, false);
      }
    }
  }

  #hasNext(): boolean {
    return this.#urgent.first(this.#open) !== null || this.#first.first(this.#open) !== null;
  }

  async #askNext(signal: AbortSignal): Promise<void> {
    const firstTurn = ++this.#taken % FIRST_EVERY === 0;
    const first = this.#first.first(this.#open);
    const urgent = firstTurn && first !== null ? null : this.#urgent.first(this.#open);
    const job = urgent ?? first;
    if (job === null) return;
    const jobs = urgent === null ? this.#first : this.#urgent;
    jobs.delete(job.name);
    this.#open.add(job.name);
    const asked = await this.#options.ask(
      { name: job.name, isRenewal: urgent !== null, attempts: job.attempts },
      signal,
    );
    this.#open.delete(job.name);
    if (asked === "done") {
      this.#refusals = 0;
      this.#end(job, false);
    } else if ("restMs" in asked) this.#rest(job, jobs, asked.restMs, signal);
    else this.#refused(job, jobs, asked.afterMs, signal);
    this.#wake.resolve();
  }

  #rest(job: Job, jobs: Jobs, restMs: number, signal: AbortSignal): void {
    const { clock, mostWaiting } = this.#options;
    if (this.#resting.size >= mostWaiting) return this.#end(job, true);
    this.#resting.add(job.name);
    const laterMs = backoffMs(++job.attempts, 0.5 + clock.random() / 2, BACKOFF);
    void clock.wait(Math.max(laterMs, Math.min(LONGEST_REST_MS, restMs)), signal).then(() => {
      this.#resting.delete(job.name);
      this.#repeat(job, jobs, signal);
      this.#wake.resolve();
    });
  }

  /** Puts a request back, unless it is made anew anyhow. */
  #repeat(job: Job, jobs: Jobs, signal: AbortSignal): void {
    const other = this.#urgent.get(job.name) ?? this.#first.get(job.name);
    if (other !== undefined) other.waiting.push(...job.waiting);
    else if (signal.aborted) this.#end(job, false);
    else this.#add(jobs, job);
  }

  #refused(job: Job, jobs: Jobs, afterMs: number | null, signal: AbortSignal): void {
    const { clock } = this.#options;
    this.#refusals++;
    // Not all who were refused together come back together.
    const share = 0.5 + clock.random() / 2;
    const pauseMs = afterMs === null
      ? backoffMs(this.#refusals, share, BACKOFF)
      : Math.min(LONGEST_PAUSE_MS, afterMs) * (1 + clock.random() / 10);
    this.#pausedToMs = Math.max(this.#pausedToMs, clock.now() + pauseMs);
    if (++job.attempts < MOST_ATTEMPTS) this.#repeat(job, jobs, signal);
    else this.#end(job, true);
  }
}
