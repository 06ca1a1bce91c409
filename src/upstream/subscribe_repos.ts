/**
 * The firehose as one endless stream over many connections: it resumes after the last message handled, waits longer
 * after each connection that brought nothing, and stops reading while too much is undelivered: TCP makes the relay wait
 * then, but not for ever, as relays drop clients that do not read.
 *
 * Every end of a connection counts as a failure until a new message arrived (not merely until it opened), a clean close
 * too: otherwise a server that closes at once is dialled thousands of times a second.
 *
 * The exception is a server that accepts connections and is silent: it is alive, and dialled again at once.
 *
 * After several failures in a row the next relay is read.
 *
 * @module
 */
import { backoffMs, type BackoffOptions } from "../async.ts";
import type { Messages } from "../atproto/bytes/messages.ts";
import { EachByItself, type FrameDecoder } from "../atproto/frame_decoder.ts";
import { MessageBatch } from "./batch.ts";
import { Continuity } from "./continuity.ts";
import { ConnectionEnd, ErrorFrameReceived, IdleTimeout } from "./errors.ts";
import { Relays } from "./relays.ts";
import { sampleAfter } from "./probe.ts";
import { readQuiet } from "./quiet.ts";
import { readSocket, type SocketOptions, withCursor } from "./socket.ts";
import type { Pressure, StartPoint, Upstream, UpstreamBatch, UpstreamObserver } from "./upstream.ts";

/** Settings of a subscription. */
export interface SubscribeOptions extends Omit<SocketOptions, "url"> {
  /** The subscribeRepos URLs without a cursor, each of another host, in the order in which they are to be tried. */
  readonly urls: readonly string[];
  /** Where to begin, on the first of them. */
  readonly start: StartPoint;
  /** How far before the place reached on one relay the next one is read from, in milliseconds. */
  readonly rewindMs: number;
  /** After so many milliseconds in which nothing may be read the connection is closed, until something may be. */
  readonly maxPauseMs: number;
  readonly backoff: BackoffOptions;
  /** What batches of messages pass on their way from a connection, in their order; null: nothing. */
  readonly through: ((received: AsyncGenerator<Messages>) => AsyncGenerator<Messages>) | null;
  readonly random: () => number;
  /** Resolves after so many milliseconds, or at once on abort. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How often it is looked at whether a possible gap has become one by time alone, in milliseconds. */
const DECIDE_EVERY_MS = 250;

/** The messages of relays and PDSs: `com.atproto.sync.subscribeRepos`. */
export class Subscription implements Upstream {
  readonly #options: SubscribeOptions;
  readonly #pressure: Pressure;
  readonly #decoder: FrameDecoder;
  readonly #observer: UpstreamObserver;
  readonly #signal: AbortSignal;
  readonly #relays: Relays;
  readonly #continuity: Continuity;
  #url: string;
  #failures = 0;
  /** Whether the end that comes was counted as a failure of the relay, and the next is dialled. */
  #isLeaving = false;

  constructor(
    options: SubscribeOptions,
    pressure: Pressure,
    observer: UpstreamObserver,
    signal: AbortSignal,
    decoder: FrameDecoder = new EachByItself(),
  ) {
    const { urls, start, rewindMs } = options;
    this.#options = options;
    this.#pressure = pressure;
    this.#decoder = decoder;
    this.#observer = observer;
    this.#signal = signal;
    this.#relays = new Relays(urls);
    this.#url = this.#relays.url;
    this.#continuity = new Continuity(start, urls.map((url) => new URL(url).host), rewindMs);
  }

  get url(): string {
    return this.#url;
  }

  get host(): string {
    return this.#continuity.host;
  }

  get timeMs(): number | null {
    return this.#continuity.timeMs;
  }

  get usualStep(): number | null {
    return this.#continuity.usualStep;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<UpstreamBatch> {
    let lasting: ConnectionEnd | null = null;
    while (!this.#signal.aborted && lasting === null) {
      const end = yield* this.#connection();
      if (this.#signal.aborted) break;
      if (end !== null) {
        const retryInMs = this.#failed(end);
        if (retryInMs === null) lasting = end;
        else {
          yield* this.#found();
          yield* this.#meanwhile(this.#options.wait(retryInMs, this.#signal));
        }
      }
      if (lasting === null && this.#pressure.full && !this.#signal.aborted) {
        this.#observer.paused({ after: this.#continuity.last, isConnected: false });
        yield* this.#meanwhile(this.#pressure.drained(this.#signal));
      }
    }
    this.#continuity.settle(true);
    yield* this.#found();
    if (lasting !== null) throw lasting;
  }

  /** A connection ended. Returns how long to wait before the next, in milliseconds; null where none can help. */
  #failed(end: ConnectionEnd): number | null {
    // A server that accepts connections is alive; and there is no way to resume where it has not got.
    const isAlive = end instanceof IdleTimeout && end.wasOpen;
    const isFuture = end instanceof ErrorFrameReceived && end.isFutureCursor && this.#continuity.future();
    if (!isFuture && !isAlive) this.#failures++;
    const nowMs = performance.now();
    const isOther = this.#isLeaving || (!isFuture && this.#relays.failed(end, nowMs));
    this.#isLeaving = false;
    if (!isOther && !end.mayRetry) return null;
    const backoff = isAlive || isFuture ? 0 : backoffMs(this.#failures, this.#options.random(), this.#options.backoff);
    const retryInMs = Math.max(backoff, isOther ? this.#relays.restMs(nowMs) : end.leastWaitMs);
    this.#observer.disconnected({ kind: end.kind, reason: end.message, retryInMs });
    if (isOther) {
      this.#url = this.#relays.url;
      this.#continuity.switchTo(this.#relays.host);
    }
    return retryInMs;
  }

  /** One connection from dialling to its end; returns what ended it, null where too much was undelivered, or on abort. */
  async *#connection(): AsyncGenerator<UpstreamBatch, ConnectionEnd | null> {
    const url = this.#url;
    const leaving = new AbortController();
    const signal = AbortSignal.any([this.#signal, leaving.signal]);
    let received: AsyncGenerator<Messages> | undefined;
    try {
      if (this.#continuity.mustSeek) yield* this.#meanwhile(this.#seek(url, signal));
      const { cursor } = this.#continuity;
      this.#observer.connecting({ url, cursor, attempt: this.#failures + 1 });
      this.#continuity.connecting();
      received = this.#receive(url, cursor, signal);
      for (let isFirst = true;; isFirst = false) {
        const waiting = received.next();
        const next = this.#continuity.isHolding ? yield* this.#meanwhile(waiting) : await waiting;
        if (next.done === true) return null;
        if (isFirst) this.#observer.connected({ cursor });
        const batch = new MessageBatch(
          next.value,
          this.#continuity,
          this.#decoder,
          this.#observer,
          this.#options.now(),
        );
        yield batch;
        // A server that sends the message at the cursor again and closes brings nothing.
        if (batch.hasNew) {
          this.#failures = 0;
          this.#relays.arrived();
        }
        if (batch.end !== null) return batch.end;
        if (this.#pressure.full && !(yield* this.#pause())) return null;
      }
    } catch (error) {
      if (error instanceof ConnectionEnd) return error;
      if (this.#signal.aborted) return null;
      throw error;
    } finally {
      leaving.abort();
      await received?.return(undefined);
    }
  }

  /** Reads no further until enough has drained, or on abort; whether that was within the time that a pause may take. */
  async *#pause(): AsyncGenerator<UpstreamBatch, boolean> {
    this.#observer.paused({ after: this.#continuity.last, isConnected: true });
    const over = new AbortController();
    const signal = AbortSignal.any([this.#signal, over.signal]);
    const drained = this.#pressure.drained(signal).then(() => true);
    const late = this.#options.wait(this.#options.maxPauseMs, signal).then(() => false);
    try {
      const isDrained = yield* this.#meanwhile(Promise.race([drained, late]));
      if (isDrained) this.#observer.resumed();
      return isDrained;
    } finally {
      over.abort();
    }
  }

  #receive(url: string, cursor: number | null, signal: AbortSignal): AsyncGenerator<Messages> {
    const options = { ...this.#options, url: withCursor(url, cursor) };
    const received = cursor === null
      ? readQuiet(options, (end) => this.#staysIdle(end), signal)
      : readSocket(options, signal);
    return this.#options.through?.(received) ?? received;
  }

  /** Nothing came on a live connection: whether another to this relay is to be opened beside it. */
  #staysIdle(end: IdleTimeout): boolean {
    this.#isLeaving = this.#relays.failed(end, performance.now());
    if (!this.#isLeaving) this.#observer.disconnected({ kind: end.kind, reason: end.message, retryInMs: 0 });
    return !this.#isLeaving;
  }

  #seek(url: string, signal: AbortSignal): Promise<void> {
    return this.#continuity.seek((cursor, isHandled) =>
      sampleAfter({ ...this.#options, url: withCursor(url, cursor) }, isHandled, this.#options.now, signal)
    );
  }

  /** A batch of what was found, if anything was. */
  *#found(): Generator<UpstreamBatch> {
    if (!this.#continuity.hasFound) return;
    const items = this.#continuity.take();
    yield { messages: [], [Symbol.iterator]: () => items.values() };
  }

  /** Waits for something; what becomes of a possible gap is in the stream meanwhile, as time alone may decide it. */
  async *#meanwhile<T>(what: Promise<T>): AsyncGenerator<UpstreamBatch, T> {
    // It may fail while the consumer has its turn.
    if (this.#continuity.isHolding) what.catch(() => {});
    while (this.#continuity.isHolding && !await endsWithin(what, DECIDE_EVERY_MS)) {
      this.#continuity.settle();
      yield* this.#found();
    }
    return await what;
  }
}

/** Whether the promise is settled within so many milliseconds. */
async function endsWithin(what: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
  const ended = what.then(() => true, () => true);
  return await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
