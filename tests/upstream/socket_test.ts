import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { DialError, IdleTimeout, ServerClosed } from "../../src/upstream/errors.ts";
import { readSocket, type SocketOptions, withCursor } from "../../src/upstream/socket.ts";
import { DeafRelay, FakeRelay, numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";
import { SocketReads } from "../support/socket_reads.ts";

const NEVER = new AbortController().signal;

function options(url: string, changes: Partial<SocketOptions> = {}): SocketOptions {
  return { url, userAgent: "test/1", idleTimeoutMs: 20_000, maxBufferedBytes: 1_000_000, gatherMs: 0, ...changes };
}

/** All batches, and the error at the end; null where there was none. */
async function readAll(
  read: SocketOptions,
  signal: AbortSignal,
): Promise<{ batches: Uint8Array[][]; end: unknown }> {
  const batches: Uint8Array[][] = [];
  try {
    // What a batch holds is gone when the next one is asked for.
    for await (const batch of readSocket(read, signal)) batches.push([...batch].map((bytes) => bytes.slice()));
    return { batches, end: null };
  } catch (end) {
    return { batches, end };
  }
}

function isFreed({ buffer }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.detached;
}

function asDialError(end: unknown): DialError {
  if (!(end instanceof DialError)) throw new TypeError(`Wanted a DialError, got ${end}`);
  return end;
}

Deno.test("readSocket() gives all that arrived since last asked in few batches, in order", async () => {
  let relaySocket: WebSocket | undefined;
  await using relay = new FakeRelay(() => (socket) => {
    relaySocket = socket;
    socket.send(numbered(1));
  });
  const batches = readSocket(options(relay.url), NEVER);
  assertEquals([...(await batches.next()).value ?? []], [numbered(1)]);
  for (let seq = 2; seq <= 500; seq++) relaySocket?.send(numbered(seq));
  relaySocket?.close(1000, "done");
  await until("the messages", () => relay.closes.length === 1);
  const received: Uint8Array[] = [];
  let asked = 0;
  const rest = async () => {
    for await (const batch of batches) {
      asked++;
      // Copies, as they are freed when more is asked for.
      received.push(...[...batch].map((bytes) => bytes.slice()));
    }
  };
  const error = await assertRejects(rest, ServerClosed, 'code 1000, "done"');
  assertEquals(received, Array.from({ length: 499 }, (_, i) => numbered(i + 2)));
  assert(asked < 10, `${asked}`);
  assertEquals(error.code, 1000);
});

Deno.test("readSocket() gives what comes one by one together, where gatherMs says so", async () => {
  const send = async (socket: WebSocket) => {
    for (let seq = 1; seq <= 20; seq++) {
      socket.send(numbered(seq));
      await after(1);
    }
  };
  await using relay = new FakeRelay(() => (socket) => void send(socket));
  // Long enough for a machine that is busy: all but surely the first batch has them all, or a second one the rest.
  const batches = readSocket(options(relay.url, { gatherMs: 2000 }), NEVER);
  const got: Uint8Array[] = [];
  for (let taken = 1; taken <= 2 && got.length < 20; taken++) {
    for (const bytes of (await batches.next()).value ?? []) got.push(bytes.slice());
  }
  assertEquals(got, Array.from({ length: 20 }, (_, i) => numbered(i + 1)));
  await batches.return(undefined);
});

Deno.test("readSocket() gathers no longer when much comes at once, as from a relay that replays", async () => {
  const large = (seq: number) => new Uint8Array(5000).fill(seq);
  await using relay = new FakeRelay(() => (socket) => {
    // One for which others are waited for, and then twice as much as may wait.
    for (let seq = 0; seq < 400; seq++) socket.send(large(seq));
  });
  let count = 0;
  for await (const batch of readSocket(options(relay.url, { gatherMs: 3_600_000 }), NEVER)) {
    for (const bytes of batch) assertEquals(bytes, large(count++));
    if (count === 400) break;
  }
  assertEquals([count, relay.cursors.length], [400, 1]);
});

Deno.test("readSocket() frees what it gave when more is asked for, and when the reader turns away", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    for (let seq = 1; seq <= 3; seq++) socket.send(numbered(seq));
  });
  const given: Uint8Array[] = [];
  let inHand: Uint8Array[] = [];
  for await (const batch of readSocket(options(relay.url), NEVER)) {
    assert(inHand.every(isFreed));
    inHand = [...batch];
    assert(!inHand.some(isFreed));
    given.push(...inHand);
    if (given.length === 3) break;
  }
  assertEquals(given.map(isFreed), [true, true, true]);
});

Deno.test("readSocket() frees what comes when nobody will take it", async () => {
  using reads = new SocketReads();
  let relaySocket: WebSocket | undefined;
  await using relay = new FakeRelay(() => (socket) => {
    relaySocket = socket;
    socket.send(numbered(1));
  });
  const batches = readSocket(options(relay.url, { maxBufferedBytes: 10_000 }), NEVER);
  await batches.next();
  for (let seq = 2; seq <= 5000; seq++) relaySocket?.send(numbered(seq));
  await until("as much as may wait", () => reads.messages.length > 100);
  await batches.return(undefined);
  assert(reads.messages.length > 100);
  assert(reads.messages.every(isFreed));
});

Deno.test("readSocket() names itself, and dials the URL as it is given", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.close(1000));
  await readAll(options(`${relay.url}?cursor=31500000001`), NEVER);
  assertEquals(relay.cursors, ["31500000001"]);
  assertEquals(relay.dials[0]?.headers.get("user-agent"), "test/1");
});

Deno.test("readSocket() reports the code of every close, clean or not", async () => {
  const codes = [1000, 1001, 1008, 1011, 3000, 4999];
  await using relay = new FakeRelay((_, number) => (socket) => socket.close(codes[number - 1]));
  const told: unknown[] = [];
  for (const _ of codes) {
    const { end } = await readAll(options(relay.url), NEVER);
    told.push(end instanceof ServerClosed ? end.code : end);
  }
  assertEquals(told, codes);
});

Deno.test("readSocket() takes a text message as one that cannot be decoded", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    socket.send("text");
    socket.send(numbered(2));
    socket.close();
  });
  const { batches } = await readAll(options(relay.url), NEVER);
  assertEquals(batches.flat(), [new Uint8Array(0), numbered(2)]);
});

Deno.test("readSocket() fails when no data comes for too long, and closes the connection", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(1)));
  const { batches, end } = await readAll(options(relay.url, { idleTimeoutMs: 100 }), NEVER);
  assertEquals(batches, [[numbered(1)]]);
  assertInstanceOf(end, IdleTimeout);
  await until("the close", () => relay.closes.length === 1);
  assertEquals(relay.closes, [1000]);
});

Deno.test("readSocket() fails when a server takes the connection and never answers", async () => {
  await using relay = new DeafRelay(false);
  const { end } = await readAll(options(relay.url, { idleTimeoutMs: 100 }), NEVER);
  assertInstanceOf(end, IdleTimeout);
  await until("the end of the socket", () => relay.left === 1);
});

Deno.test("readSocket() reads no more at the byte bound, until half of that is taken, and loses nothing", async () => {
  using reads = new SocketReads();
  let relaySocket: WebSocket | undefined;
  await using relay = new FakeRelay(() => (socket) => {
    relaySocket = socket;
    socket.send(numbered(1));
  });
  // What is not read is not missed, however long.
  const batches = readSocket(options(relay.url, { maxBufferedBytes: 100_000, idleTimeoutMs: 50 }), NEVER);
  await batches.next();
  for (let i = 0; i < 500; i++) relaySocket?.send(new Uint8Array(1000).fill(i % 256));
  await until("the bound", () => reads.bytes > 94_000);
  await after(200);
  // What one read brings may be beyond it.
  assert(reads.bytes < 100_000 + 2 * 65_536, `${reads.bytes} bytes`);
  assertEquals(relay.closes, []);
  const taken: number[] = [];
  while (taken.length < 500) for (const message of (await batches.next()).value ?? []) taken.push(message[0] ?? -1);
  assertEquals(taken, Array.from({ length: 500 }, (_, i) => i % 256));
  assertEquals(relay.dials.length, 1);
  await batches.return(undefined);
});

Deno.test("readSocket() ends at once on abort, also while nothing more is read", async () => {
  let relaySocket: WebSocket | undefined;
  await using relay = new FakeRelay(() => (socket) => {
    relaySocket = socket;
    socket.send(numbered(1));
  });
  const stop = new AbortController();
  const batches = readSocket(options(relay.url, { maxBufferedBytes: 100_000 }), stop.signal);
  await batches.next();
  for (let i = 0; i < 500; i++) relaySocket?.send(new Uint8Array(1000));
  await after(100);
  stop.abort();
  assertEquals(await batches.next(), { value: undefined, done: true });
  await until("the close", () => relay.closes.length === 1);
});

Deno.test("readSocket() dials nothing when it is aborted before", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.close());
  assertEquals(await readAll(options(relay.url), AbortSignal.abort()), { batches: [], end: null });
  assertEquals(relay.dials.length, 0);
});

Deno.test("readSocket() ends without failing when it is aborted while dialling", async () => {
  await using relay = new DeafRelay(false);
  const stop = new AbortController();
  const reading = readAll(options(relay.url), stop.signal);
  await until("the connection", () => relay.taken === 1);
  stop.abort();
  assertEquals(await reading, { batches: [], end: null });
  await until("the end of the socket", () => relay.left === 1);
});

Deno.test("readSocket() ends without failing when it is aborted while it waits", async () => {
  await using relay = new FakeRelay(() => () => {});
  const stop = new AbortController();
  const reading = readAll(options(relay.url), stop.signal);
  await until("the connection", () => relay.sockets.size === 1);
  stop.abort();
  assertEquals(await reading, { batches: [], end: null });
  await until("the close", () => relay.closes.length === 1);
  assertEquals([relay.closes, relay.sockets.size], [[1000], 0]);
});

Deno.test("readSocket() gives no more when it is aborted with a batch pending", async () => {
  let relaySocket: WebSocket | undefined;
  await using relay = new FakeRelay(() => (socket) => {
    relaySocket = socket;
    socket.send(numbered(1));
  });
  const stop = new AbortController();
  const batches = readSocket(options(relay.url), stop.signal);
  await batches.next();
  relaySocket?.send(numbered(2));
  relaySocket?.send(numbered(3));
  stop.abort();
  assertEquals(await batches.next(), { value: undefined, done: true });
  await until("the close", () => relay.closes.length === 1);
});

Deno.test("readSocket() ends without failing when it is aborted while the server refuses", async () => {
  const stop = new AbortController();
  await using relay = new FakeRelay(() => {
    stop.abort();
    return new Response(null, { status: 503 });
  });
  assertEquals(await readAll(options(relay.url), stop.signal), { batches: [], end: null });
  assertEquals(relay.dials.length, 1);
});

Deno.test("readSocket() closes the connection when the reader turns away", async () => {
  await using relay = new FakeRelay(() => (socket) => socket.send(numbered(1)));
  for await (const batch of readSocket(options(relay.url), NEVER)) {
    assertEquals([...batch], [numbered(1)]);
    break;
  }
  await until("the close", () => relay.closes.length === 1);
});

Deno.test("readSocket() fails with a reason where there is no server, or no such host", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const url of [`ws://127.0.0.1:${port}/`, "ws://localhost.invalid/"]) {
    const end = asDialError((await readAll(options(url), NEVER)).end);
    assertEquals([end.status, end.mayRetry, end.leastWaitMs], [null, true, 0]);
    assert(end.message.startsWith(`Cannot connect to "${url}": `), end.message);
  }
});

Deno.test("readSocket() reports the status of a refusal, whether it may pass, and how long the server asks to wait", async () => {
  const statuses = [200, 400, 404, 405, 426, 429, 500, 501, 502, 503, 504];
  await using relay = new FakeRelay((_, number) =>
    new Response(null, { status: statuses[number - 1] ?? 500, headers: { "retry-after": "7" } })
  );
  const retried: number[] = [];
  for (const status of statuses) {
    const end = asDialError((await readAll(options(relay.url), NEVER)).end);
    assertEquals([end.status, end.leastWaitMs], [status, 7000]);
    assert(end.message.includes(`the server responded with ${status}`), end.message);
    if (end.mayRetry) retried.push(status);
  }
  assertEquals(retried, [200, 400, 404, 429, 500, 502, 503, 504]);
});

Deno.test("readSocket() follows redirects of the upgrade, and keeps the cursor", async () => {
  await using target = new FakeRelay(() => (socket) => {
    socket.send(numbered(1));
    socket.close(1001);
  });
  await using relay = new FakeRelay(() => {
    const location = target.url.replace("ws:", "http:");
    return new Response(null, { status: 307, headers: { location } });
  });
  const { batches, end } = await readAll(options(`${relay.url}?cursor=5`), NEVER);
  assertEquals(batches, [[numbered(1)]]);
  assertInstanceOf(end, ServerClosed);
  assertEquals(target.cursors, ["5"]);
});

Deno.test("readSocket() gives up on redirects that lead nowhere", async () => {
  await using relay = new FakeRelay(({ url }) => {
    return new Response(null, { status: 302, headers: { location: url.href } });
  });
  const end = asDialError((await readAll(options(relay.url), NEVER)).end);
  assert(end.message.includes("302"), end.message);
  assertEquals(relay.dials.length, 6);
});

Deno.test("withCursor() sets the cursor of a URL, and leaves the rest as it is", () => {
  assertEquals(
    withCursor("wss://a.example/x?y=1&cursor=2", 31_500_000_001),
    "wss://a.example/x?y=1&cursor=31500000001",
  );
  assertEquals(withCursor("wss://a.example/x?y=1", null), "wss://a.example/x?y=1");
  assertEquals(withCursor("wss://a.example/x", 0), "wss://a.example/x?cursor=0");
  for (const cursor of [-Infinity, NaN, 1.5]) {
    assertThrows(() => withCursor("wss://a.example/x", cursor), TypeError, `Cannot resume at ${cursor}`);
  }
});
