/**
 * One connection to the firehose as batches of messages. What arrives while nobody asks piles up here, up to a bound in
 * bytes: at the bound nothing more is read until half of it has been taken, so that TCP makes the relay wait. The
 * generator ends only when the socket is closed, which takes a second at most.
 *
 * @module
 */
import type { Messages } from "../atproto/bytes/messages.ts";
import { ProxyError } from "../net/dial.ts";
import { openWebSocket, turn, UpgradeRefusedError, type WebSocketConnection } from "../net/websocket.ts";
import { MessageTooLargeError, WebSocketProtocolError } from "../net/websocket_reader.ts";
import { refusalOf } from "./refusal.ts";
import { DialError, IdleTimeout, InvalidFrameReceived, MessageOversized, ServerClosed } from "./errors.ts";

/** What one connection needs to know. */
export interface SocketOptions {
  readonly url: string;
  readonly userAgent: string;
  /** Close and fail after so many milliseconds without a message. */
  readonly idleTimeoutMs: number;
  /** Read no more while more than so many bytes wait to be taken. */
  readonly maxBufferedBytes: number;
  /** Where messages come one by one, wait so many milliseconds for others to go with them. */
  readonly gatherMs: number;
}

/** What differs until the first message. */
export interface Beginning {
  /** The first message may take so many milliseconds, from the dial on. */
  readonly patienceMs: number;
  /** The server took the connection. */
  readonly opened: () => void;
}

const MAX_CLOSE_WAIT_MS = 1000;
const MAX_REDIRECTS = 5;
/**
 * A message may have 5 MB by the protocol. One a little larger is decoded, and rejected with its sequence number; one
 * past this ends the connection.
 */
const MAX_MESSAGE_BYTES = 67_108_864;
/** What a message is counted for beyond its bytes, so that endless empty ones are bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64;
/** At the bound reading resumes when so much of what may wait is left. */
const RESUME_SHARE = 1 / 2;
/** What has gathered is taken at once when it fills so much of what may wait: a relay that replays fills all of it. */
const ENOUGH_SHARE = 1 / 8;
/** A batch of so many messages is full, so that what is done with it does not hold up all else for long. */
const MANY_MESSAGES = 256;
/**
 * Where fewer come in a millisecond they are gathered: each way through the program from a cold start costs more than
 * the message itself. At 2,000 a second gathering for 10 ms saves a sixth of the processor's time; a faster firehose
 * needs no help to come in batches.
 */
const GATHER_BELOW_PER_MS = 5;

/**
 * The URL with `cursor` as its query parameter, or without one for a live start.
 *
 * @throws {TypeError} if the cursor is no sequence number: a relay would refuse it for ever
 */
export function withCursor(url: string, cursor: number | null): string {
  if (cursor !== null && !Number.isSafeInteger(cursor)) {
    throw new TypeError(`Cannot resume at ${cursor}: expected a sequence number`);
  }
  const result = new URL(url);
  if (cursor !== null) result.searchParams.set("cursor", String(cursor));
  return result.href;
}

/**
 * Yields all messages that arrived since last asked; they are freed when more is asked for. Ends without an error on
 * abort. Redirects of the upgrade are followed.
 *
 * @throws {DialError | IdleTimeout | ServerClosed} saying what ended the connection
 */
export async function* readSocket(
  options: SocketOptions,
  signal: AbortSignal,
  beginning: Beginning = { patienceMs: options.idleTimeoutMs, opened: () => {} },
): AsyncGenerator<Messages> {
  let { url } = options;
  for (let redirects = 0; !signal.aborted; redirects++) {
    const connection = new Connection({ ...options, url }, beginning, signal);
    try {
      while (true) {
        const batch = await connection.take();
        if (batch === null) return;
        try {
          yield batch;
        } finally {
          connection.free(batch);
        }
      }
    } catch (error) {
      if (!(error instanceof DialError) || error.redirect === null || redirects === MAX_REDIRECTS) throw error;
      url = error.redirect;
    } finally {
      await connection.close();
    }
  }
}

/** Messages that are handed out together. */
interface Batch {
  readonly messages: Messages;
  bytes: number;
}

class Connection {
  readonly #options: SocketOptions;
  readonly #signal: AbortSignal;
  readonly #dialling = new AbortController();
  #socket: WebSocketConnection | null = null;
  /** Resolves when the socket is closed. */
  readonly #closed: Promise<void>;
  readonly #idleTimer: ReturnType<typeof setInterval>;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;
  #batches: Batch[] = [];
  #bytes = 0;
  /** Messages since it was last waited for one, and when that was over. */
  #received = 0;
  #waitedMs = performance.now();
  #lastDataMs = performance.now();
  /** Whether a message came since the clock was looked at. */
  #hasData = false;
  #ended = false;
  #failure: Error | null = null;
  #wake: () => void = () => {};
  /** Reads on; null while it reads. */
  #resume: (() => void) | null = null;
  /** Ends the gathering. */
  #enough: () => void = () => {};
  /** How long the next message may take. */
  #patienceMs: number;

  constructor(options: SocketOptions, { patienceMs, opened }: Beginning, signal: AbortSignal) {
    this.#options = options;
    this.#patienceMs = patienceMs;
    this.#signal = signal;
    this.#idleTimer = setInterval(() => this.#checkIdle(), Math.max(10, options.idleTimeoutMs / 10));
    signal.addEventListener("abort", this.#onAbort);
    this.#closed = this.#read(opened);
  }

  readonly #onAbort = () => this.#end(null);

  /** Reads until the socket is closed. Whatever ends it is the failure, unless there is an end already. */
  async #read(opened: () => void): Promise<void> {
    const { url, userAgent } = this.#options;
    try {
      const dialled = { url, userAgent, maxMessageBytes: MAX_MESSAGE_BYTES };
      const socket = await openWebSocket(dialled, this.#dialling.signal);
      this.#socket = socket;
      opened();
      while (true) {
        const messages = await socket.read();
        if (messages === null) break;
        if (messages.length > 0) this.#receive(messages);
        if (this.#isFull(1) && !this.#ended) await this.#room();
        // Bytes that are there already are read without any wait: the consumer has its turn before them.
        else if (this.#isFull(ENOUGH_SHARE)) await turn();
      }
      this.#end(new ServerClosed(socket.ended?.code ?? 1006, socket.ended?.reason ?? ""));
    } catch (error) {
      this.#end(this.#failureOf(error));
    } finally {
      clearTimeout(this.#closeTimer);
      this.#socket?.destroy();
    }
  }

  #failureOf(error: unknown): Error {
    const { url } = this.#options;
    const { host } = new URL(url);
    const detail = error instanceof Error ? error.message : String(error);
    const options = { cause: error };
    if (error instanceof MessageTooLargeError) return new MessageOversized(host, MAX_MESSAGE_BYTES, options);
    if (error instanceof WebSocketProtocolError) return new InvalidFrameReceived(host, detail, options);
    if (this.#socket !== null) return new ServerClosed(1006, detail);
    if (error instanceof ProxyError) return new DialError(url, "proxy", detail, null, options);
    if (!(error instanceof UpgradeRefusedError)) return new DialError(url, "unreachable", detail, null, options);
    return new DialError(url, "refused", detail, refusalOf(url, error.status, error.headers), options);
  }

  #receive(messages: Messages): void {
    if (this.#ended) return this.free(messages);
    this.#hasData = true;
    this.#received += messages.length;
    const bytes = messages.bytes + messages.length * MESSAGE_OVERHEAD_BYTES;
    this.#bytes += bytes;
    const last = this.#batches.at(-1);
    // Memory is shared among the messages of one call, and freed with a batch: so they are never in two.
    if (last === undefined || last.messages.length >= MANY_MESSAGES) this.#batches.push({ messages, bytes });
    else {
      last.messages.append(messages);
      last.bytes += bytes;
    }
    if (this.#isFull(ENOUGH_SHARE)) this.#enough();
    this.#wake();
  }

  /**
   * Gives the memory of messages back at once: at full speed 300 MB of them a second come, and the garbage collector finds
   * them when they have left the cache, and many of them only when it looks through the whole heap (docs/performance.md).
   */
  free(messages: Messages): void {
    this.#socket?.recycle(messages);
  }

  /** Whether more than this share of what may wait does. */
  #isFull(share: number): boolean {
    return this.#bytes > this.#options.maxBufferedBytes * share;
  }

  /** Resolves when half of what may wait has been taken, or at the end. */
  async #room(): Promise<void> {
    await new Promise<void>((resolve) => this.#resume = resolve);
    this.#resume = null;
  }

  /** Looks at the clock a few times in the allowed time, rather than at each message. */
  #checkIdle(): void {
    // What is not read is not missed.
    if (this.#hasData || this.#resume !== null) {
      this.#lastDataMs = performance.now();
      this.#patienceMs = this.#options.idleTimeoutMs;
    }
    this.#hasData = false;
    const idleMs = performance.now() - this.#lastDataMs;
    if (idleMs >= this.#patienceMs) this.#end(new IdleTimeout(this.#patienceMs, this.#socket !== null));
  }

  #end(failure: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#dialling.abort();
    // Not every server answers a close.
    this.#socket?.close(1000);
    this.#closeTimer = setTimeout(() => this.#socket?.destroy(), MAX_CLOSE_WAIT_MS);
    this.#enough();
    this.#wake();
    this.#resume?.();
  }

  /** What arrived since the last call, or null at the end. Messages that came before the end are given first. */
  async take(): Promise<Messages | null> {
    if (this.#batches.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      if (this.#isSlow() && !this.#ended) await this.#gather();
    } else if (this.#batches.length > 0) {
      // So much came meanwhile that nothing would be waited for: signals and timers have their turn here.
      await turn();
    }
    if (this.#signal.aborted) return null;
    const batch = this.#batches.shift();
    if (batch !== undefined) {
      this.#bytes -= batch.bytes;
      if (!this.#isFull(RESUME_SHARE)) this.#resume?.();
      return batch.messages;
    }
    if (this.#failure !== null) throw this.#failure;
    return null;
  }

  /** Waits for others, but no longer than it takes until there are many. */
  async #gather(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => resolve(), this.#options.gatherMs);
    this.#enough = resolve;
    await promise;
    clearTimeout(timer);
  }

  /** Looked at after each wait: whether so little came since the one before that it is worth gathering. */
  #isSlow(): boolean {
    const nowMs = performance.now();
    const isSlow = this.#received < (nowMs - this.#waitedMs) * GATHER_BELOW_PER_MS;
    this.#received = 0;
    this.#waitedMs = nowMs;
    return isSlow;
  }

  async close(): Promise<void> {
    this.#end(null);
    for (const { messages } of this.#batches.splice(0)) this.free(messages);
    clearInterval(this.#idleTimer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    await this.#closed;
  }
}
