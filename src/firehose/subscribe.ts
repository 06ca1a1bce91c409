/**
 * The firehose as one endless stream over many connections: it resumes after the last message handled, waits longer
 * after each connection that brought nothing, and stops reading while too much is undelivered.
 *
 * Every end of a connection counts as a failure until a new message arrived (not merely until it opened), a clean close
 * too: otherwise a server that closes at once is dialled thousands of times a second.
 *
 * After several failures in a row the next host is read. Its numbers are its own, so it is read from a time: some way
 * before the one at which the last host was left, so that what comes twice can be told, and nothing is missed.
 *
 * @module
 */
import { backoffMs, type BackoffOptions } from "./backoff.ts";
import { ConnectionEnd, type EndKind, ErrorFrameReceived, Overrun } from "./errors.ts";
import type { CommitFrame, Frame, OtherFrame } from "./frame.ts";
import type { GapCause, Position, StreamGap } from "./gap.ts";
import { Hosts } from "./hosts.ts";
import { locate } from "./locate.ts";
import { firstMoment } from "./probe.ts";
import { SequenceTracker } from "./sequence.ts";
import { readSocket } from "./socket.ts";

/** Settings of a subscription. */
export interface SubscribeOptions {
  /** The subscribeRepos URLs without a cursor, each of another host, in the order in which they are to be tried. */
  readonly urls: readonly string[];
  /** Resume after this number of the first host: null is live, 0 everything the server still has. */
  readonly cursor: number | null;
  /** The time of the message at `cursor`, RFC 3339; null if unknown. */
  readonly cursorTime: string | null;
  /** Where the stream was on another host, whose number says nothing on the first one; null if nowhere. */
  readonly left: Position | null;
  /** What it means where the stream does not resume at that place. */
  readonly leftCause: GapCause;
  /** Whether that place is found by its time, so that some of it comes again; else the stream begins live. */
  readonly locatesLeft: boolean;
  /** Numbers, by host, up to which all was handled. */
  readonly known: ReadonlyMap<string, number>;
  /** How far before the place where one host was left the next one is read from, in milliseconds. */
  readonly rewindMs: number;
  readonly userAgent: string;
  readonly idleTimeoutMs: number;
  readonly maxBufferedBytes: number;
  /** Where messages come one by one, how long others are waited for to go with them, in milliseconds. */
  readonly gatherMs: number;
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  /** Resolves after so many milliseconds, or at once on abort. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Tells whether more may be read. */
export interface Pressure {
  readonly full: boolean;
  /** Resolves when half has drained, or on abort. */
  drained(signal: AbortSignal): Promise<void>;
}

/** What happens to a subscription. */
export interface SubscribeObserver {
  connecting(event: { readonly url: string; readonly cursor: number | null; readonly attempt: number }): void;
  connected(event: { readonly cursor: number | null }): void;
  disconnected(event: { readonly kind: EndKind; readonly reason: string; readonly retryInMs: number }): void;
  /** Another host is dialled from now on. */
  switched(event: { readonly from: string; readonly to: string; readonly url: string }): void;
  paused(event: { readonly after: number | null }): void;
  /** The stream goes on after a gap; told before the first message after it is handled. */
  gap(event: StreamGap): void;
  repeated(event: { readonly seq: number }): void;
  info(event: { readonly name: string; readonly message: string }): void;
}

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
  /** Numbers, by host, up to which all was handled when the host was left. */
  readonly #known: Map<string, number>;
  #sequence: SequenceTracker;
  #host: string;
  /** The last message of the host that was handled, while it is in hand. */
  #last: CommitFrame | OtherFrame | null = null;
  /** The time of the one before those in hand; before the first, of the one at the cursor. */
  #timeBefore: string | null;
  /** Where the host before was left, until the first message of this one. */
  #left: Position | null;
  #leftCause: GapCause;
  /** Whether this host is read from before that place. */
  #isCovered = false;
  /** Whether that is yet to be found out. */
  #isLocated: boolean;
  /** The cursor where times do not tell the place: live at the start, all that the host has when another was left. */
  #unlocated: number | null = null;
  #failures = 0;
  #ended: ConnectionEnd | null = null;

  constructor(options: SubscribeOptions, pressure: Pressure, observer: SubscribeObserver, signal: AbortSignal) {
    this.#options = options;
    this.#pressure = pressure;
    this.#observer = observer;
    this.#signal = signal;
    this.#sequence = new SequenceTracker(options.cursor);
    this.#timeBefore = options.cursorTime;
    this.#left = options.left;
    this.#leftCause = options.leftCause;
    this.#isLocated = options.left === null || !options.locatesLeft;
    this.#hosts = new Hosts(options.urls);
    this.#host = this.#hosts.host;
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

  /**
   * Whether the frame is to be handled: it carries a number that was not handled before. Notes the frame's place in
   * the stream, and ends the connection on an error frame.
   */
  accept(frame: Frame): frame is Extract<Frame, { kind: "commit" | "other" }> {
    if (frame.kind === "info") {
      this.#observer.info(frame);
      return false;
    }
    if (frame.kind === "error") {
      this.#ended = new ErrorFrameReceived(frame.error, frame.message);
      return false;
    }
    const accepted = this.#accept(frame.seq, frame.timeFingerprint, frame);
    if (accepted) this.#last = frame;
    return accepted;
  }

  /** Whether a damaged message with this number is to be handled. */
  acceptSeq(seq: number): boolean {
    return this.#accept(seq, 0, null);
  }

  #accept(seq: number, time: number, frame: CommitFrame | OtherFrame | null): boolean {
    const verdict = this.#sequence.observe(seq, time);
    // A server that sends the message at the cursor again and closes brings nothing.
    if (verdict.kind !== "repeat" && this.#failures > 0) {
      this.#failures = 0;
      this.#hosts.arrived();
    }
    if (this.#left !== null && verdict.kind !== "repeat") {
      if (!this.#isCovered) this.#tellGap(this.#leftCause, this.#left, seq, frame, null);
      this.#left = null;
      if (verdict.kind === "next" || !this.#isCovered) return true;
    }
    switch (verdict.kind) {
      case "next":
        return true;
      case "repeat":
        this.#observer.repeated({ seq });
        return false;
      case "gap":
        this.#tellGap("window-exceeded", this.#position(verdict.after), seq, frame, verdict.missing);
        return true;
      case "new-space":
        this.#tellGap("sequence-reset", this.#position(verdict.after), seq, frame, null);
        return true;
    }
  }

  /** The place of the message that was handled last; before the first, of the one at the cursor. */
  #position(seq: number): Position {
    return { host: this.#host, seq, time: this.#last === null ? this.#timeBefore : this.#last.time };
  }

  /** What is in hand is about to be freed. */
  #letGo(): void {
    if (this.#last !== null) this.#timeBefore = this.#last.time;
    this.#last = null;
  }

  #tellGap(
    cause: GapCause,
    from: Position,
    seq: number,
    frame: CommitFrame | OtherFrame | null,
    missing: number | null,
  ): void {
    const time = frame === null || frame.time === "" ? null : frame.time;
    this.#observer.gap({ cause, from, to: { host: this.#host, seq, time }, missing });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array[]> {
    while (!this.#signal.aborted) {
      const end = yield* this.#connection();
      if (this.#signal.aborted) return;
      if (end !== null) {
        this.#failures++;
        const nowMs = performance.now();
        const isOther = this.#hosts.failed(end, nowMs);
        if (!isOther && !end.mayRetry) throw end;
        const backoff = backoffMs(this.#failures, this.#options.random(), this.#options.backoff);
        const retryInMs = Math.max(backoff, isOther ? this.#hosts.restMs(nowMs) : end.leastWaitMs);
        this.#observer.disconnected({ kind: end.kind, reason: end.message, retryInMs });
        if (isOther) this.#switchHost();
        await this.#options.wait(retryInMs, this.#signal);
      }
      if (this.#pressure.full && !this.#signal.aborted) {
        this.#observer.paused({ after: this.#sequence.last });
        await this.#pressure.drained(this.#signal);
      }
    }
  }

  /** One connection from dialling to its end; returns what ended it, null where too much is undelivered. */
  async *#connection(): AsyncGenerator<Uint8Array[], ConnectionEnd | null> {
    const { url } = this.#hosts;
    if (!this.#isLocated) {
      const end = await this.#locate(url);
      if (end !== null) return end;
    }
    const cursor = this.#sequence.last;
    this.#observer.connecting({ url, cursor, attempt: this.#failures + 1 });
    this.#sequence.connected();
    this.#ended = null;
    let first = true;
    try {
      for await (const batch of readSocket({ ...this.#options, url: withCursor(url, cursor) }, this.#signal)) {
        if (first) this.#observer.connected({ cursor });
        first = false;
        yield batch;
        this.#letGo();
        if (this.#ended !== null) return this.#ended;
        if (this.#pressure.full) return null;
      }
      return new Overrun();
    } catch (error) {
      if (error instanceof ConnectionEnd) return error;
      throw error;
    }
  }

  /** Leaves the host for the one that is to be dialled now. */
  #switchHost(): void {
    const from = this.#host;
    const { last } = this.#sequence;
    // Whose first message never came has not taken the place of the one before.
    if (this.#left === null && last !== null && last !== 0) {
      this.#unlocated = 0;
      this.#left = this.#position(last);
      this.#leftCause = "host-changed";
      this.#known.set(from, last);
    }
    this.#host = this.#hosts.host;
    this.#timeBefore = null;
    this.#isLocated = this.#left === null;
    this.#sequence = new SequenceTracker(this.#left === null ? last : null);
    this.#observer.switched({ from, to: this.#host, url: this.#hosts.url });
  }

  /** Finds where to begin on this host; what ended that is returned. */
  async #locate(url: string): Promise<ConnectionEnd | null> {
    const timeMs = this.#left === null ? NaN : Date.parse(this.#left.time ?? "");
    try {
      const { cursor, covers } = await locate(
        (cursor) => firstMoment({ ...this.#options, url: withCursor(url, cursor) }, this.#signal),
        timeMs - this.#options.rewindMs,
        this.#known.get(this.#host) ?? null,
      );
      this.#sequence = new SequenceTracker(cursor ?? this.#unlocated);
      this.#isCovered = covers;
      this.#isLocated = true;
      return null;
    } catch (error) {
      if (error instanceof ConnectionEnd) return error;
      throw error;
    }
  }
}

/** The URL with `cursor` as its query parameter, or without one for a live start. */
export function withCursor(url: string, cursor: number | null): string {
  const result = new URL(url);
  if (cursor !== null) result.searchParams.set("cursor", String(cursor));
  return result.href;
}
