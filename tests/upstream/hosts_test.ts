import { assertEquals } from "@std/assert";
import { type ConnectionEnd, DialError, ServerClosed } from "../../src/upstream/errors.ts";
import { Hosts } from "../../src/upstream/hosts.ts";

const URLS = ["wss://a.example/x", "wss://b.example:8443/x", "wss://c.example/x"];
const CLOSED = new ServerClosed(1000, "");

function refusal(status: number, retryAfterMs = 0): ConnectionEnd {
  return new DialError("wss://a.example/x", "refused", `the server answers ${status}`, {
    status,
    redirect: null,
    retryAfterMs,
  });
}

Deno.test("Hosts stays with a host through two failures, and goes to the next in order at the third, round and round", () => {
  const hosts = new Hosts(URLS);
  const seen: string[] = [];
  for (let i = 0; i < 12; i++) {
    seen.push(hosts.host);
    hosts.failed(CLOSED, 0);
  }
  const [a, b, c] = ["a.example", "b.example:8443", "c.example"];
  assertEquals(seen, [a, a, a, b, b, b, c, c, c, a, a, a]);
});

Deno.test("Hosts forgets failures when a message arrived", () => {
  const hosts = new Hosts(URLS);
  for (let i = 0; i < 10; i++) {
    assertEquals([hosts.failed(CLOSED, 0), hosts.failed(CLOSED, 0)], [false, false]);
    hosts.arrived();
  }
  assertEquals(hosts.url, URLS[0]);
});

Deno.test("Hosts never leaves the only one there is", () => {
  const hosts = new Hosts(URLS.slice(0, 1));
  for (const end of [CLOSED, CLOSED, CLOSED, CLOSED, refusal(501), refusal(429, 1e6)]) {
    assertEquals([hosts.failed(end, 0), hosts.url], [false, URLS[0]]);
  }
});

Deno.test("Hosts leaves at once who has no such service, and comes back to it only after another has served", () => {
  const hosts = new Hosts(URLS.slice(0, 2));
  assertEquals([hosts.failed(refusal(501), 0), hosts.url], [true, URLS[1]]);
  for (let i = 0; i < 5; i++) assertEquals(hosts.failed(CLOSED, 0), false);
  hosts.arrived();
  for (let i = 0; i < 3; i++) hosts.failed(CLOSED, 0);
  assertEquals(hosts.url, URLS[0]);
});

Deno.test("Hosts leaves at once who wants to be left alone for long, and passes it over until then", () => {
  const hosts = new Hosts(URLS.slice(0, 2));
  assertEquals([hosts.failed(refusal(429, 30_000), 0), hosts.url], [false, URLS[0]]);
  assertEquals([hosts.failed(refusal(429, 600_000), 1000), hosts.url, hosts.restMs(1000)], [true, URLS[1], 0]);
  for (let i = 0; i < 3; i++) hosts.failed(CLOSED, 2000);
  assertEquals([hosts.url, hosts.restMs(2000), hosts.restMs(700_000)], [URLS[0], 599_000, 0]);

  const three = new Hosts(URLS);
  three.failed(refusal(503, 600_000), 0);
  three.failed(refusal(503, 300_000), 0);
  assertEquals(three.url, URLS[2]);
  three.failed(refusal(503, 900_000), 0);
  assertEquals([three.url, three.restMs(0)], [URLS[1], 300_000]);
});
