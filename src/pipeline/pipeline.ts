/**
 * The way of a frame: receive -> frame -> commit -> map -> encode -> send -> settle -> save.
 *
 * Invariants:
 * 1. Every frame with a sequence number has one ticket, of its own or shared with usual commits before and after it, and
 *    settles it exactly once for itself or them and once for each record and dead letter; filtered, sampled-out and
 *    rejected ones settle too.
 * 2. The cursor saved is the watermark's mark: never ahead of what the producer had acknowledged. Where saving is a
 *    transaction that takes records and cursor in one, it is the last frame taken: saves begin between frames, all of
 *    whose records and dead letters are written by then; the letter of what is too large is written as soon as the
 *    producer says so.
 * 3. Between receiving and sending nothing is awaited; so frames are handled in order, and records of one key are too.
 * 4. A gap stands in the stream before the first frame after it, and has a ticket of its own, with the number before the
 *    gap: the cursor passes it only when its event is acknowledged. What may be a gap has such a ticket until that is
 *    decided, and where saving is a transaction there is none meanwhile.
 * 5. What is kept from the mark on is bounded by the budget; at the bound the upstream stops reading.
 *
 * @module
 */
import { type DeadLetter, encodeDeadLetter, letterOf, letterOfEvent, letterOfRecord } from "../events/dead_letter.ts";
import { type AboutAccount, accountEventKey } from "../events/account_event.ts";
import { eventId } from "../events/envelope.ts";
import { encodeGap } from "../events/gap.ts";
import { encodeRepoGap } from "../events/repo_gap.ts";
import { ACCOUNT_TYPES } from "../events/registry.ts";
import { type CommitFrame, isSequenced, type OtherFrame, type SequencedFrame } from "../atproto/frame.ts";
import type { StreamGap } from "../upstream/gap.ts";
import type { Upstream, UpstreamItem } from "../upstream/upstream.ts";
import type { RepoOp } from "../atproto/repo_op.ts";
import { reject, type Rejected } from "../atproto/rejected.ts";
import type { EncodeLetter } from "./dead_letters.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import type { Outcome } from "../record/producer.ts";
import { aborted } from "../async.ts";
import { Budget } from "./budget.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { DedupWindow } from "./dedup.ts";
import { EventMaker } from "./event_maker.ts";
import { RecentMessages } from "./recent.ts";
import type { RunOptions, RunParts } from "./run.ts";
import { Verdicts } from "./verdicts.ts";
import { type Arrival, NO_PLACE, type Ticket, Watermark } from "./watermark.ts";

/**
 * Runs until `signal` aborts or enough events are delivered; then, or when reading failed for good, drains the producer
 * and saves the cursor.
 *
 * @throws the producer's error, if it failed for good, or what ended the reading; the cursor is saved before
 * @throws {Error} if nothing else failed and the last cursor could not be saved
 */
export async function run(options: RunOptions, parts: RunParts, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const pipeline = new Pipeline(options, parts, AbortSignal.any([signal, stop.signal]));
  const ends = parts.deadLetters === null ? [parts.producer] : [parts.producer, parts.deadLetters];
  const failed = Promise.race(ends.map((end) => end.failed)).catch((error: unknown) => {
    stop.abort();
    throw error;
  });
  failed.catch(() => {});
  const timer = setInterval(() => pipeline.tick(), options.saveEveryMs);
  const read = pipeline.read();
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
    unsaved = await pipeline.checkpoint.saveLast();
  }
  if (unsaved !== null) throw unsaved;
}

/** So many frames share a ticket at most: the cursor waits for all of them, and more would gain little. */
const MOST_SHARED = 32;

class Pipeline {
  readonly #options: RunOptions;
  readonly #parts: RunParts;
  readonly #budget: Budget;
  readonly #events: EventMaker;
  readonly #delivered: DedupWindow | null;
  readonly #verdicts: Verdicts;
  readonly #watermark: Watermark;
  readonly #recent: RecentMessages;
  readonly #upstream: Upstream;
  /** Ends the reading: from outside, or because enough events are delivered. */
  readonly #signal: AbortSignal;
  readonly #enoughDelivered = new AbortController();
  readonly checkpoint: Checkpoint;
  /** The ticket that usual commits in a row share. */
  #run: Ticket | null = null;
  /** Whether nothing of a commit is looked at but what becomes events, and each may be delivered. */
  readonly #isPlain: boolean;
  /** The ticket of what may be a gap. */
  #held: Ticket | null = null;
  readonly #maxEvents: number;
  #written = 0;
  #deliveredCount = 0;
  /** Events and dead letters that were written and have not ended. */
  #unsettled = 0;
  #nowMs = 0;
  #lagMs = 0;
  #arrival: Arrival = { timeMs: 0 };

  constructor(options: RunOptions, parts: RunParts, signal: AbortSignal) {
    this.#options = options;
    this.#parts = parts;
    this.#budget = new Budget(options.maxInFlightBytes);
    this.#watermark = new Watermark((record, outcome, ticket) => this.#settle(record, outcome, ticket), this.#budget);
    this.#recent = new RecentMessages(options.recent);
    this.#maxEvents = options.maxEvents ?? Infinity;
    this.#events = new EventMaker(options, "");
    this.#delivered = options.rememberedRecords === 0 ? null : new DedupWindow(options.rememberedRecords);
    this.#verdicts = new Verdicts(parts.verdicts, parts.observer);
    this.#isPlain = options.rememberedRecords === 0 && options.maxEvents === null && parts.repos === null &&
      parts.subjects === null;
    this.#signal = AbortSignal.any([signal, this.#enoughDelivered.signal]);
    this.#upstream = parts.upstream(this.#budget, this.#events.decoder, this.#signal);
    this.#events.source = options.sourceOf(this.#upstream.url);
    const state = { watermark: this.#watermark, recent: this.#recent, upstream: this.#upstream };
    this.checkpoint = parts.openCheckpoint(options, parts, state);
  }

  /** Takes items in, and hands records out, until the signal aborts or enough events are delivered. */
  async read(): Promise<void> {
    const upstream = this.#upstream;
    const { observer } = this.#parts;
    if (upstream.timeMs !== null) this.#lagMs = Math.max(0, this.#options.now() - upstream.timeMs);
    for await (const batch of upstream) {
      this.#nowMs = this.#options.now();
      this.#arrival = { timeMs: this.#nowMs - this.#lagMs };
      let lastSeq: number | null = null;
      items: for (const item of batch) {
        if (!isSequenced(item)) {
          this.#endRun();
          this.#handle(item);
          continue;
        }
        lastSeq = item.seq;
        if (this.#parts.cursors !== null) this.#recent.add(item, this.#watermark.mark?.messages ?? 0);
        observer.frame(item.kind === "commit" ? item.size : item.bytes.length);
        if (item.kind === "identity") this.#parts.identities?.changed(item.did);
        if (!this.#events.filter.takes(item)) {
          this.#continueRun(item.seq);
          continue;
        }
        this.#verdicts.begin(item);
        if (item.kind === "commit" && this.#isPlain && this.#takeUsual(item)) continue;
        this.#endRun();
        const ticket = this.#open(item.seq, upstream.host);
        if (this.#repeats(item, ticket) || this.#isUnverified(item, ticket)) {
          // Nothing is made of it.
        } else if (item.kind === "commit") {
          for (const result of this.#events.read(item, this.#nowMs, this.#verdicts.current)) {
            const record = this.#toEvent(result, item, ticket);
            if (record === null) continue;
            // Here the limit lies within a commit; its ticket stays open, for the commit is not delivered whole.
            if (this.#atLimit && this.checkpoint.endsWithinCommits && await this.#enough()) break items;
            this.#write(record, ticket);
          }
        } else if (item.kind === "other") {
          this.#checkOther(item, ticket);
        } else if (this.#events.filter.takesKind(item.kind)) {
          for (const record of this.#accountEvents(item)) {
            if (this.#atLimit && this.checkpoint.endsWithinCommits && await this.#enough()) break items;
            this.#write(record, ticket);
          }
        }
        ticket.done();
        if (this.#atLimit && await this.#enough()) break;
      }
      this.#endRun();
      observer.received({ seq: lastSeq, counts: this.#events.filter.counts });
      if (lastSeq !== null) this.#observeLag(upstream.timeMs);
      this.#observeInFlight();
    }
  }

  /** Writes the events of a commit of which nothing else is to be looked at; false: it is none such. */
  #takeUsual(frame: CommitFrame): boolean {
    if (this.#verdicts.current !== this.#options.usualVerdict) return false;
    const events = this.#events.events(frame, this.#nowMs);
    if (events < 0) return false;
    this.#verdicts.settle(frame);
    // What has no events need not wait for those that have.
    if (events > 0 && this.#run?.isEmpty === true) this.#endRun();
    const run = this.#continueRun(frame.seq);
    for (let place = 0; place < events; place++) {
      const record = this.#events.recordAt(frame, place);
      if (record !== null) this.#write(record, run);
    }
    return true;
  }

  /** The ticket of a frame that shares it with others like it, before and after it, so that most frames cost no object. */
  #continueRun(seq: number): Ticket {
    if (this.#run?.frames === MOST_SHARED) this.#endRun();
    if (this.#run === null) this.#run = this.#open(seq, this.#upstream.host);
    else this.#run.extend(seq, this.#recent.count);
    return this.#run;
  }

  /** All frames that share a ticket were handled. */
  #endRun(): void {
    this.#run?.done();
    this.#run = null;
  }

  /** Whether a message came before, by what is remembered of its repository; what is missing before it is written. */
  #repeats(frame: SequencedFrame, ticket: Ticket): boolean {
    const { repos, observer } = this.#parts;
    if (repos === null || this.#verdicts.isFalse) return false;
    const followed = repos.follow(frame, ticket.host, this.#nowMs);
    if (followed === "repeat") observer.repeatedCommit();
    if (typeof followed === "string") return followed === "repeat";
    observer.repoGap(followed);
    this.#verdicts.missed(followed);
    this.#write(encodeRepoGap(followed, this.#events.source, this.#nowMs, this.#options.layout), ticket);
    return false;
  }

  /** Whether a message is left out for its verdict; it may be kept as a dead letter. */
  #isUnverified(frame: SequencedFrame, ticket: Ticket): boolean {
    const rejected = this.#verdicts.settle(frame);
    if (rejected === null) return false;
    if (this.#verdicts.keepsLetters) this.#bury(() => letterOf(rejected, ticket.host, "frame", frame.bytes), ticket);
    return true;
  }

  /** Handles what is no frame. */
  #handle(item: Exclude<UpstreamItem, SequencedFrame>): void {
    const { observer } = this.#parts;
    switch (item.kind) {
      case "gap":
        return this.#gap(item.gap);
      case "held":
        observer.held(item.gap);
        return this.#hold(this.#open(item.gap.from.seq, item.gap.from.host));
      case "released":
        observer.released();
        this.#held?.done();
        return this.#hold(null);
      case "rejected":
        return this.#reject(item);
      case "switched":
        observer.switched(item);
        this.#events.source = this.#options.sourceOf(this.#upstream.url);
    }
  }

  #hold(ticket: Ticket | null): void {
    this.#held = ticket;
    this.checkpoint.isHeld = ticket !== null;
  }

  #write(record: ProducerRecord, ticket: Ticket): void {
    ticket.expect(record.size);
    this.#written++;
    this.#unsettled++;
    this.#parts.producer.write(record, ticket);
  }

  /** A message that should be about an account and is invalid is missed where such messages are wanted. */
  #checkOther({ type, seq, bytes }: OtherFrame, ticket: Ticket): void {
    const about = ACCOUNT_TYPES.find(({ kind }) => type === `#${kind}`);
    if (about === undefined || !this.#events.filter.takesKind(about.kind)) return;
    this.#leaveOut(reject("frame-invalid", `an ${type} lacks a valid field that it must have`, { seq }), bytes, ticket);
  }

  #leaveOut(rejected: Rejected, bytes: Uint8Array, ticket: Ticket): void {
    this.#parts.observer.rejected(rejected);
    this.#bury(() => letterOf(rejected, ticket.host, "frame", bytes), ticket);
  }

  #accountEvents(frame: AboutAccount): readonly ProducerRecord[] {
    const { isFalse, current } = this.#verdicts;
    const isNew = isFalse || (this.#delivered?.admit(accountEventKey(frame)) ?? true);
    if (isNew) return this.#events.encodeAccount(frame, this.#nowMs, current);
    this.#parts.observer.repeatedRecord();
    return [];
  }

  #open(seq: number, host: string): Ticket {
    return this.#watermark.open(seq, host, this.#recent.count, this.#arrival);
  }

  #gap(gap: StreamGap): void {
    this.#parts.observer.gap(gap);
    const ticket = this.#held ?? this.#open(gap.from.seq, gap.from.host);
    this.#hold(null);
    const record = encodeGap(gap, this.#events.source, this.#nowMs, this.#options.layout);
    this.#write(record, ticket);
    ticket.done();
  }

  #observeInFlight(): void {
    const { oldestMs } = this.#watermark;
    const ageMs = oldestMs === null ? 0 : Math.max(0, this.#options.now() - oldestMs);
    this.#parts.observer.inFlight(this.#budget.bytes, this.#unsettled, ageMs);
  }

  #observeLag(timeMs: number | null): void {
    if (timeMs === null) return;
    this.#watermark.note(timeMs);
    this.#arrival.timeMs = timeMs;
    this.#lagMs = this.#nowMs - timeMs;
    this.#parts.observer.lag(this.#lagMs);
  }

  /** A message that cannot be decoded moves the cursor like any other where its number is known, else it has no place. */
  #reject({ rejected, bytes, seq }: Extract<UpstreamItem, { kind: "rejected" }>): void {
    const ticket = this.#open(seq ?? NO_PLACE, this.#upstream.host);
    if (this.#events.filter.takesRejected(rejected)) this.#leaveOut(rejected, bytes, ticket);
    ticket.done();
  }

  /** Writes a dead letter where those are kept; on its end the ticket waits too. It is made at once. */
  #bury(makeLetter: () => DeadLetter, ticket: Ticket): void {
    const { deadLetters, observer } = this.#parts;
    if (deadLetters === null) return;
    const letter = makeLetter();
    const source = this.#events.source;
    const receivedMs = this.#options.now();
    ticket.expect(2 * letter.raw.length);
    this.#unsettled++;
    const encode: EncodeLetter = (topic, maxRawBytes) =>
      encodeDeadLetter(letter, source, receivedMs, maxRawBytes, topic);
    deadLetters.write(encode, (outcome) => {
      this.#unsettled--;
      observer.deadLetterSettled(letter.reason, outcome);
      ticket.done();
    });
  }

  /** The finished event of what was found in a commit, or null; what is not usable is reported and left out. */
  #toEvent(result: RepoOp | Rejected, frame: CommitFrame, ticket: Ticket): ProducerRecord | null {
    const { observer } = this.#parts;
    // What its account did not sign must not stand in the way of what it signs.
    const isKept = result.kind !== "rejected" && !this.#verdicts.isFalse;
    if (isKept && this.#delivered?.admit(eventId(result)) === false) {
      observer.repeatedRecord();
      return null;
    }
    if (isKept) this.#parts.subjects?.follow(result, ticket.host);
    const encoded = this.#events.encode(result, this.#nowMs, this.#verdicts.current);
    if (!("kind" in encoded)) return encoded;
    observer.rejected(encoded);
    this.#bury(() => letterOfRecord(encoded, frame.bytes, result, ticket.host), ticket);
    return null;
  }

  /** A record of the frame of `ticket` ended. */
  #settle(record: ProducerRecord, outcome: Outcome, ticket: Ticket): void {
    this.#unsettled--;
    this.#parts.observer.settled(record, outcome, this.#options.now() - ticket.arrival.timeMs);
    if (outcome === "delivered") this.#deliveredCount++;
    else this.#bury(() => letterOfEvent(record, ticket.host, record.seq ?? ticket.seq), ticket);
    record.release();
    ticket.done();
  }

  get #atLimit(): boolean {
    return this.#written >= this.#maxEvents;
  }

  /** At the limit: whether as many were delivered. Those that had to be dropped make room for as many others. */
  async #enough(): Promise<boolean> {
    await Promise.race([this.checkpoint.flush(), aborted(this.#signal)]);
    this.#written = this.#deliveredCount;
    if (this.#atLimit) this.#enoughDelivered.abort();
    return this.#signal.aborted;
  }

  /** Waits until all is delivered, or the time for it is over, or the signal aborts because nothing will be. */
  async drain(signal: AbortSignal): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), this.#options.shutdownTimeoutMs);
    });
    const outcome = await Promise.race([this.checkpoint.flush(), late, aborted(signal)])
      .finally(() => clearTimeout(timer));
    this.#observeInFlight();
    if (outcome === "late") {
      const { observer, cursors } = this.#parts;
      const frames = this.#watermark.pending;
      observer.undelivered({ frames, bytes: this.#budget.bytes, resumes: cursors !== null });
    }
  }

  /** Saves, unless a save is under way. */
  tick(): void {
    this.#observeInFlight();
    if (!this.checkpoint.isSaving) void this.checkpoint.save();
  }
}
