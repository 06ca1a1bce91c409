import { assertEquals, assertRejects } from "@std/assert";
import { ErrorFrameReceived, Overrun, ServerClosed } from "../../src/firehose/errors.ts";
import { firstMoment } from "../../src/firehose/probe.ts";
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

Deno.test("firstMoment() gives number and time of the first message that has them, and closes the connection", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    socket.send("garbage");
    send(socket, encodeMessage("#info", { name: "Hello" }));
    send(socket, encodeMessage("#identity", { seq: 7, did: "did:plc:x", time: TIME }));
    send(socket, numbered(8));
  });
  const moment = await firstMoment(options(relay.url), new AbortController().signal);
  assertEquals(moment, { seq: 7, timeMs: Date.parse(TIME) });
  await until("the close", () => relay.closes.length === 1);
  assertEquals([relay.dials.length, relay.closes], [1, [1000]]);
});

Deno.test("firstMoment() fails as the connection does, and on abort", async () => {
  const { signal } = new AbortController();
  await using closing = new FakeRelay(() => (socket) => socket.close(1000));
  await assertRejects(() => firstMoment(options(closing.url), signal), ServerClosed);
  await using failing = new FakeRelay(() => (socket) => send(socket, encodeErrorFrame("FutureCursor", "")));
  await assertRejects(() => firstMoment(options(failing.url), signal), ErrorFrameReceived);
  await using silent = new FakeRelay(() => () => {});
  const stop = new AbortController();
  const probe = firstMoment(options(silent.url), stop.signal);
  await until("the connection", () => silent.sockets.size === 1);
  stop.abort();
  await assertRejects(() => probe, Overrun);
});
