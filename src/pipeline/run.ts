/**
 * The way of a frame: receive -> frame -> commit -> map -> encode -> send -> settle -> save.
 *
 * Invariants:
 * 1. Every frame with a sequence number opens one ticket, and settles it exactly once for itself and once for each of
 *    its records; filtered, sampled-out and rejected ones settle too.
 * 2. The cursor saved is the watermark's mark: never ahead of what the sink acknowledged. Where saving is a transaction
 *    that takes records and cursor in one, it is the last frame taken: saves begin between frames, all of whose records
 *    are written by then.
 * 3. Between receiving and sending nothing is awaited; so frames are handled in order, and records of one key are too.
 * 4. Undelivered bytes are bounded by the budget; at the bound the subscription closes its connection and comes back.
 *
 * @module
 */
import type { Cursor, CursorStore } from "../cursor/cursor.ts";
import { EventEncoder } from "../events/encode.ts";
import { type CommitFrame, decodeFrame } from "../firehose/frame.ts";
import { type SubscribeObserver, type SubscribeOptions, Subscription } from "../firehose/subscribe.ts";
import { CommitReader } from "../repo/commit.ts";
import type { Selection } from "../repo/selection.ts";
import type { Rejected } from "../rejected.ts";
import type { Outcome, OutRecord, Receipt, Sink } from "../sink/sink.ts";
import { Budget, RECORD_OVERHEAD_BYTES } from "./budget.ts";
import { type Ticket, Watermark } from "./watermark.ts";

/** What a run is made of. */
export interface RunOptions {
  readonly subscribe: SubscribeOptions;
  /** Host of the firehose, saved beside the cursor. */
  readonly host: string;
  /** CloudEvents `source`: the firehose URL without its query. */
  readonly source: string;
  readonly selection: Selection;
  readonly maxInFlightBytes: number;
  /** Stop after so many delivered events; null for no limit. */
  readonly maxEvents: number | null;
  readonly saveEveryMs: number;
  /** Whether saving a cursor is what delivers the records written before, in one transaction with it. */
  readonly transactional: boolean;
  /** How long the sink may take to deliver what it holds once reading has stopped. */
  readonly shutdownTimeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What happens on the way, besides what the subscription tells. */
export interface RunObserver extends SubscribeObserver {
  frame(bytes: number): void;
  /** How far a message's own time is behind its arrival, in milliseconds: for the last one of those that came together. */
  lag(ms: number): void;
  sampledOut(records: number): void;
  rejected(rejected: Rejected): void;
  settled(record: OutRecord, outcome: Outcome): void;
  inFlight(bytes: number, frames: number): void;
  cursorSaved(cursor: Cursor): void;
  cursorFailed(error: Error): void;
  undelivered(event: { readonly frames: number; readonly bytes: number }): void;
}

/** The parts that were opened for a run; the caller closes them. */
export interface RunParts {
  readonly sink: Sink;
  readonly cursors: CursorStore | null;
  readonly observer: RunObserver;
}

/**
 * Runs until `signal` aborts or enough events are delivered; then, or when reading failed for good, drains the sink and
 * saves the cursor.
 *
 * @throws the sink's error, if it failed for good, or what ended the reading; the cursor is saved before
 * @throws {Error} if nothing else failed and the last cursor could not be saved
 */
export async function run(options: RunOptions, parts: RunParts, signal: AbortSignal): Promise<void> {
  const pipeline = new Pipeline(options, parts);
  const stop = new AbortController();
  const reading = AbortSignal.any([signal, stop.signal]);
  const failed = parts.sink.failed.catch((error: unknown) => {
    stop.abort();
    throw error;
  });
  failed.catch(() => {});
  const timer = setInterval(() => pipeline.tick(), options.saveEveryMs);
  const read = pipeline.read(reading);
  let unsaved: Error | null;
  try {
    try {
      await Promise.race([read, failed]);
    } finally {
      await Promise.race([pipeline.drain(stop.signal), failed]);
    }
  } finally {
    stop.abort();
    clearInterval(timer);
    await Promise.allSettled([read]);
    // A transaction that the drain did not end in time would hold this up for as long as the brokers are away.
    unsaved = options.transactional ? null : await pipeline.save();
  }
  if (unsaved !== null) throw unsaved;
}

class Pipeline {
  readonly #options: RunOptions;
  readonly #parts: RunParts;
  readonly #budget: Budget;
  readonly #commits: CommitReader;
  readonly #encoder: EventEncoder;
  readonly #watermark = new Watermark();
  readonly #maxEvents: number;
  #saved: number | null = null;
  #saving: Promise<Error | null> = Promise.resolve(null);
  #saves = 0;
  #written = 0;
  #delivered = 0;
  #nowMs = 0;

  constructor(options: RunOptions, parts: RunParts) {
    this.#options = options;
    this.#parts = parts;
    this.#budget = new Budget(options.maxInFlightBytes);
    this.#maxEvents = options.maxEvents ?? Infinity;
    this.#commits = new CommitReader(options.selection);
    this.#encoder = new EventEncoder(options.source);
  }

  /** Takes frames in, and hands records out, until the signal aborts or enough events are delivered. */
  async read(signal: AbortSignal): Promise<void> {
    const { observer } = this.#parts;
    const subscription = new Subscription(this.#options.subscribe, this.#budget, observer, signal);
    for await (const batch of subscription) {
      this.#nowMs = this.#options.now();
      let last: { readonly time: string } | null = null;
      for (const bytes of batch) {
        const frame = decodeFrame(bytes);
        if (frame.kind === "rejected") this.#rejectFrame(frame, subscription);
        else if (subscription.accept(frame)) {
          last = frame;
          const ticket = this.#watermark.open(frame.seq);
          observer.frame(bytes.length);
          if (frame.kind === "commit") {
            const receipt = new FrameReceipt(this, ticket);
            for (const record of this.#records(frame)) {
              // Here the limit lies within a commit; its ticket stays open, for the commit is not delivered whole.
              if (this.#atLimit && !this.#options.transactional && await this.#enough(signal)) return;
              ticket.expect();
              this.#written++;
              this.#budget.admit(cost(record));
              this.#parts.sink.write(record, receipt);
            }
          }
          ticket.done();
          if (this.#atLimit && await this.#enough(signal)) return;
        }
      }
      observer.inFlight(this.#budget.bytes, this.#watermark.pending);
      if (last !== null) this.#observeLag(last.time);
    }
  }

  #observeLag(time: string): void {
    const ms = this.#nowMs - Date.parse(time);
    if (!Number.isNaN(ms)) this.#parts.observer.lag(ms);
  }

  /** A damaged frame whose number is known moves the cursor like any other. */
  #rejectFrame(rejected: Rejected, subscription: Subscription): void {
    if (rejected.seq !== null) {
      if (!subscription.acceptSeq(rejected.seq, 0)) return;
      this.#watermark.open(rejected.seq).done();
    }
    this.#parts.observer.rejected(rejected);
  }

  /** The finished events of a commit; what is not usable is reported and left out. */
  #records(frame: CommitFrame): readonly OutRecord[] {
    const { observer } = this.#parts;
    const { results, sampledOut } = this.#commits.read(frame);
    if (sampledOut > 0) observer.sampledOut(sampledOut);
    if (results.length === 0) return NO_RECORDS;
    const records: OutRecord[] = [];
    for (const result of results) {
      const encoded = result.kind === "rejected" ? result : this.#encoder.encode(result, this.#nowMs);
      if (encoded === null) continue;
      if ("kind" in encoded) observer.rejected(encoded);
      else records.push(encoded);
    }
    return records;
  }

  /** A record of the frame of `ticket` ended. */
  settle(record: OutRecord, outcome: Outcome, ticket: Ticket): void {
    this.#budget.release(cost(record));
    if (outcome === "delivered") this.#delivered++;
    this.#parts.observer.settled(record, outcome);
    ticket.done();
  }

  get #atLimit(): boolean {
    return this.#written >= this.#maxEvents;
  }

  /** At the limit: whether as many were delivered. Those that had to be dropped make room for as many others. */
  async #enough(signal: AbortSignal): Promise<boolean> {
    await Promise.race([this.#flush(), aborted(signal)]);
    this.#written = this.#delivered;
    return signal.aborted || this.#atLimit;
  }

  /** Waits until all is delivered, or the time for it is over, or the signal aborts because nothing will be. */
  async drain(signal: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), this.#options.shutdownTimeoutMs);
    });
    const outcome = await Promise.race([this.#flush(), late, aborted(signal)])
      .finally(() => clearTimeout(timer));
    if (outcome === "late") {
      this.#parts.observer.undelivered({ frames: this.#watermark.pending, bytes: this.#budget.bytes });
    }
  }

  /** Resolves when all that was written is delivered. */
  async #flush(): Promise<void> {
    if (this.#options.transactional) await this.save();
    else await this.#parts.sink.flush();
  }

  /** Saves, unless a save is under way. */
  tick(): void {
    if (this.#saves === 0) void this.save();
  }

  /** Saves the mark if it moved; one save at a time, each after the one before. Answers with what went wrong, or null. */
  save(): Promise<Error | null> {
    this.#saves++;
    return this.#saving = this.#saving.then(() => this.#saveNow()).finally(() => this.#saves--);
  }

  async #saveNow(): Promise<Error | null> {
    const { transactional } = this.#options;
    const mark = transactional ? this.#watermark.newest : this.#watermark.mark;
    const { cursors, observer } = this.#parts;
    observer.inFlight(this.#budget.bytes, this.#watermark.pending);
    if (cursors === null || mark === null || mark.seq === this.#saved) return null;
    const cursor = { host: this.#options.host, seq: mark.seq, time: new Date(this.#options.now()).toISOString() };
    try {
      await cursors.save(cursor);
      this.#saved = cursor.seq;
      observer.cursorSaved(cursor);
      return null;
    } catch (error) {
      // A disk that is full now may have room in a second; what was delivered is repeated at worst.
      if (!(error instanceof Error)) throw error;
      // Of a transaction the sink tells, and that ends the run.
      if (!transactional) observer.cursorFailed(error);
      return error;
    }
  }
}

/** The receipt for all records of one frame. */
class FrameReceipt implements Receipt {
  readonly #pipeline: Pipeline;
  readonly #ticket: Ticket;

  constructor(pipeline: Pipeline, ticket: Ticket) {
    this.#pipeline = pipeline;
    this.#ticket = ticket;
  }

  settle(record: OutRecord, outcome: Outcome): void {
    this.#pipeline.settle(record, outcome, this.#ticket);
  }
}

const NO_RECORDS: readonly OutRecord[] = [];

function cost(record: OutRecord): number {
  return record.key.length + record.value.length + RECORD_OVERHEAD_BYTES;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
