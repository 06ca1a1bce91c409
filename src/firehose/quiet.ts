/**
 * A live start on a firehose that may be quiet, such as that of one PDS. Before its first message the stream has no place
 * to resume at, so a connection that is replaced because nothing came must not leave a moment without one: the next is
 * opened while the one before still listens, and whichever brings the first message is read.
 *
 * @module
 */
import { IdleTimeout } from "./errors.ts";
import { readSocket, type SocketOptions } from "./socket.ts";

/** So many connections listen at once. Of them the older one may be dead, which is why there is another. */
const MOST_CONNECTIONS = 2;

interface Listener {
  readonly messages: AsyncGenerator<Uint8Array[]>;
  readonly stop: AbortController;
  readonly first: Promise<Arrival>;
}

type Arrival =
  | { readonly listener: Listener; readonly batch: Uint8Array[] | null }
  | { readonly listener: Listener; readonly error: unknown };

/**
 * As `readSocket`, for a connection without a cursor. Each time that nothing came for the idle timeout, `onIdle` is told;
 * it ends the reading where it answers false.
 *
 * @throws {ConnectionEnd} saying what ended the last connection
 */
export async function* readQuiet(
  options: SocketOptions,
  onIdle: (end: IdleTimeout) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array[]> {
  const listeners: Listener[] = [];
  let closing = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    while (true) {
      listeners.push(listen(options, signal));
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
      while (listeners.length >= MOST_CONNECTIONS) await close(listeners.splice(0, 1));
    }
  } finally {
    clearTimeout(timer);
    await Promise.all([closing, close(listeners)]);
  }
}

function listen(options: SocketOptions, signal: AbortSignal): Listener {
  const stop = new AbortController();
  // Each listens until it is closed, which is after so many idle timeouts; and a little longer than that.
  const patienceMs = (MOST_CONNECTIONS + 1) * options.idleTimeoutMs;
  const messages = readSocket(options, AbortSignal.any([signal, stop.signal]), patienceMs);
  const first = messages.next().then(
    ({ value, done }): Arrival => ({ listener, batch: done === true ? null : value }),
    (error: unknown): Arrival => ({ listener, error }),
  );
  const listener: Listener = { messages, stop, first };
  return listener;
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
