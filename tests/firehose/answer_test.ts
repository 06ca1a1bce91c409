import { assertEquals } from "@std/assert";
import { askForAnswer, redirectFrom, retryAfterMs } from "../../src/firehose/answer.ts";
import { DeafRelay, FakeRelay } from "../support/relay.ts";

const NEVER = new AbortController().signal;

Deno.test("askForAnswer() asks as a WebSocket does, and reads status, Retry-After and Location", async () => {
  await using relay = new FakeRelay(() =>
    new Response("a body", { status: 302, headers: { "retry-after": "2", location: "/elsewhere" } })
  );
  const answer = await askForAnswer(relay.url, "test/1", NEVER);
  const redirect = relay.url.replace(/\/xrpc.*/, "/elsewhere");
  assertEquals(answer, { status: 302, redirect, retryAfterMs: 2000 });
  const { headers } = relay.dials[0] ?? { headers: new Headers() };
  const sent = ["upgrade", "connection", "sec-websocket-version", "user-agent"].map((name) => headers.get(name));
  assertEquals(sent, ["websocket", "Upgrade", "13", "test/1"]);
});

Deno.test("askForAnswer() has no answer where the server takes the WebSocket now, and hangs up", async () => {
  await using relay = new FakeRelay(() => () => {});
  assertEquals(await askForAnswer(relay.url, "test/1", NEVER), null);
});

Deno.test("askForAnswer() has no answer where none comes", async () => {
  await using relay = new DeafRelay(false);
  assertEquals(await askForAnswer(relay.url, "test/1", AbortSignal.timeout(50)), null);
  assertEquals(await askForAnswer("ws://localhost.invalid/", "test/1", NEVER), null);
});

Deno.test("redirectFrom() follows to ws and wss, keeps the cursor, and never leaves TLS", () => {
  const from = "wss://a.example/x?cursor=5";
  const followed = [
    "https://b.example/y",
    "wss://b.example/y?cursor=7",
    "/y#part",
    "http://b.example/y",
    "ws://b.example/y",
    "ftp://b.example/",
    "http://",
  ].map((location) => redirectFrom(from, location));
  assertEquals(followed, [
    "wss://b.example/y?cursor=5",
    "wss://b.example/y?cursor=7",
    "wss://a.example/y?cursor=5",
    null,
    null,
    null,
    null,
  ]);
  assertEquals(redirectFrom("ws://a.example/x", "http://b.example/"), "ws://b.example/");
  assertEquals(redirectFrom("ws://a.example/x", "https://b.example/"), "wss://b.example/");
});

Deno.test("retryAfterMs() reads seconds and dates, and bounds both", () => {
  const date = "Wed, 25 Nov 2026 00:00:00 GMT";
  const waits = ["0", "12", "999999999", "Wed, 25 Nov 2026 00:01:00 GMT", "Tue, 24 Nov 2026 00:00:00 GMT", "soon", "-3"]
    .map((text) => retryAfterMs(text, date));
  assertEquals(waits, [0, 12_000, 3_600_000, 60_000, 0, 0, 0]);
  assertEquals([retryAfterMs(null, date), retryAfterMs("Wed, 25 Nov 2026 00:01:00 GMT", null)], [0, 0]);
});
