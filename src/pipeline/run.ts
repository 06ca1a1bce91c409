/**
 * The way of a frame: receive -> frame -> commit -> map -> encode -> send -> settle -> save.
 *
 * Invariants:
 * 1. Every frame with a sequence number opens one ticket, and settles it exactly once for itself and once for each of
 *    its records and dead letters; filtered, sampled-out and rejected ones settle too.
 * 2. The cursor saved is the watermark's mark: never ahead of what the sink acknowledged. Where saving is a transaction
 *    that takes records and cursor in one, it is the last frame taken: saves begin between frames, all of whose records
 *    and dead letters are written by then; the letter of what is too large is written as soon as the sink says so.
 * 3. Between receiving and sending nothing is awaited; so frames are handled in order, and records of one key are too.
 * 4. A gap has a ticket of its own, in front of that of the first frame after it, with the number before the gap: the
 *    cursor passes it only when its event is acknowledged. What may be a gap has such a ticket until that is decided, and
 *    where saving is a transaction there is none meanwhile.
 * 5. What is kept from the mark on is bounded by the budget; at the bound the subscription closes its connection and comes
 *    back.
 *
 * @module
 */
import type { Cursor, CursorStore } from "../cursor/cursor.ts";
import { type DeadLetter, encodeDeadLetter, letterOf, letterOfEvent, letterOfRecord } from "../events/dead_letter.ts";
import { EventEncoder } from "../events/encoder.ts";
import type { ContentMode } from "../events/framing.ts";
import { encodeGap } from "../events/gap.ts";
import { RECORD_TYPES } from "../events/registry.ts";
import { type CommitFrame, decodeFrame } from "../atproto/frame.ts";
import type { StreamGap } from "../upstream/gap.ts";
import type { SubscribeObserver } from "../upstream/observer.ts";
import { Subscription } from "../upstream/subscribe.ts";
import type { SubscribeOptions } from "../upstream/subscribe_options.ts";
import type { RepoOp } from "../atproto/repo_op.ts";
import { Filter, type Selection } from "../filter/filter.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { OutRecord } from "../record/out_record.ts";
import type { Outcome, Sink } from "../record/sink.ts";
import { Budget } from "./budget.ts";
import { DeliveredRecords } from "./delivered.ts";
import type { RunObserver } from "./observer.ts";
import { RecentMessages } from "./recent.ts";
import { type Arrival, type Mark, NO_PLACE, type Ticket, Watermark } from "./watermark.ts";

/** What a run is made of. */
export interface RunOptions {
  readonly subscribe: Omit<SubscribeOptions, "now">;
  /** CloudEvents `source` of a firehose URL: that without its query. */
  readonly sourceOf: (url: string) => string;
  /** How many records are remembered at least, so that none is written twice when another host is read; 0: none. */
  readonly rememberedRecords: number;
  /** How events stand in their records. */
  readonly contentMode: ContentMode;
  readonly selection: Selection;
  readonly maxInFlightBytes: number;
  /** Stop after so many delivered events; null for no limit. */
  readonly maxEvents: number | null;
  readonly saveEveryMs: number;
  /** Whether saving a cursor is what delivers the records written before, in one transaction with it. */
  readonly transactional: boolean;
  /** What every cursor that is saved says of this run. */
  readonly stamp: Pick<Cursor, "epoch" | "owner">;
  /** How long the sink may take to deliver what it holds once reading has stopped. */
  readonly shutdownTimeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The parts that were opened for a run; the caller closes them. */
export interface RunParts {
  readonly sink: Sink;
  /** Where goes what is left behind; null: nowhere. */
  readonly deadLetters: DeadLetters | null;
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
  const sinks = parts.deadLetters === null ? [parts.sink] : [parts.sink, parts.deadLetters];
  const failed = Promise.race(sinks.map((sink) => sink.failed)).catch((error: unknown) => {
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
  readonly #filter: Filter;
  readonly #delivered: DeliveredRecords | null;
  #source: string;
  #encoder: EventEncoder;
  readonly #watermark: Watermark;
  readonly #recent: RecentMessages;
  #subscription: Subscription | null = null;
  /** The ticket of what may be a gap. */
  #held: Ticket | null = null;
  readonly #maxEvents: number;
  #saved: Mark | null = null;
  #saving: Promise<Error | null> = Promise.resolve(null);
  #saves = 0;
  #written = 0;
  #deliveredCount = 0;
  /** Events and dead letters that were written and have not ended. */
  #unsettled = 0;
  #nowMs = 0;
  #lagMs = 0;
  #arrival: Arrival = { timeMs: 0 };

  constructor(options: RunOptions, parts: RunParts) {
    this.#options = options;
    this.#parts = parts;
    this.#budget = new Budget(options.maxInFlightBytes);
    this.#watermark = new Watermark((record, outcome, ticket) => this.#settle(record, outcome, ticket), this.#budget);
    this.#recent = new RecentMessages(options.subscribe.recent);
    this.#maxEvents = options.maxEvents ?? Infinity;
    this.#filter = new Filter(options.selection);
    this.#delivered = options.rememberedRecords === 0 ? null : new DeliveredRecords(options.rememberedRecords);
    this.#source = options.sourceOf(options.subscribe.urls[0] ?? "");
    this.#encoder = new EventEncoder(RECORD_TYPES, this.#source, options.contentMode);
  }

  /** Takes frames in, and hands records out, until the signal aborts or enough events are delivered. */
  async read(signal: AbortSignal): Promise<void> {
    const { observer } = this.#parts;
    const watching: SubscribeObserver = {
      ...observer,
      held: (gap) => {
        observer.held(gap);
        this.#held = this.#openAt(gap);
      },
      released: () => {
        observer.released();
        this.#held?.done();
        this.#held = null;
      },
      gap: (gap) => this.#gap(gap),
      switched: (event) => {
        observer.switched(event);
        this.#source = this.#options.sourceOf(event.url);
        this.#encoder = new EventEncoder(RECORD_TYPES, this.#source, this.#options.contentMode);
      },
    };
    const { subscribe, now } = this.#options;
    const subscription = new Subscription({ ...subscribe, now }, this.#budget, watching, signal);
    this.#subscription = subscription;
    if (subscription.timeMs !== null) this.#lagMs = Math.max(0, now() - subscription.timeMs);
    for await (const batch of subscription) {
      this.#nowMs = this.#options.now();
      this.#arrival = { timeMs: this.#nowMs - this.#lagMs };
      let lastSeq: number | null = null;
      for (const bytes of batch) {
        const frame = decodeFrame(bytes);
        if (frame.kind === "rejected") this.#rejectFrame(frame, bytes, subscription);
        else if (subscription.accept(frame)) {
          lastSeq = frame.seq;
          if (this.#parts.cursors !== null) this.#recent.add(frame, this.#watermark.mark?.messages ?? 0);
          const ticket = this.#open(frame.seq, subscription.host);
          observer.frame(bytes.length);
          if (frame.kind === "commit") {
            const { sampledOut } = this.#filter;
            const results = this.#filter.read(frame);
            if (this.#filter.sampledOut > sampledOut) observer.sampledOut(this.#filter.sampledOut - sampledOut);
            for (const result of results) {
              const record = this.#toEvent(result, frame, ticket);
              if (record === null) continue;
              // Here the limit lies within a commit; its ticket stays open, for the commit is not delivered whole.
              if (this.#atLimit && !this.#options.transactional && await this.#enough(signal)) return;
              this.#write(record, ticket);
            }
          }
          ticket.done();
          if (this.#atLimit && await this.#enough(signal)) return;
        }
      }
      const { operations, filtered } = this.#filter;
      observer.received({ seq: lastSeq, operations, filtered });
      if (lastSeq !== null) this.#observeLag(subscription.timeMs);
      this.#observeInFlight();
    }
  }

  #write(record: OutRecord, ticket: Ticket): void {
    ticket.expect(record.size);
    this.#written++;
    this.#unsettled++;
    this.#parts.sink.write(record, ticket);
  }

  #open(seq: number, host: string): Ticket {
    return this.#watermark.open(seq, host, this.#recent.count, this.#arrival);
  }

  /** Called while the first frame after the gap is looked at, before it has a ticket. */
  #openAt({ from }: StreamGap): Ticket {
    return this.#open(from.seq, from.host);
  }

  /** Called as {@linkcode #openAt}, or later where the gap was held. */
  #gap(gap: StreamGap): void {
    this.#parts.observer.gap(gap);
    const ticket = this.#held ?? this.#openAt(gap);
    this.#held = null;
    const record = encodeGap(gap, this.#source, this.#nowMs, this.#options.contentMode);
    this.#write(record, ticket);
    ticket.done();
  }

  #observeInFlight(): void {
    const { oldestMs, pending } = this.#watermark;
    const ageMs = oldestMs === null ? 0 : Math.max(0, this.#options.now() - oldestMs);
    this.#parts.observer.inFlight(this.#budget.bytes, pending, this.#unsettled, ageMs);
  }

  #observeLag(timeMs: number | null): void {
    if (timeMs === null) return;
    this.#watermark.note(timeMs);
    this.#arrival.timeMs = timeMs;
    this.#lagMs = this.#nowMs - timeMs;
    this.#parts.observer.lag(this.#lagMs);
  }

  /** A damaged frame whose number is known moves the cursor like any other. */
  #rejectFrame(rejected: Rejected, bytes: Uint8Array, subscription: Subscription): void {
    if (!subscription.acceptDamaged(rejected.seq)) return;
    // Without a number it stands where the message before it does.
    const ticket = this.#open(rejected.seq ?? subscription.last ?? NO_PLACE, subscription.host);
    this.#parts.observer.rejected(rejected);
    if (this.#parts.deadLetters !== null) this.#bury(letterOf(rejected, ticket.host, "frame", bytes), ticket);
    ticket.done();
  }

  /** Writes a dead letter, on whose end the ticket waits too. */
  #bury(letter: DeadLetter, ticket: Ticket): void {
    const { deadLetters, observer } = this.#parts;
    if (deadLetters === null) return;
    const source = this.#source;
    const receivedMs = this.#options.now();
    ticket.expect(2 * letter.raw.length);
    this.#unsettled++;
    deadLetters.write((maxRawBytes) => encodeDeadLetter(letter, source, receivedMs, maxRawBytes), (outcome) => {
      this.#unsettled--;
      observer.deadLetterSettled(letter.reason, outcome);
      ticket.done();
    });
  }

  /** The finished event of what was found in a commit, or null; what is not usable is reported and left out. */
  #toEvent(result: RepoOp | Rejected, frame: CommitFrame, ticket: Ticket): OutRecord | null {
    const { observer } = this.#parts;
    if (this.#delivered !== null && result.kind !== "rejected" && !this.#delivered.admit(result)) {
      observer.repeatedRecord();
      return null;
    }
    const encoded = result.kind === "rejected" ? result : this.#encoder.encode(result, this.#nowMs);
    if (!("kind" in encoded)) return encoded;
    observer.rejected(encoded);
    if (this.#parts.deadLetters !== null) this.#bury(letterOfRecord(encoded, frame.bytes, result, ticket.host), ticket);
    return null;
  }

  /** A record of the frame of `ticket` ended. */
  #settle(record: OutRecord, outcome: Outcome, ticket: Ticket): void {
    this.#unsettled--;
    this.#parts.observer.settled(record, outcome, this.#options.now() - ticket.arrival.timeMs);
    if (outcome === "delivered") this.#deliveredCount++;
    else if (this.#parts.deadLetters !== null) this.#bury(letterOfEvent(record, ticket.host, ticket.seq), ticket);
    record.release();
    ticket.done();
  }

  get #atLimit(): boolean {
    return this.#written >= this.#maxEvents;
  }

  /** At the limit: whether as many were delivered. Those that had to be dropped make room for as many others. */
  async #enough(signal: AbortSignal): Promise<boolean> {
    await Promise.race([this.#flush(), aborted(signal)]);
    this.#written = this.#deliveredCount;
    return signal.aborted || this.#atLimit;
  }

  /** Resolves when all that was written is delivered; dead letters last, as the sink may find more of them. */
  async #flush(): Promise<void> {
    if (this.#options.transactional) return void await this.save();
    await this.#parts.sink.flush();
    await this.#parts.deadLetters?.flush();
  }

  /** Waits until all is delivered, or the time for it is over, or the signal aborts because nothing will be. */
  async drain(signal: AbortSignal): Promise<void> {
    if (!signal.aborted) this.#subscription?.settle(true);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), this.#options.shutdownTimeoutMs);
    });
    const outcome = await Promise.race([this.#flush(), late, aborted(signal)])
      .finally(() => clearTimeout(timer));
    this.#observeInFlight();
    if (outcome === "late") {
      const { observer, cursors } = this.#parts;
      observer.undelivered({
        frames: this.#watermark.pending,
        bytes: this.#budget.bytes,
        resumes: cursors !== null,
      });
    }
  }

  /** Decides what can be decided by now, and saves, unless a save is under way. */
  tick(): void {
    this.#subscription?.settle();
    this.#observeInFlight();
    if (this.#saves === 0) void this.save();
  }

  /** Saves the mark if it moved; one save at a time, each after the one before. Answers with what went wrong, or null. */
  save(): Promise<Error | null> {
    this.#saves++;
    return this.#saving = this.#saving.then(() => this.#saveNow()).finally(() => this.#saves--);
  }

  /** How the host of the cursor numbers, where that is the one that is read. */
  #stepOf({ host }: Mark): Pick<Cursor, "usualStep"> {
    const usualStep = this.#subscription?.host === host ? this.#subscription.usualStep : null;
    return usualStep === null ? {} : { usualStep };
  }

  async #saveNow(): Promise<Error | null> {
    const { transactional, subscribe, stamp } = this.#options;
    const { markTimeMs } = this.#watermark;
    const mark = transactional ? this.#watermark.newest : this.#watermark.mark;
    const { cursors, observer } = this.#parts;
    if (cursors === null || mark === null || mark === this.#saved) return null;
    if (transactional && this.#held !== null) return null;
    const savedAt = new Date(this.#options.now()).toISOString();
    const time = markTimeMs === null ? subscribe.cursorTime ?? savedAt : new Date(markTimeMs).toISOString();
    const recent = this.#recent.texts(mark.messages);
    const cursor = { host: mark.host, seq: mark.seq, time, savedAt, recent, ...this.#stepOf(mark), ...stamp };
    try {
      await cursors.save(cursor);
      this.#saved = mark;
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

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
