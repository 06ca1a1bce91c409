import { assertEquals, assertRejects } from "@std/assert";
import { ErrorFrameReceived, ServerClosed } from "../../src/upstream/errors.ts";
import { textFingerprint } from "../../src/atproto/bytes/span.ts";
import { sampleAfter } from "../../src/upstream/probe.ts";
import { encodeErrorFrame, encodeMessage } from "../../src/simulator/frames.ts";
import { FakeRelay, numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";

const TIME = "2026-07-01T12:00:00.123Z";

function options(url: string) {
  return { url, userAgent: "test", idleTimeoutMs: 20_000, maxBufferedBytes: 1_000_000, gatherMs: 0 };
}

function send(socket: WebSocket, bytes: Uint8Array): void {
  socket.send(bytes as Uint8Array<ArrayBuffer>);
}

/** Samples a relay, of whose messages those of one account were handled before. */
function sample(relay: FakeRelay, signal: AbortSignal = new AbortController().signal) {
  const handled = new Set([textFingerprint(`did:plc:y/#identity ${TIME}`)]);
  return sampleAfter(options(relay.url), (print) => handled.has(print), Date.now, signal);
}

Deno.test("sampleAfter() gives the first number, the median time, and how many were handled, and closes the connection", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    socket.send("garbage");
    send(socket, encodeMessage("#info", { name: "Hello" }));
    send(socket, encodeMessage("#identity", { seq: 7, did: "did:plc:x", time: "2026-07-01T13:00:00Z" }));
    for (const seq of [8, 9]) send(socket, encodeMessage("#identity", { seq, did: "did:plc:y", time: TIME }));
    send(socket, numbered(10));
  });
  assertEquals(await sample(relay), { seq: 7, timeMs: Date.parse(TIME), messages: 4, handled: 2 });
  await until("the close", () => relay.closes.length === 1);
  assertEquals([relay.dials.length, relay.closes], [1, [1000]]);
});

Deno.test("sampleAfter() takes 32 messages at the most, and what came before the end where that comes early", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    for (let seq = 1; seq <= 100; seq++) send(socket, numbered(seq));
  });
  const { seq, timeMs, messages } = await sample(relay);
  assertEquals([seq, timeMs, messages], [1, NaN, 32]);
  await using short = new FakeRelay(() => (socket) => {
    send(socket, numbered(5));
    socket.close(1000);
  });
  assertEquals((await sample(short)).messages, 1);
});

Deno.test("sampleAfter() fails as the connection does, and on abort", async () => {
  const { signal } = new AbortController();
  await using closing = new FakeRelay(() => (socket) => socket.close(1000));
  await assertRejects(() => sample(closing, signal), ServerClosed);
  await using failing = new FakeRelay(() => (socket) => send(socket, encodeErrorFrame("FutureCursor", "")));
  await assertRejects(() => sample(failing, signal), ErrorFrameReceived);
  await using silent = new FakeRelay(() => () => {});
  const stop = new AbortController();
  const probe = sample(silent, stop.signal);
  await until("the connection", () => silent.sockets.size === 1);
  stop.abort();
  await assertRejects(() => probe, DOMException, "aborted");
});
