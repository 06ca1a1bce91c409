/**
 * The firehose as one endless stream over many connections: it resumes after the last message handled, waits longer
 * after each connection that brought nothing, and stops reading while too much is undelivered.
 *
 * Every end of a connection counts as a failure until a new message arrived (not merely until it opened), a clean close
 * too: otherwise a server that closes at once is dialled thousands of times a second.
 *
 * @module
 */
import { backoffMs, type BackoffOptions } from "./backoff.ts";
import { ConnectionEnd, type EndKind, ErrorFrameReceived, Overrun } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { SequenceTracker } from "./sequence.ts";
import { readSocket } from "./socket.ts";

/** Settings of a subscription. */
export interface SubscribeOptions {
  /** The subscribeRepos URL, without a cursor. */
  readonly url: string;
  /** Resume after this number: null is live, 0 everything the server still has. */
  readonly cursor: number | null;
  readonly userAgent: string;
  readonly idleTimeoutMs: number;
  readonly maxBufferedBytes: number;
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
  paused(event: { readonly after: number | null }): void;
  gap(event: { readonly after: number; readonly first: number; readonly missing: number }): void;
  newSequenceSpace(event: { readonly after: number; readonly first: number }): void;
  repeated(event: { readonly seq: number }): void;
  info(event: { readonly name: string; readonly message: string }): void;
}

/**
 * The stream of messages; iterate it once. Each decoded frame is to be shown to `accept`.
 *
 * @throws {ConnectionEnd} while iterating, if dialling again cannot help
 */
export class Subscription implements AsyncIterable<Uint8Array[]> {
  readonly #options: SubscribeOptions;
  readonly #pressure: Pressure;
  readonly #observer: SubscribeObserver;
  readonly #signal: AbortSignal;
  readonly #sequence: SequenceTracker;
  #failures = 0;
  #ended: ConnectionEnd | null = null;

  constructor(options: SubscribeOptions, pressure: Pressure, observer: SubscribeObserver, signal: AbortSignal) {
    this.#options = options;
    this.#pressure = pressure;
    this.#observer = observer;
    this.#signal = signal;
    this.#sequence = new SequenceTracker(options.cursor);
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
    return this.acceptSeq(frame.seq, frame.timeFingerprint);
  }

  /** Whether a message with this number is to be handled; `time` is a fingerprint of its time. */
  acceptSeq(seq: number, time: number): boolean {
    const verdict = this.#sequence.observe(seq, time);
    // A server that sends the message at the cursor again and closes brings nothing.
    if (verdict.kind !== "repeat") this.#failures = 0;
    switch (verdict.kind) {
      case "next":
        return true;
      case "repeat":
        this.#observer.repeated({ seq });
        return false;
      case "gap":
        this.#observer.gap({ ...verdict, first: seq });
        return true;
      case "new-space":
        this.#observer.newSequenceSpace({ ...verdict, first: seq });
        return true;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array[]> {
    while (!this.#signal.aborted) {
      const end = yield* this.#connection();
      if (this.#signal.aborted) return;
      if (end !== null) {
        this.#failures++;
        const backoff = backoffMs(this.#failures, this.#options.random(), this.#options.backoff);
        const retryInMs = Math.max(backoff, end.leastWaitMs);
        this.#observer.disconnected({ kind: end.kind, reason: end.message, retryInMs });
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
    const cursor = this.#sequence.last;
    const { url } = this.#options;
    this.#observer.connecting({ url, cursor, attempt: this.#failures + 1 });
    this.#sequence.connected();
    this.#ended = null;
    let first = true;
    try {
      for await (const batch of readSocket({ ...this.#options, url: withCursor(url, cursor) }, this.#signal)) {
        if (first) this.#observer.connected({ cursor });
        first = false;
        yield batch;
        if (this.#ended !== null) return this.#ended;
        if (this.#pressure.full) return null;
      }
      return new Overrun();
    } catch (error) {
      if (error instanceof ConnectionEnd && error.mayRetry) return error;
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
