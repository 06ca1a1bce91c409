import { assertEquals } from "@std/assert";
import { type ConnectionEnd, DialError, ServerClosed } from "../../src/upstream/errors.ts";
import { Relays } from "../../src/upstream/relays.ts";

const URLS = ["wss://a.example/x", "wss://b.example:8443/x", "wss://c.example/x"];
const CLOSED = new ServerClosed(1000, "");

function refusal(status: number, retryAfterMs = 0): ConnectionEnd {
  return new DialError("wss://a.example/x", "refused", `the server responded with ${status}`, {
    status,
    redirect: null,
    retryAfterMs,
  });
}

Deno.test("Relays stays with a relay through two failures, and changes to the next in order at the third, round and round", () => {
  const relays = new Relays(URLS);
  const seen: string[] = [];
  for (let i = 0; i < 12; i++) {
    seen.push(relays.host);
    relays.failed(CLOSED, 0);
  }
  const [a, b, c] = ["a.example", "b.example:8443", "c.example"];
  assertEquals(seen, [a, a, a, b, b, b, c, c, c, a, a, a]);
});

Deno.test("Relays forgets failures when a message arrived", () => {
  const relays = new Relays(URLS);
  for (let i = 0; i < 10; i++) {
    assertEquals([relays.failed(CLOSED, 0), relays.failed(CLOSED, 0)], [false, false]);
    relays.arrived();
  }
  assertEquals(relays.url, URLS[0]);
});

Deno.test("Relays stays with the only one there is", () => {
  const relays = new Relays(URLS.slice(0, 1));
  for (const end of [CLOSED, CLOSED, CLOSED, CLOSED, refusal(501), refusal(429, 1e6)]) {
    assertEquals([relays.failed(end, 0), relays.url], [false, URLS[0]]);
  }
});

Deno.test("Relays passes over at once one that has no such service, until another has served", () => {
  const relays = new Relays(URLS.slice(0, 2));
  assertEquals([relays.failed(refusal(501), 0), relays.url], [true, URLS[1]]);
  for (let i = 0; i < 5; i++) assertEquals(relays.failed(CLOSED, 0), false);
  relays.arrived();
  for (let i = 0; i < 3; i++) relays.failed(CLOSED, 0);
  assertEquals(relays.url, URLS[0]);
});

Deno.test("Relays passes over at once one that asks for no connection for long, until then", () => {
  const relays = new Relays(URLS.slice(0, 2));
  assertEquals([relays.failed(refusal(429, 30_000), 0), relays.url], [false, URLS[0]]);
  assertEquals([relays.failed(refusal(429, 600_000), 1000), relays.url, relays.restMs(1000)], [true, URLS[1], 0]);
  for (let i = 0; i < 3; i++) relays.failed(CLOSED, 2000);
  assertEquals([relays.url, relays.restMs(2000), relays.restMs(700_000)], [URLS[0], 599_000, 0]);

  const three = new Relays(URLS);
  three.failed(refusal(503, 600_000), 0);
  three.failed(refusal(503, 300_000), 0);
  assertEquals(three.url, URLS[2]);
  three.failed(refusal(503, 900_000), 0);
  assertEquals([three.url, three.restMs(0)], [URLS[1], 300_000]);
});
