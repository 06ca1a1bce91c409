import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { onWire } from "../../scripts/websocket.ts";
import { IdleTimeout, InvalidFrameReceived, MessageOversized } from "../../src/upstream/errors.ts";
import { readSocket, type SocketOptions } from "../../src/upstream/socket.ts";
import { writeAll } from "../../src/net/connection.ts";
import { numbered, RawRelay } from "../support/relay.ts";
import { until } from "../support/wait.ts";
import { SocketReads } from "../support/socket_reads.ts";

const NEVER = new AbortController().signal;

function options(url: string, changes: Partial<SocketOptions> = {}): SocketOptions {
  return { url, userAgent: "test/1", idleTimeoutMs: 20_000, maxBufferedBytes: 1_000_000, gatherMs: 0, ...changes };
}

/** How many messages came, and the error at the end; null where there was none. */
async function readToEnd(read: SocketOptions): Promise<{ count: number; end: unknown }> {
  let count = 0;
  try {
    for await (const batch of readSocket(read, NEVER)) count += batch.length;
    return { count, end: null };
  } catch (end) {
    return { count, end };
  }
}

Deno.test("readSocket() bounds empty messages too", async () => {
  using reads = new SocketReads();
  const empty = onWire(new Uint8Array());
  const many = new Uint8Array(4000).map((_, i) => empty[i % 2] ?? 0);
  await using relay = new RawRelay(async (connection) => {
    for (let sent = 0; sent < 100; sent++) await connection.write(many);
  });
  const batches = readSocket(options(relay.url), NEVER);
  let count = (await batches.next()).value?.length ?? 0;
  await until("the bound", () => reads.messages.length > 1_000_000 / 64);
  await after(100);
  const bound = 1_000_000 / 64 + 256;
  assert(reads.messages.length < count + bound, `${reads.messages.length} messages`);
  let most = 0;
  while (count < 100 * 2000) {
    const { value = [] } = await batches.next();
    count += value.length;
    most = Math.max(most, value.length);
    assert(reads.messages.length < count + bound, `${reads.messages.length - count} messages wait`);
  }
  assert(most < 2 * 256, `${most} in a batch`);
  await batches.return(undefined);
});

Deno.test("readSocket() closes the socket though the server never answers the close, and sends on", async () => {
  for (const sends of [false, true]) {
    await using relay = new RawRelay(async (connection) => {
      await connection.write(onWire(numbered(1)));
      while (sends) await connection.write(onWire(new Uint8Array(1000)));
    });
    for await (const _ of readSocket(options(relay.url), NEVER)) break;
    await until("the end of the socket", () => relay.left === 1);
  }
});

Deno.test("readSocket() ends on a message that never ends, though it never waits for data, and closes the socket", async () => {
  await using relay = new RawRelay(async (connection) => {
    const fragment = onWire(new Uint8Array(1_000_000));
    for (fragment[0] = 0x02;; fragment[0] = 0x00) await writeAll(connection, fragment);
  });
  const { count, end } = await readToEnd(options(relay.url));
  assertEquals(count, 0);
  assertInstanceOf(end, MessageOversized);
  assertEquals(end.message, `${new URL(relay.url).host} sent more than 64 MiB of one message without its end`);
  await until("the end of the socket", () => relay.left === 1);
});

Deno.test("readSocket() takes fragments for no data, so that a message that comes too slowly is idle", async () => {
  await using relay = new RawRelay(async (connection) => {
    const fragment = onWire(new Uint8Array(1));
    for (fragment[0] = 0x02;; fragment[0] = 0x00) {
      await writeAll(connection, fragment);
      await after(5);
    }
  });
  const { end } = await readToEnd(options(relay.url, { idleTimeoutMs: 200 }));
  assertInstanceOf(end, IdleTimeout);
  assert(end.wasOpen);
  await until("the end of the socket", () => relay.left === 1);
});

Deno.test("readSocket() says what is wrong with a server of another protocol", async () => {
  const reserved = new Uint8Array([0xc2, 0x00]);
  await using relay = new RawRelay(async (connection) => void await connection.write(reserved));
  const { end } = await readToEnd(options(relay.url));
  assertInstanceOf(end, InvalidFrameReceived);
  assert(end.message.endsWith("violates the WebSocket protocol: a frame has reserved bits set"), end.message);
});

Deno.test("readSocket() lets timers run while empty messages, pings and fragments come without a pause", async () => {
  const frames = [0x82, 0, 0x89, 0, 0x81, 0, 0x02, 0, 0x00, 0, 0x80, 0];
  const flood = new Uint8Array(frames.length * 5000).map((_, i) => frames[i % frames.length] ?? 0);
  await using relay = new RawRelay(async (connection) => {
    while (true) await writeAll(connection, flood);
  });
  const stop = new AbortController();
  let count = 0;
  // Timers that came only when the flood pauses would never end this.
  let ticks = 0;
  const timer = setInterval(() => ++ticks === 50 && stop.abort(), 1);
  for await (const batch of readSocket(options(relay.url, { maxBufferedBytes: 1e9 }), stop.signal)) {
    assert(batch.length < 2 * 256);
    count += batch.length;
  }
  clearInterval(timer);
  assertEquals(ticks >= 50, true);
  assert(count > 10_000, `${count} messages`);
});
