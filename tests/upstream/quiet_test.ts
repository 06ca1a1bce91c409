import { assert, assertEquals, assertRejects } from "@std/assert";
import { IdleTimeout, ServerClosed } from "../../src/upstream/errors.ts";
import { readQuiet } from "../../src/upstream/quiet.ts";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { FakeRelay, numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";
import { setTimeout as wait } from "node:timers/promises";

function options(url: string) {
  return { url, userAgent: "test", idleTimeoutMs: 200, maxBufferedBytes: 1_000_000, gatherMs: 0 };
}

/** Reads until so many numbers have come, and gives each once. */
async function read(messages: AsyncGenerator<Iterable<Uint8Array>>, count: number): Promise<number[]> {
  const seqs = new Set<number>();
  for await (const batch of messages) {
    for (const bytes of batch) {
      const frame = decodeFrame(bytes);
      if ("seq" in frame && frame.seq !== null) seqs.add(frame.seq);
    }
    if (seqs.size >= count) break;
  }
  return [...seqs];
}

/** Sends a message on every connection that is open. */
function send(relay: FakeRelay, seq: number): void {
  for (const socket of relay.sockets) if (socket.readyState === WebSocket.OPEN) socket.send(numbered(seq));
}

/**
 * Sends a message until the reading ends, and gives what it read: a connection may just be left when a message is sent,
 * and on a slow machine it is.
 */
async function answered(relay: FakeRelay, reading: Promise<number[]>, seq: number): Promise<number[]> {
  let isRead = false;
  const ended = reading.finally(() => isRead = true);
  while (!isRead) {
    send(relay, seq);
    await Promise.race([ended, wait(20)]);
  }
  return await ended;
}

Deno.test("readQuiet() always has a connection open, two at the most, and reads the one that brings the first message", async () => {
  const { signal } = new AbortController();
  let idle = 0;
  let most = 0;
  let least = Infinity;
  await using relay = new FakeRelay(() => () => {
    most = Math.max(most, relay.sockets.size);
    if (relay.dials.length > 1) least = Math.min(least, relay.sockets.size);
  });
  const onIdle = () => {
    idle++;
    return true;
  };
  const reading = read(readQuiet(options(relay.url), onIdle, signal), 3);
  await until("some connections", () => relay.dials.length >= 4);
  await until("one connection", () => {
    send(relay, 1);
    return relay.sockets.size === 1;
  });
  send(relay, 2);
  assertEquals(await answered(relay, reading, 3), [1, 2, 3]);
  await until("the close", () => relay.sockets.size === 0);
  assert(idle >= 3, `${idle} idle timeouts`);
  assert(least >= 1 && most <= 3, `${least} to ${most} connections`);
});

Deno.test("readQuiet() keeps a connection until the next one is open, however long its dial takes", async () => {
  const stop = new AbortController();
  const { idleTimeoutMs } = options("");
  const left: number[] = [];
  let opened = 0;
  await using relay = new FakeRelay(async () => {
    await wait(idleTimeoutMs * 1.5);
    return (socket) => {
      opened++;
      socket.addEventListener("close", () => left.push(relay.sockets.size));
    };
  });
  const reading = read(readQuiet(options(relay.url), () => true, stop.signal), 1);
  try {
    await until("replaced connections, and no dial", () => left.length >= 3 && opened === relay.dials.length);
    assert(Math.min(...left) >= 1, `after each close ${left} were open`);
    assertEquals(await answered(relay, reading, 1), [1]);
  } finally {
    stop.abort();
    await reading;
  }
});

Deno.test("readQuiet() dials again where a dial gets no answer", async () => {
  const { signal } = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using relay = new FakeRelay((_, number) => number === 2 ? promise : () => {});
  const reading = read(readQuiet(options(relay.url), () => true, signal), 1);
  await until("the dial after it", () => relay.dials.length >= 3 && relay.sockets.size >= 2);
  assertEquals(await answered(relay, reading, 1), [1]);
  resolve(new Response(null, { status: 503 }));
});

Deno.test("readQuiet() ends where onIdle() returns false, and once the only connection fails", async () => {
  const { signal } = new AbortController();
  await using silent = new FakeRelay(() => () => {});
  await assertRejects(() => read(readQuiet(options(silent.url), () => false, signal), 1), IdleTimeout);
  await using closing = new FakeRelay(() => (socket) => socket.close(1000));
  await assertRejects(() => read(readQuiet(options(closing.url), () => true, signal), 1), ServerClosed);
});

Deno.test("readQuiet() listens on where the next connection fails, and ends on abort", async () => {
  const stop = new AbortController();
  await using relay = new FakeRelay((_, number) => number === 1 ? () => {} : new Response(null, { status: 503 }));
  const reading = read(readQuiet(options(relay.url), () => true, stop.signal), 1);
  await until("a refusal", () => relay.dials.length >= 3);
  assertEquals(await answered(relay, reading, 7), [7]);

  await using silent = new FakeRelay(() => () => {});
  const other = read(readQuiet(options(silent.url), () => true, stop.signal), 1);
  await until("the connection", () => silent.sockets.size === 1);
  stop.abort();
  assertEquals(await other, []);
});
