/**
 * One connection to the firehose as batches of messages. The browser's WebSocket cannot be paused: what arrives while
 * nobody asks piles up here, so the pile is bounded in bytes, and at the bound the connection is closed and ends; the
 * caller resumes from its cursor. The generator ends only when the socket is closed.
 *
 * @module
 */
import { askForAnswer } from "./answer.ts";
import { DialError, IdleTimeout, ServerClosed } from "./errors.ts";

/** What one connection needs to know. */
export interface SocketOptions {
  readonly url: string;
  readonly userAgent: string;
  /** Close and fail after so many milliseconds without a message. */
  readonly idleTimeoutMs: number;
  /** Close when more than so many bytes wait to be taken. */
  readonly maxBufferedBytes: number;
  /** Where messages come one by one, wait so many milliseconds for others to go with them. */
  readonly gatherMs: number;
}

/** What a caller wants otherwise until the first message. */
export interface Beginning {
  /** The first message may take so many milliseconds, from the dial on. */
  readonly patienceMs: number;
  /** The server took the connection. */
  readonly opened: () => void;
}

/** How long messages that come one by one are gathered: a fifth of how long their records wait for others. */
export const GATHER_MS = 10;

const MAX_CLOSE_WAIT_MS = 2000;
const MAX_REDIRECTS = 5;
/** What a message is counted for beyond its bytes, so that endless empty ones are bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64;
/** What has gathered is taken at once when it fills so much of what may wait: a relay that replays fills all of it. */
const ENOUGH_SHARE = 1 / 8;
/**
 * Where fewer come in a millisecond they are gathered: each way through the program from a cold start costs more than
 * the message itself. At 2,000 a second gathering for 10 ms saves a sixth of the processor's time; a faster firehose
 * needs no help to come in batches.
 */
const GATHER_BELOW_PER_MS = 5;

/** The URL with `cursor` as its query parameter, or without one for a live start. */
export function withCursor(url: string, cursor: number | null): string {
  const result = new URL(url);
  if (cursor !== null) result.searchParams.set("cursor", String(cursor));
  return result.href;
}

/**
 * Yields all messages that arrived since last asked; they are freed when more is asked for. Ends without an error on
 * abort and at the byte bound. Redirects of the upgrade are followed.
 *
 * @throws {DialError | IdleTimeout | ServerClosed} saying what ended the connection
 */
export async function* readSocket(
  options: SocketOptions,
  signal: AbortSignal,
  beginning: Beginning = { patienceMs: options.idleTimeoutMs, opened: () => {} },
): AsyncGenerator<Uint8Array[]> {
  let { url } = options;
  for (let redirects = 0; !signal.aborted; redirects++) {
    let refusal: DialError;
    try {
      return yield* readConnection({ ...options, url }, beginning, signal);
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      refusal = error;
    }
    const patience = AbortSignal.any([signal, AbortSignal.timeout(options.idleTimeoutMs)]);
    const answer = await askForAnswer(url, options.userAgent, patience);
    if (signal.aborted) return;
    const redirect = answer?.redirect ?? null;
    if (redirect === null || redirects === MAX_REDIRECTS) {
      throw answer === null ? refusal : new DialError(url, "", answer, { cause: refusal });
    }
    url = redirect;
  }
}

async function* readConnection(
  options: SocketOptions,
  beginning: Beginning,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
  const connection = new Connection(options, beginning, signal);
  try {
    while (true) {
      const batch = await connection.take();
      if (batch === null) return;
      try {
        yield batch;
      } finally {
        free(batch);
      }
    }
  } finally {
    await connection.close();
  }
}

type Message = Uint8Array<ArrayBuffer>;

/**
 * Gives the memory of messages back at once: at full speed 300 MB of them a second come, and the garbage collector finds
 * them when they have left the cache, and many of them only when it looks through the whole heap (docs/performance.md).
 */
function free(messages: readonly Message[]): void {
  for (const { buffer } of messages) buffer.transfer(0);
}

class Connection {
  readonly #options: SocketOptions;
  readonly #signal: AbortSignal;
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;
  readonly #idleTimer: ReturnType<typeof setInterval>;
  #batch: Message[] = [];
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
  /** Ends the gathering. */
  #enough: () => void = () => {};
  #opened = false;
  /** How long the next message may take. */
  #patienceMs: number;

  constructor(options: SocketOptions, { patienceMs, opened }: Beginning, signal: AbortSignal) {
    this.#options = options;
    this.#patienceMs = patienceMs;
    this.#signal = signal;
    this.#socket = open(options);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      this.#opened = true;
      opened();
    };
    this.#socket.onmessage = (event) => this.#receive(event.data);
    this.#closed = new Promise((resolve) => {
      this.#socket.onclose = (event) => {
        this.#end(this.#opened ? new ServerClosed(event.code, event.reason) : new DialError(options.url, "", null));
        resolve();
      };
    });
    this.#socket.onerror = (event) => {
      const detail = event instanceof ErrorEvent ? event.message : "";
      this.#end(this.#opened ? new ServerClosed(1006, detail) : new DialError(options.url, detail, null));
    };
    this.#idleTimer = setInterval(() => this.#checkIdle(), Math.max(10, options.idleTimeoutMs / 10));
    signal.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = () => this.#end(null);

  #receive(data: unknown): void {
    // The protocol has binary messages only; a text one is as undecodable as any other garbage, and counted as such.
    const bytes = new Uint8Array(data instanceof ArrayBuffer ? data : new ArrayBuffer(0));
    if (this.#ended) return free([bytes]);
    this.#hasData = true;
    this.#batch.push(bytes);
    this.#received++;
    this.#bytes += bytes.length + MESSAGE_OVERHEAD_BYTES;
    if (this.#bytes > this.#options.maxBufferedBytes) {
      this.#end(null);
      this.#socket.close(1000);
    }
    if (this.#bytes > this.#options.maxBufferedBytes * ENOUGH_SHARE) this.#enough();
    this.#wake();
  }

  /** Looks at the clock a few times in the allowed time, rather than at each message. */
  #checkIdle(): void {
    if (this.#hasData) {
      this.#lastDataMs = performance.now();
      this.#patienceMs = this.#options.idleTimeoutMs;
    }
    this.#hasData = false;
    const idleMs = performance.now() - this.#lastDataMs;
    if (idleMs >= this.#patienceMs) this.#end(new IdleTimeout(this.#patienceMs, this.#opened));
  }

  #end(failure: Error | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#enough();
    this.#wake();
  }

  /** What arrived since the last call, or null at the end. Messages that came before the end are given first. */
  async take(): Promise<Message[] | null> {
    if (this.#batch.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      if (this.#isSlow() && !this.#ended) await this.#gather();
    }
    if (this.#signal.aborted) return null;
    if (this.#batch.length > 0) {
      const batch = this.#batch;
      this.#batch = [];
      this.#bytes = 0;
      return batch;
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
    free(this.#batch);
    this.#batch = [];
    clearInterval(this.#idleTimer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A peer that is gone never answers the close; the runtime then keeps the socket in CLOSING for long.
    const gaveUp = new Promise<void>((resolve) => timer = setTimeout(() => resolve(), MAX_CLOSE_WAIT_MS));
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000);
    else this.#socket.close();
    await Promise.race([this.#closed, gaveUp]);
    clearTimeout(timer);
  }
}

function open(options: SocketOptions): WebSocket {
  try {
    return new WebSocket(options.url, { headers: { "user-agent": options.userAgent } });
  } catch (cause) {
    throw new DialError(options.url, cause instanceof Error ? cause.message : "", null, { cause });
  }
}
