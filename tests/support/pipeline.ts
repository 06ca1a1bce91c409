/**
 * A pipeline over a real WebSocket, with a sink and a cursor store that do what a test tells them to.
 *
 * @module
 */
import { PLAIN_LAYOUT } from "../../src/events/record_layout.ts";
import { wait } from "../../src/async.ts";
import type { Cursor, CursorStore } from "../../src/cursor/cursor.ts";
import { acknowledgedCheckpoint, type OpenCheckpoint } from "../../src/pipeline/checkpoint.ts";
import { rulesOf } from "../../src/filter/collections.ts";
import { UNFILTERED } from "../../src/filter/filter.ts";
import { noOperations, type OperationCounts } from "../../src/filter/drops.ts";
import type { RepoMemory } from "../../src/memory/repo_memory.ts";
import type { SubjectMemory } from "../../src/memory/subject_memory.ts";
import type { RunObserver } from "../../src/pipeline/observer.ts";
import { run } from "../../src/pipeline/pipeline.ts";
import type { RunOptions, RunParts } from "../../src/pipeline/run.ts";
import type { VerdictSource } from "../../src/pipeline/verdicts.ts";
import { type SubscribeOptions, Subscription } from "../../src/upstream/subscribe_repos.ts";
import type { StartPoint, UpstreamObserver } from "../../src/upstream/upstream.ts";
import { type FirehoseServer, serve } from "../../src/simulator/server.ts";
import { DeadLetters } from "../../src/pipeline/dead_letters.ts";
import type { ProducerRecord } from "../../src/record/producer_record.ts";
import type { Outcome, Producer, Receipt } from "../../src/record/producer.ts";
import { COLLECTIONS } from "../../src/events/registry.ts";
import { decodeHeaders, encodeHeaders } from "../../src/record/headers.ts";
import { assertRecord } from "./schemas.ts";
import { until } from "./wait.ts";

/** A run that has ticked so often without anything else is done. */
const STILL_TICKS = 1500;

/** A firehose that serves these messages, with their numbers, and is silent then. */
export function firehoseOf(messages: readonly { readonly seq: number | null; readonly bytes: Uint8Array }[]) {
  const left = messages.map((message) => ({ ...message, atMs: null }));
  return serve({ next: () => Promise.resolve(left.shift() ?? null) }, {
    port: 0,
    rate: null,
    window: 100_000,
    faults: [],
  });
}

/** A firehose that may have left something out, which the messages after the jump decide. */
export interface PossibleGap extends Disposable {
  readonly server: FirehoseServer;
  /** Sends the message 5 after a new connection; the one before has the number 1. */
  jump(): void;
  /** Sends the messages 6 to 25, by which the relay leaves out no number: so there is a gap. */
  decide(): void;
}

/** Disposed of, it sends all: a server that waits for a message never closes. */
export function possibleGap(
  message: (seq: number) => { readonly seq: number; readonly bytes: Uint8Array },
): PossibleGap {
  const [jump, more] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const messages = [1, 5, ...Array.from({ length: 20 }, (_, i) => 6 + i)].map(message);
  let index = 0;
  const server = serve({
    next: async () => {
      await [null, jump.promise, more.promise][index];
      const next = messages[index++];
      return next === undefined ? null : { ...next, atMs: null };
    },
  }, { port: 0, rate: null, window: 1000, faults: [{ name: "clean-close", every: 1 }] });
  return {
    server,
    jump: jump.resolve,
    decide: more.resolve,
    [Symbol.dispose]() {
      jump.resolve();
      more.resolve();
    },
  };
}

const NO_HEADERS = encodeHeaders([]);

/** Holds what it is given until the test settles it, or settles it at once. */
export class ScriptedProducer implements Producer {
  readonly held: { readonly record: ProducerRecord; readonly receipt: Receipt }[] = [];
  /** The AT-URIs of all records written, in order. */
  readonly written: string[] = [];
  /** The buffers that held them. */
  readonly buffers = new Set<Uint8Array>();
  readonly failed: Promise<never>;
  /** How the first event that is not as its schema wants it breaks it; whoever disposes of the run throws it. */
  invalid: unknown = null;
  /** What becomes of each record at once; null holds it. */
  outcome: Outcome | null = null;
  /** So many of the first are held nevertheless. */
  kept = 0;
  #fail: (error: Error) => void = () => {};
  #flushing: (() => void)[] = [];

  constructor() {
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    try {
      assertRecord({ value: record.value, headers: decodeHeaders(record.headers ?? NO_HEADERS) });
    } catch (error) {
      this.invalid ??= error;
    }
    this.written.push(record.uri);
    this.buffers.add(record.bytes);
    this.held.push({ record, receipt });
    if (this.outcome !== null && this.held.length > this.kept) this.settle(this.kept, this.outcome);
  }

  /** Settles one of the records held. */
  settle(index: number, outcome: Outcome): void {
    const [found] = this.held.splice(index, 1);
    if (found === undefined) throw new RangeError(`No record ${index} is held`);
    found.receipt.settle(found.record, outcome);
    if (this.held.length > 0) return;
    for (const wake of this.#flushing.splice(0)) wake();
  }

  /** Settles all that is held, and from now on at once. */
  release(outcome: Outcome): void {
    this.outcome = outcome;
    this.kept = 0;
    while (this.held.length > 0) this.settle(0, outcome);
  }

  fail(error: Error): void {
    this.#fail(error);
  }

  flush(): Promise<void> {
    if (this.held.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushing.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** Keeps cursors in memory, and fails to while told so. */
export class MemoryCursors implements CursorStore {
  readonly saved: number[] = [];
  /** The host of each cursor saved. */
  readonly hosts: (string | null)[] = [];
  failing = false;
  attempts = 0;
  /** What else a save does, such as to settle records. */
  saving: (seq: number) => void | Promise<void> = () => {};

  load(): Promise<Cursor | null> {
    return Promise.resolve(null);
  }

  async save({ seq, host }: Cursor): Promise<void> {
    this.attempts++;
    if (this.failing) throw new Error("the disk is full");
    await this.saving(seq);
    this.saved.push(seq);
    this.hosts.push(host);
  }

  get last(): number | null {
    return this.saved.at(-1) ?? null;
  }
}

/** A firehose that a run reads, and disposes of. */
export type Served = Pick<FirehoseServer, "url"> & AsyncDisposable;

/** What a run is told to do differently. */
export type Changes = Partial<RunOptions> & {
  readonly idleTimeoutMs?: number;
  readonly maxPauseMs?: number;
  readonly random?: () => number;
  /** URLs of other firehoses, in the order in which they are tried. */
  readonly others?: readonly string[];
  readonly known?: StartPoint["known"];
  /** At least once where it is not given. */
  readonly openCheckpoint?: OpenCheckpoint;
  /** Where dead letters go. */
  readonly letters?: Producer | null;
  readonly repos?: RepoMemory | null;
  readonly subjects?: SubjectMemory | null;
  readonly identities?: RunParts["identities"];
  readonly through?: SubscribeOptions["through"];
  readonly verdicts?: VerdictSource | null;
};

/** A run that goes on until it is stopped; what it observed stands in `seen`, as the names of happenings. */
export class PipelineRun implements AsyncDisposable {
  readonly sink = new ScriptedProducer();
  readonly cursors = new MemoryCursors();
  readonly seen: string[] = [];
  /** Numbers of the frames whose records were delivered or dropped, in order of settling. */
  frames = 0;
  /** What became of the operations of commits. */
  operations: Readonly<OperationCounts> = noOperations();
  /** Age of the oldest undelivered frame, and of each record when it ended, in milliseconds. */
  oldestMs = 0;
  #ticks = 0;
  readonly ages: number[] = [];
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #server: Served;
  readonly #letters: Producer | null;

  constructor(server: Served, changes: Changes = {}) {
    this.#server = server;
    const {
      idleTimeoutMs = 60_000,
      maxPauseMs = 60_000,
      random = () => 0.5,
      letters = null,
      repos = null,
      subjects = null,
      identities = null,
      through = null,
      verdicts = null,
      others = [],
      known = new Map(),
      openCheckpoint = acknowledgedCheckpoint,
      ...options
    } = changes;
    this.#letters = letters;
    const start = { at: { kind: "after", seq: 0, time: null }, recent: [], usualStep: null, known } as const;
    const observer = this.#observer();
    const subscribe: SubscribeOptions = {
      urls: [server.url, ...others],
      start,
      rewindMs: 60_000,
      maxPauseMs,
      userAgent: "test",
      idleTimeoutMs,
      maxBufferedBytes: 8_388_608,
      gatherMs: 0,
      backoff: { firstMs: 10, longestMs: 50 },
      through,
      random,
      wait,
      now: options.now ?? Date.now,
    };
    this.ended = run(
      {
        recent: [],
        sourceOf: (url) => url,
        rememberedRecords: 0,
        layout: PLAIN_LAYOUT,
        wholeRecords: false,
        handles: null,
        usualVerdict: null,
        selection: { collections: rulesOf(COLLECTIONS), ...UNFILTERED },
        maxInFlightBytes: 1e9,
        maxEvents: null,
        saveEveryMs: 5,
        stamp: { epoch: 1 },
        shutdownTimeoutMs: 10_000,
        now: Date.now,
        ...options,
      },
      {
        upstream: (pressure, decoder, signal) => new Subscription(subscribe, pressure, observer, signal, decoder),
        openCheckpoint,
        producer: this.sink,
        deadLetters: letters && new DeadLetters(letters, "letters"),
        repos,
        subjects,
        identities,
        verdicts,
        cursors: this.cursors,
        observer,
      },
      this.#stop.signal,
    );
    this.ended.catch(() => {});
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when the run has ticked so often again. */
  async ticks(count: number): Promise<void> {
    const target = this.#ticks + count;
    await until(`${count} ticks`, () => this.#ticks >= target);
  }

  /**
   * Resolves when `holds` does. Fails when the run has ticked 1,500 times and nothing else came of it: a fault that
   * keeps something from coming is found in seconds, and on a slow machine the ticks are slow too.
   */
  async until(what: string, holds: () => boolean): Promise<void> {
    const moves = () => this.seen.length + this.cursors.attempts + this.sink.written.length + this.frames;
    let [moved, tick] = [moves(), this.#ticks];
    await until(what, () => {
      if (moves() !== moved) [moved, tick] = [moves(), this.#ticks];
      if (!holds() && this.#ticks - tick > STILL_TICKS) throw new Error(`Nothing moved while waiting for ${what}`);
      return holds();
    });
  }

  /** How often something happened. */
  count(name: string): number {
    return this.seen.filter((each) => each === name).length;
  }

  #observer(): RunObserver & UpstreamObserver {
    const note = (name: string) => () => void this.seen.push(name);
    return {
      connecting: note("connecting"),
      connected: note("connected"),
      disconnected: note("disconnected"),
      switched: note("switched"),
      paused: note("paused"),
      resumed: note("resumed"),
      held: note("held"),
      released: note("released"),
      gap: note("gap"),
      repeated: note("repeated"),
      info: note("info"),
      frame: () => void this.frames++,
      received: ({ counts }) => {
        this.operations = counts;
      },
      lag: () => {},
      repeatedRecord: note("repeatedRecord"),
      repeatedCommit: note("repeatedCommit"),
      repoGap: note("repoGap"),
      verdict: ({ verified, reason }) => void this.seen.push(`verdict ${reason ?? verified}`),
      unverified: ({ reason }) => void this.seen.push(`unverified ${reason}`),
      futureRev: note("futureRev"),
      subjectRecalled: (isKnown) => void this.seen.push(isKnown ? "known" : "unknown"),
      memoryFailed: note("memoryFailed"),
      rejected: ({ reason }) => void this.seen.push(reason),
      settled: (_, outcome, ageMs) => {
        this.seen.push(outcome);
        this.ages.push(ageMs);
      },
      deadLetterSettled: (reason, outcome) => void this.seen.push(`letter ${reason} ${outcome}`),
      inFlight: (_bytes, _records, oldestMs) => {
        this.oldestMs = oldestMs;
        this.#ticks++;
      },
      cursorSaved: note("cursorSaved"),
      cursorFailed: note("cursorFailed"),
      undelivered: ({ frames }) => void this.seen.push(`undelivered ${frames}`),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    for (const sink of [this.sink, this.#letters]) if (sink instanceof ScriptedProducer) sink.release("dropped");
    await Promise.allSettled([this.ended]);
    await this.#server[Symbol.asyncDispose]();
    if (this.sink.invalid !== null) throw this.sink.invalid;
  }
}

const nothing = () => {};

/** Observes nothing of a run. */
export const QUIET: RunObserver = {
  switched: nothing,
  held: nothing,
  released: nothing,
  gap: nothing,
  frame: nothing,
  lag: nothing,
  received: nothing,
  repeatedRecord: nothing,
  repeatedCommit: nothing,
  repoGap: nothing,
  verdict: nothing,
  unverified: nothing,
  futureRev: nothing,
  subjectRecalled: nothing,
  memoryFailed: nothing,
  rejected: nothing,
  settled: nothing,
  deadLetterSettled: nothing,
  inFlight: nothing,
  cursorSaved: nothing,
  cursorFailed: nothing,
  undelivered: nothing,
};
