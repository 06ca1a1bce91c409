import { assertEquals } from "@std/assert";
import { redirectFrom, refusalOf, retryAfterMs } from "../../src/upstream/refusal.ts";

Deno.test("refusalOf() reads Retry-After, and Location where the status is one of a redirect", () => {
  const headers = new Headers({ "retry-after": "2", location: "/elsewhere" });
  const redirect = "ws://a.example/elsewhere";
  assertEquals(refusalOf("ws://a.example/x", 302, headers), { status: 302, redirect, retryAfterMs: 2000 });
  assertEquals(refusalOf("ws://a.example/x", 503, headers), { status: 503, redirect: null, retryAfterMs: 2000 });
  assertEquals(refusalOf("ws://a.example/x", 302, new Headers()), { status: 302, redirect: null, retryAfterMs: 0 });
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
