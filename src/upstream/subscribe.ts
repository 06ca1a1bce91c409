/**
 * The firehose as one endless stream over many connections: it resumes after the last message handled, waits longer
 * after each connection that brought nothing, and stops reading while too much is undelivered.
 *
 * Every end of a connection counts as a failure until a new message arrived (not merely until it opened), a clean close
 * too: otherwise a server that closes at once is dialled thousands of times a second.
 *
 * The exception is a server that accepts connections and is silent: it is alive, and dialled again at once.
 *
 * After several failures in a row the next host is read. Its numbers are its own, so it is read from a time: some way
 * before the one at which the last host was left. That nothing is missed is proven by messages that were handled before;
 * where they do not come, that is a gap.
 *
 * @module
 */
import { textFingerprint } from "../atproto/bytes/span.ts";
import { backoffMs } from "./backoff.ts";
import { ConnectionEnd, ErrorFrameReceived, IdleTimeout, NumbersSkipped, Overrun } from "./errors.ts";
import type { Frame, SequencedFrame } from "../atproto/frame.ts";
import type { Position, StreamGap } from "./gap.ts";
import { HandledMessages } from "./handled.ts";
import { type Doubt, HeldGap } from "./held.ts";
import { Hosts } from "./hosts.ts";
import { locate } from "./locate.ts";
import { Numbering } from "./numbering.ts";
import type { SubscribeObserver } from "./observer.ts";
import { sampleAfter } from "./probe.ts";
import { readQuiet } from "./quiet.ts";
import { SequenceTracker, type SequenceVerdict, UNKNOWN_MESSAGE } from "./sequence.ts";
import { readSocket, withCursor } from "./socket.ts";
import { messageTime, StreamTime, TIMED_MESSAGES } from "./stream_time.ts";
import type { HandledPlace, Pressure, SubscribeOptions } from "./subscribe_options.ts";

/**
 * The stream of messages; iterate it once. Each decoded frame is to be shown to `accept`. The messages are freed when more
 * are asked for.
 *
 * @throws {ConnectionEnd} while iterating, if dialling again cannot help
 */
export class Subscription implements AsyncIterable<Uint8Array[]> {
  readonly #options: SubscribeOptions;
  readonly #pressure: Pressure;
  readonly #observer: SubscribeObserver;
  readonly #signal: AbortSignal;
  readonly #hosts: Hosts;
  /** Places, by host, up to which all was handled when the host was left. */
  readonly #known: Map<string, HandledPlace>;
  readonly #numberings = new Map<string, Numbering>();
  readonly #time: StreamTime;
  /** Fingerprints of what the process before handled. */
  readonly #recent: ReadonlySet<number>;
  readonly #handled: HandledMessages;
  #sequence: SequenceTracker;
  #host: string;
  /** Where the host before was left, until the first message of this one. */
  #left: Position | null;
  /** Fingerprints of what was handled until then, while they are looked for. */
  #toMeet: ReadonlySet<number>;
  /** What is known of the place at which this host is read instead. */
  #proof: "up-to" | "records" | "to-come" | "nothing" = "nothing";
  /** Whether that is yet to be found out. */
  #isLocated: boolean;
  /** Whether that place is a time which was chosen: nothing is handled yet, and nothing proves more than the time. */
  #isChosen: boolean;
  /** The cursor where times do not tell the place: live at the start, else all that the host has. */
  #unlocated: number | null = null;
  #held: HeldGap | null = null;
  /** Messages of the batch in hand that are yet to come. */
  #toCome = 0;
  #nowMs = 0;
  #failures = 0;
  /** Whether the connection has brought nothing new yet. */
  #isUnanswered = true;
  #ended: ConnectionEnd | null = null;
  /** Whether the end that comes was counted as a failure of the host, and the next is dialled. */
  #isLeaving = false;

  constructor(options: SubscribeOptions, pressure: Pressure, observer: SubscribeObserver, signal: AbortSignal) {
    this.#options = options;
    this.#pressure = pressure;
    this.#observer = observer;
    this.#signal = signal;
    this.#hosts = new Hosts(options.urls);
    this.#host = this.#hosts.host;
    this.#recent = new Set(options.recent.map(textFingerprint));
    this.#handled = new HandledMessages(options.urls.length === 1 ? 0 : options.rewindMs);
    this.#toMeet = this.#recent;
    this.#numberings.set(this.#host, new Numbering(options.usualStep));
    this.#sequence = new SequenceTracker(options.cursor, this.#numbering, this.#recent);
    const startMs = Date.parse(options.cursorTime ?? options.left?.time ?? "");
    this.#time = new StreamTime(Number.isNaN(startMs) ? null : startMs);
    this.#left = options.left;
    this.#isLocated = options.left === null || options.seek === "none";
    this.#isChosen = options.seek === "at";
    if (this.#isChosen) this.#unlocated = 0;
    this.#known = new Map(options.known);
  }

  /** Host that is read, with its port if it has one. */
  get host(): string {
    return this.#host;
  }

  /** The number of the last message that was handled, or of the cursor; null before the first of a live start. */
  get last(): number | null {
    return this.#sequence.last;
  }

  /** The time of the stream at the last message, in milliseconds since 1970; null if unknown. */
  get timeMs(): number | null {
    return this.#time.timeMs;
  }

  /** The usual step of the numbers of the host that is read; null while unknown. */
  get usualStep(): number | null {
    return this.#numbering.usualStep;
  }

  get #numbering(): Numbering {
    const numbering = this.#numberings.get(this.#host) ?? new Numbering(null);
    this.#numberings.set(this.#host, numbering);
    return numbering;
  }

  /**
   * Whether the frame is to be handled: it carries a number that was not handled before. Notes the frame's place in
   * the stream, and ends the connection on an error frame.
   */
  accept(frame: Frame): frame is SequencedFrame {
    this.#toCome--;
    if (frame.kind === "info") {
      if (frame.name === "OutdatedCursor") this.#sequence.outdated();
      this.#observer.info(frame);
      return false;
    }
    if (frame.kind === "error") {
      this.#ended = new ErrorFrameReceived(frame.error, frame.message);
      return false;
    }
    if (!this.#accept(frame.seq, frame.fingerprint, frame)) return false;
    // Before the last ones of a batch there is no need to look at each one's time.
    if (this.#toCome < TIMED_MESSAGES) this.#time.note(messageTime(frame, this.#nowMs), this.#nowMs);
    return true;
  }

  /** Whether a damaged message is to be handled; `seq` is null where even its number is not known. */
  acceptDamaged(seq: number | null): boolean {
    this.#toCome--;
    if (seq === null) return !(this.#ended instanceof NumbersSkipped);
    return this.#accept(seq, UNKNOWN_MESSAGE, null);
  }

  #accept(seq: number, print: number, frame: SequencedFrame | null): boolean {
    if (this.#ended instanceof NumbersSkipped) return false;
    const verdict = this.#sequence.observe(seq, print);
    if (verdict.kind === "repeat") {
      this.#observer.repeated({ seq });
      return false;
    }
    if (verdict.kind === "skipped") {
      this.#ended = new NumbersSkipped(verdict.after, seq);
      return false;
    }
    // A server that sends the message at the cursor again and closes brings nothing.
    if (this.#isUnanswered) this.#answered();
    if (verdict.kind !== "next" || this.#left !== null) this.#judge(verdict, seq, frame);
    if (this.#held !== null && this.#toMeet.has(print)) this.#held.met();
    this.#handled.add(print);
    return true;
  }

  #answered(): void {
    this.#isUnanswered = false;
    this.#failures = 0;
    this.#hosts.arrived();
  }

  /** The first message of another host, or one that does not follow on that before. */
  #judge(
    verdict: Exclude<SequenceVerdict, { kind: "repeat" | "skipped" }>,
    seq: number,
    frame: SequencedFrame | null,
  ): void {
    const [left, isChosen] = [this.#left, this.#isChosen];
    this.#left = null;
    this.#isChosen = false;
    const to = { host: this.#host, seq, time: frame === null || frame.time === "" ? null : frame.time };
    if (left !== null && this.#proof !== "up-to") {
      const cause = isChosen ? "window-exceeded" : left.seq === 0 ? "cursor-lost" : "host-changed";
      const gap: StreamGap = { cause, from: isChosen ? { ...left, host: this.#host } : left, to, missing: null };
      if (verdict.kind !== "next" || this.#proof === "nothing") this.#tellGap(gap);
      else if (this.#proof === "to-come") this.#hold(gap, "handled");
    } else if (verdict.kind !== "next") {
      const from = this.#position(verdict.after);
      if (verdict.kind === "new-space") return this.#tellGap({ cause: "sequence-reset", from, to, missing: null });
      const gap: StreamGap = { cause: "window-exceeded", from, to, missing: verdict.missing };
      if (verdict.kind === "undecided") this.#hold(gap, "numbers");
      else this.#tellGap(gap);
    }
  }

  #tellGap(gap: StreamGap): void {
    this.#decide("gap");
    this.#observer.gap(gap);
  }

  #hold(gap: StreamGap, doubt: Doubt): void {
    this.#decide("gap");
    this.#held = new HeldGap(gap, doubt, this.#toMeet.size, performance.now());
    this.#observer.held(gap);
  }

  #decide(verdict: "gap" | "none"): void {
    const held = this.#held;
    this.#held = null;
    if (held === null) return;
    if (verdict === "gap") this.#observer.gap(held.gap);
    else this.#observer.released();
    this.#toMeet = this.#recent;
  }

  /** Decides on a gap that is held, once that can be; `isEnd`: it must be. Call it now and then. */
  settle(isEnd: boolean = false): void {
    if (this.#held === null) return;
    const fromMs = Date.parse(this.#held.gap.from.time ?? "");
    const isPast = (this.timeMs ?? 0) > fromMs + this.#options.rewindMs;
    const verdict = this.#held.verdict(this.usualStep, isPast, performance.now());
    if (verdict !== "open") this.#decide(verdict);
    else if (isEnd) this.#decide("gap");
  }

  /** The place of the message that was handled last; before the first, of the one at the cursor. */
  #position(seq: number): Position {
    const { timeMs } = this;
    return { host: this.#host, seq, time: timeMs === null ? null : new Date(timeMs).toISOString() };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array[]> {
    while (!this.#signal.aborted) {
      const end = yield* this.#connection();
      if (this.#signal.aborted) return;
      if (end !== null) {
        const retryInMs = this.#failed(end);
        await this.#options.wait(retryInMs, this.#signal);
      }
      if (this.#pressure.full && !this.#signal.aborted) {
        this.#observer.paused({ after: this.#sequence.last });
        await this.#pressure.drained(this.#signal);
      }
    }
  }

  /** A connection ended. Returns how long to wait before the next, in milliseconds. */
  #failed(end: ConnectionEnd): number {
    // A server that accepts connections is alive; and there is no way to resume where it has not got.
    const isAlive = end instanceof IdleTimeout && end.wasOpen;
    const isFuture = end instanceof ErrorFrameReceived && end.isFutureCursor && this.#dialled !== null;
    if (isFuture) this.#sequence.future();
    else if (!isAlive) this.#failures++;
    const nowMs = performance.now();
    const isOther = this.#isLeaving || (!isFuture && this.#hosts.failed(end, nowMs));
    this.#isLeaving = false;
    if (!isOther && !end.mayRetry) throw end;
    const backoff = isAlive || isFuture ? 0 : backoffMs(this.#failures, this.#options.random(), this.#options.backoff);
    const retryInMs = Math.max(backoff, isOther ? this.#hosts.restMs(nowMs) : end.leastWaitMs);
    this.#observer.disconnected({ kind: end.kind, reason: end.message, retryInMs });
    if (isOther) this.#switchHost();
    return retryInMs;
  }

  /** The cursor with which the server is dialled; null is live. */
  get #dialled(): number | null {
    return this.#sequence.isFuture ? null : this.#sequence.last;
  }

  /** One connection from dialling to its end; returns what ended it, null where too much is undelivered. */
  async *#connection(): AsyncGenerator<Uint8Array[], ConnectionEnd | null> {
    const { url } = this.#hosts;
    this.#ended = null;
    try {
      if (!this.#isLocated) await this.#locate(url);
      const cursor = this.#dialled;
      this.#observer.connecting({ url, cursor, attempt: this.#failures + 1 });
      this.#sequence.connected();
      this.#time.connected();
      this.#isUnanswered = true;
      let first = true;
      for await (const batch of this.#messages(url, cursor)) {
        if (first) this.#observer.connected({ cursor });
        first = false;
        this.#nowMs = this.#options.now();
        this.#toCome = batch.length;
        this.#held?.arrived(performance.now());
        yield batch;
        this.settle();
        if (this.#ended !== null) return this.#ended;
        if (this.#pressure.full) return null;
      }
      return new Overrun();
    } catch (error) {
      if (error instanceof ConnectionEnd) return error;
      throw error;
    }
  }

  #messages(url: string, cursor: number | null): AsyncGenerator<Uint8Array[]> {
    const options = { ...this.#options, url: withCursor(url, cursor) };
    return cursor === null
      ? readQuiet(options, (end) => this.#staysIdle(end), this.#signal)
      : readSocket(options, this.#signal);
  }

  /** Nothing came on a live connection: whether another to this host is to be opened beside it. */
  #staysIdle(end: IdleTimeout): boolean {
    this.#isLeaving = this.#hosts.failed(end, performance.now());
    if (!this.#isLeaving) this.#observer.disconnected({ kind: end.kind, reason: end.message, retryInMs: 0 });
    return !this.#isLeaving;
  }

  /** Leaves the host for the one that is to be dialled now. */
  #switchHost(): void {
    const from = this.#host;
    const { last } = this.#sequence;
    // Whose first message never came has not taken the place of the one before.
    if (this.#left === null && last !== null && last !== 0) {
      this.#unlocated = 0;
      this.#left = this.#position(last);
      this.#known.set(from, { seq: last, time: this.#left.time });
      this.#toMeet = this.#handled.with(this.#recent);
    }
    this.#host = this.#hosts.host;
    this.#isLocated = this.#left === null;
    this.#sequence = new SequenceTracker(this.#left === null ? last : null, this.#numbering);
    this.#observer.switched({ from, to: this.#host, url: this.#hosts.url });
  }

  /**
   * Finds where to begin on this host.
   *
   * @throws {ConnectionEnd} if a connection for that ends too early
   */
  async #locate(url: string): Promise<void> {
    const leftMs = this.#left === null ? NaN : Date.parse(this.#left.time ?? "");
    const isChosen = this.#isChosen;
    const known = this.#known.get(this.#host);
    // A place that is later than the one to go on from was reached before the operator went back.
    const isFloor = known !== undefined && !isChosen && !(Date.parse(known.time ?? "") > leftMs);
    const { cursor, proof, timeMs } = await locate(
      (cursor) =>
        sampleAfter(
          { ...this.#options, url: withCursor(url, cursor) },
          (print) => this.#toMeet.has(print),
          this.#options.now,
          this.#signal,
        ),
      isChosen ? leftMs : leftMs - this.#options.rewindMs,
      isFloor ? known.seq : null,
      this.#toMeet.size > 0,
      isChosen ? 0 : undefined,
    );
    // Of what begins after the place that was left, nothing was handled.
    const mayCome = this.#toMeet.size > 0 && !(timeMs > leftMs);
    // No number is lower than 1, and where a time was chosen there is nothing to follow on.
    const isEarlyEnough = isChosen && (proof === "time" || cursor === 0);
    this.#proof = proof === "records" || proof === "up-to"
      ? proof
      : isEarlyEnough
      ? "up-to"
      : mayCome
      ? "to-come"
      : "nothing";
    const start = cursor ?? this.#unlocated;
    this.#sequence = new SequenceTracker(start, this.#numbering, undefined, proof !== "up-to");
    this.#isLocated = true;
  }
}
