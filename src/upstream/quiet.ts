/**
 * A live start on a firehose that may be quiet, such as that of one PDS. Before its first message the stream has no
 * place to resume at, so a connection that is replaced because nothing came must leave no time without one: the next is
 * opened while the one before still listens, until the next has been open for a while; and whichever brings the first
 * message is read.
 *
 * @module
 */
import type { Messages } from "../atproto/bytes/messages.ts";
import { IdleTimeout } from "./errors.ts";
import { readSocket, type SocketOptions } from "./socket.ts";

/** A dial may take so many idle timeouts; the connection before it listens meanwhile. */
const DIAL_TIMEOUTS = 3;
/** A server may have taken a connection and not send on it yet: it counts after this share of an idle timeout. */
const SETTLED_SHARE = 0.5;

interface Listener {
  readonly dialledMs: number;
  /** When the server took the connection; null while it has not. */
  openedMs: number | null;
  readonly messages: AsyncGenerator<Messages>;
  readonly stop: AbortController;
  readonly first: Promise<Arrival>;
}

type Arrival =
  | { readonly listener: Listener; readonly batch: Messages | null }
  | { readonly listener: Listener; readonly error: unknown };

/**
 * As `readSocket`, for a connection without a cursor. Each time that nothing came for the idle timeout, `onIdle` is
 * called; where it returns false, the reading ends.
 *
 * @throws {ConnectionEnd} saying what ended the last connection
 */
export async function* readQuiet(
  options: SocketOptions,
  onIdle: (end: IdleTimeout) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Messages> {
  const listeners: Listener[] = [];
  let closing = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    while (true) {
      const latest = listeners.at(-1);
      if (latest === undefined || isSettled(latest, options)) {
        // Those before it may be dead, which is why there is another.
        await close(listeners.splice(0, listeners.length - 1));
        listeners.push(listen(options, signal));
      } else if (isStuck(latest, options)) {
        await close(listeners.splice(-1));
        listeners.push(listen(options, signal));
      }
      const idle = new Promise<"idle">((resolve) => {
        timer = setTimeout(() => resolve("idle"), options.idleTimeoutMs);
      });
      const arrived = await firstArrival(listeners, idle);
      clearTimeout(timer);
      if (arrived !== "idle") {
        // A peer that is gone takes its time to close; the message is not to wait for that.
        closing = close(listeners.filter((each) => each !== arrived.listener));
        if (arrived.batch === null) return;
        yield arrived.batch;
        yield* arrived.listener.messages;
        return;
      }
      if (signal.aborted) return;
      const end = new IdleTimeout(options.idleTimeoutMs, true);
      if (!onIdle(end)) throw end;
    }
  } finally {
    clearTimeout(timer);
    await Promise.all([closing, close(listeners)]);
  }
}

function listen(options: SocketOptions, signal: AbortSignal): Listener {
  const stop = new AbortController();
  // It listens until it is closed.
  const beginning = { patienceMs: Infinity, opened: () => void (listener.openedMs = performance.now()) };
  const messages = readSocket(options, AbortSignal.any([signal, stop.signal]), beginning);
  const first = messages.next().then(
    ({ value, done }): Arrival => ({ listener, batch: done === true ? null : value }),
    (error: unknown): Arrival => ({ listener, error }),
  );
  const listener: Listener = { dialledMs: performance.now(), openedMs: null, messages, stop, first };
  return listener;
}

function isSettled({ openedMs }: Listener, { idleTimeoutMs }: SocketOptions): boolean {
  return openedMs !== null && performance.now() - openedMs >= idleTimeoutMs * SETTLED_SHARE;
}

function isStuck({ openedMs, dialledMs }: Listener, { idleTimeoutMs }: SocketOptions): boolean {
  return openedMs === null && performance.now() - dialledMs >= idleTimeoutMs * (DIAL_TIMEOUTS - SETTLED_SHARE);
}

/** The first message of any; a connection that failed is no matter while another listens. */
async function firstArrival(
  listeners: Listener[],
  idle: Promise<"idle">,
): Promise<"idle" | Extract<Arrival, { batch: unknown }>> {
  while (true) {
    const arrived = await Promise.race([...listeners.map(({ first }) => first), idle]);
    if (arrived === "idle" || "batch" in arrived) return arrived;
    listeners.splice(listeners.indexOf(arrived.listener), 1);
    if (listeners.length === 0) throw arrived.error;
  }
}

async function close(listeners: readonly Listener[]): Promise<void> {
  for (const { stop } of listeners) stop.abort();
  await Promise.all(listeners.map(({ messages }) => messages.return(undefined).catch(() => {})));
}
