import { assert, assertEquals } from "@std/assert";
import { encodeErrorFrame } from "../../src/simulator/frames.ts";
import { makeCertificates } from "../../scripts/certificates.ts";
import { testNeeding } from "../support/needs.ts";
import { Proxy } from "../support/proxy.ts";
import { after, Reading, send } from "../support/reading.ts";
import { onWire } from "../../scripts/websocket.ts";
import { DeafRelay, FakeRelay, numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";

const DOUBLING = [1000, 2000, 4000, 8000, 16_000];

/** Five attempts at a URL: the wait after each, and what was told of it. */
async function fiveAttempts(url: string): Promise<{ waits: readonly number[]; told: readonly string[] }> {
  const reading = new Reading(url, ({ waits }) => waits.length === DOUBLING.length);
  await reading.done;
  assertEquals(reading.seqs, []);
  return reading;
}

Deno.test("Subscription replaces a connection that stalls in the middle of a frame, and never takes the half for a message", async () => {
  const half = onWire(new Uint8Array(1000)).subarray(0, 500);
  await using relay = new DeafRelay(true, new Uint8Array([...onWire(numbered(7)), ...half]));
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 2, { idleTimeoutMs: 150 });
  await reading.done;
  assertEquals([reading.seqs, reading.rejected], [[7], 0]);
  // The second connection brings what was there already.
  assertEquals(reading.waits, [0, 0]);
  assertEquals(reading.told.filter((each) => each === "No data for 0.15 s").length, 2);
  assertEquals(relay.taken, 2);
});

Deno.test("Subscription replaces a connection whose other end is gone without a word, and resumes", async () => {
  await using relay = new FakeRelay((_, number) => (socket) => send(socket, number * 10));
  await using proxy = new Proxy();
  proxy.target = new URL(relay.url).host;
  const url = relay.url.replace(proxy.target, proxy.address);
  const reading = new Reading(url, ({ seqs }) => seqs.length === 2, { idleTimeoutMs: 300 });
  await until("the first message", () => reading.seqs.length === 1);
  proxy.mute();
  for (const socket of relay.sockets) send(socket, 11, 12);
  await reading.done;
  assertEquals([reading.seqs, relay.cursors], [[10, 20], [null, "10"]]);
  assertEquals([reading.told.includes("No data for 0.3 s"), reading.waits], [true, [0]]);
});

Deno.test("Subscription backs off from every refusal, which needs no other request", async () => {
  for (const status of [200, 400, 401, 403, 404, 429, 500, 502, 503, 504]) {
    await using relay = new FakeRelay(() => new Response(null, { status }));
    const { waits, told } = await fiveAttempts(relay.url);
    assertEquals([waits, relay.dials.length], [DOUBLING, 5], `${status}`);
    assert(told.every((each) => each.endsWith(`the server responded with ${status}`)), told.join());
  }
});

Deno.test("Subscription waits for as long as a 429 asks", async () => {
  await using relay = new FakeRelay(() => new Response(null, { status: 429, headers: { "retry-after": "300" } }));
  const { waits } = await fiveAttempts(relay.url);
  assertEquals([waits, relay.dials.length], [Array(5).fill(300_000), 5]);
});

Deno.test("Subscription follows a redirect at each dial, and backs off where it leads to nothing", async () => {
  await using target = new FakeRelay(() => (socket) => socket.close(1000));
  await using relay = new FakeRelay(() => new Response(null, { status: 302, headers: { location: target.url } }));
  const { waits } = await fiveAttempts(relay.url);
  assertEquals([waits, relay.dials.length, target.dials.length], [DOUBLING, 5, 5]);
});

testNeeding(["openssl"], {
  name: "Subscription backs off from a certificate that it cannot trust, and from a port that speaks no TLS",
  async fn() {
    await using certificates = await makeCertificates();
    const pem = await Deno.readTextFile(certificates.server);
    let refused = 0;
    const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: pem, key: pem });
    const served = (async () => {
      for await (const connection of listener) {
        await connection.handshake().catch(() => refused++);
        connection.close();
      }
    })();
    const { waits, told } = await fiveAttempts(`wss://127.0.0.1:${listener.addr.port}/`);
    listener.close();
    await served;
    assertEquals(waits, DOUBLING);
    assert(told.every((each) => /^Cannot connect to "wss:.*": .*certificate/i.test(each)), told.join("\n"));
    // The runtime shakes hands up to three times for one dial and the question why it failed.
    assert(refused >= 5 && refused <= 15, `${refused} handshakes`);

    await using plain = new FakeRelay(() => new Response(null, { status: 500 }));
    const other = await fiveAttempts(plain.url.replace("ws:", "wss:"));
    assertEquals([other.waits, plain.dials.length], [DOUBLING, 0]);
  },
});

Deno.test("Subscription backs off where there is no such host, no server, or one that speaks another protocol", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let taken = 0;
  const served = (async () => {
    for await (const connection of listener) {
      taken++;
      await connection.write(new TextEncoder().encode("220 mail.example ESMTP\r\n")).catch(() => {});
      connection.close();
    }
  })();
  const { port } = listener.addr;
  assertEquals((await fiveAttempts(`ws://127.0.0.1:${port}/`)).waits, DOUBLING);
  listener.close();
  await served;
  assert(taken >= 5 && taken <= 10, `${taken} dials`);
  for (const url of ["ws://localhost.invalid/", `ws://127.0.0.1:${port}/`]) {
    assertEquals((await fiveAttempts(url)).waits, DOUBLING, url);
  }
});

Deno.test("Subscription takes a broken WebSocket frame as the end of the connection", async () => {
  // Reserved bits are set.
  await using relay = new DeafRelay(true, new Uint8Array([...onWire(numbered(7)), 0xf2, 5, 1, 2, 3, 4, 5]));
  const reading = new Reading(relay.url, ({ waits }) => waits.length === 3);
  await reading.done;
  assertEquals([reading.seqs, reading.waits, relay.taken], [[7], [1000, 2000, 4000], 3]);
});

Deno.test("Subscription catches up though it is dropped as too slow again and again, one connection for each", async () => {
  const total = 1000;
  const atOnce = 100;
  await using relay = new FakeRelay(({ url }) => (socket) => {
    const from = Number(url.searchParams.get("cursor"));
    const to = Math.min(total, from + atOnce);
    for (let seq = from + 1; seq <= to; seq++) send(socket, seq);
    if (to === total) return;
    socket.send(encodeErrorFrame("ConsumerTooSlow", "stream consumer too slow") as Uint8Array<ArrayBuffer>);
    socket.close(1008);
  });
  const reading = new Reading(relay.url, ({ seqs }) => seqs.length >= total, { at: after(0) });
  await reading.done;
  assertEquals(reading.seqs, Array.from({ length: total }, (_, i) => i + 1));
  assertEquals(relay.dials.length, total / atOnce);
  assertEquals(reading.waits, Array(total / atOnce - 1).fill(1000));
  assertEquals(reading.told.filter((each) => each.includes("ConsumerTooSlow")).length, total / atOnce - 1);
});

Deno.test("Subscription counts each close code as one failure", async () => {
  for (const code of [1000, 1001, 1008, 1011, 1012, 1013, 4000]) {
    await using relay = new FakeRelay(() => (socket) => socket.close(code));
    const { waits, told } = await fiveAttempts(relay.url);
    assertEquals([waits, relay.dials.length], [DOUBLING, 5], `${code}`);
    assert(told.every((each) => each.includes(`code ${code}`) || each.startsWith("connected")), told.join());
  }
});
