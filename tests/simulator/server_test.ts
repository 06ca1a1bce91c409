import { assert, assertEquals, assertRejects } from "@std/assert";
import { type FirehoseServer, serve, type ServerOptions, type Source } from "../../src/simulator/server.ts";
import { Consumer } from "../support/consumer.ts";
import { numbered } from "../support/relay.ts";
import { until } from "../support/wait.ts";

const OPTIONS: ServerOptions = { port: 0, rate: null, window: 1000, faults: [] };

/** The numbers 101 to 100 + `count`, then the end. */
function counting(count: number, bytesOf: (seq: number) => Uint8Array = numbered): Source {
  let seq = 100;
  return {
    next: () => Promise.resolve(seq++ < 100 + count ? { seq, bytes: bytesOf(seq), atMs: null } : null),
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

async function seqsFrom(server: FirehoseServer, cursor: number | null, count: number): Promise<number[]> {
  await using consumer = new Consumer(server.url, cursor);
  await consumer.has(count);
  return consumer.seqs;
}

Deno.test("serve() begins with the first consumer, and sends it every message", async () => {
  await using server = serve(counting(500), OPTIONS);
  assertEquals([server.released, server.connections, server.consumers], [0, 0, 0]);
  assertEquals(await seqsFrom(server, null, 500), range(101, 600));
  await until("the end of the connection", () => server.consumers === 0);
  assertEquals([server.released, server.connections], [500, 1]);
});

Deno.test("serve() sends what follows the cursor: within the window, at its ends, and all of it from 0", async () => {
  await using server = serve(counting(500), OPTIONS);
  await seqsFrom(server, null, 500);
  assertEquals(await seqsFrom(server, 550, 50), range(551, 600));
  assertEquals(await seqsFrom(server, 100, 500), range(101, 600));
  assertEquals(await seqsFrom(server, 0, 500), range(101, 600));
});

Deno.test("serve() says so where the window has moved past the cursor, and begins with the oldest", async () => {
  await using server = serve(counting(5000), { ...OPTIONS, window: 100 });
  await seqsFrom(server, null, 1000);
  await until("the end of the source", () => server.released === 5000);
  await using consumer = new Consumer(server.url, 101);
  await until("the newest", () => consumer.seqs.at(-1) === 5100);
  const [info] = consumer.frames;
  assertEquals([info?.kind, info?.kind === "info" && info.name], ["info", "OutdatedCursor"]);
  const { seqs } = consumer;
  assertEquals(seqs, range(5101 - seqs.length, 5100));
  assert(seqs.length >= 100 && seqs.length <= 100 + 1024, `${seqs.length} messages in the window`);
});

Deno.test("serve() goes live, silently, for a cursor in the future and for none", async () => {
  const gate = Promise.withResolvers<void>();
  const source = counting(20);
  let given = 0;
  await using server = serve(
    { next: () => given++ < 10 ? source.next() : gate.promise.then(() => source.next()) },
    OPTIONS,
  );
  await using first = new Consumer(server.url);
  await first.has(10);
  await using future = new Consumer(server.url, 9_000_000);
  await using live = new Consumer(server.url);
  await until("three consumers", () => server.consumers === 3);
  gate.resolve();
  for (const consumer of [future, live]) {
    await consumer.has(10);
    assertEquals(consumer.seqs, range(111, 120));
  }
  await first.has(20);
  assertEquals(first.seqs, range(101, 120));
});

Deno.test("serve() refuses what is no WebSocket, another path, or no cursor", async () => {
  await using server = serve(counting(1), OPTIONS);
  const http = server.url.replace("ws:", "http:");
  const statuses: number[] = [];
  const other = http.replace("subscribeRepos", "getRepo");
  for (const url of [http, other, ...["x", "-1", "1.5", "", "9".repeat(20), "5"].map((c) => `${http}?cursor=${c}`)]) {
    const headers = url === http ? {} : { upgrade: "websocket", connection: "Upgrade" };
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals(statuses, [426, 404, 400, 400, 400, 400, 400, 400]);
  assertEquals([server.connections, server.released], [0, 0]);
});

Deno.test("serve() keeps to a rate, and is as fast as it can without one", async () => {
  // At one message in 17 minutes there is one; the others come while the second is waited for.
  await using slow = serve(counting(100), { ...OPTIONS, rate: 0.001 });
  await using consumer = new Consumer(slow.url);
  await consumer.has(1);
  await using fast = serve(counting(100), OPTIONS);
  await seqsFrom(fast, null, 100);
  assertEquals([slow.released, fast.released], [1, 100]);
});

Deno.test("serve() keeps to the times of a recording", async () => {
  const at = [5_000_000, 5_000_001, 5_000_002, 9_000_000];
  let index = 0;
  const next = () => {
    const atMs = at[index++];
    return Promise.resolve(atMs === undefined ? null : { seq: index, bytes: numbered(index), atMs });
  };
  await using server = serve({ next }, { ...OPTIONS, rate: "recorded" });
  await using consumer = new Consumer(server.url);
  await consumer.has(3);
  assertEquals([consumer.seqs, server.released], [[1, 2, 3], 3]);
});

Deno.test("serve() tells that its source failed, after the messages that came before", async () => {
  let seq = 0;
  const next = () =>
    seq < 3 ? Promise.resolve({ seq: ++seq, bytes: numbered(seq), atMs: null }) : Promise.reject(new Error("worn out"));
  await using server = serve({ next }, OPTIONS);
  assertEquals(await seqsFrom(server, null, 3), [1, 2, 3]);
  await assertRejects(() => server.failed, Error, "worn out");
});

Deno.test("serve() drops a consumer that does not read, and says why", async () => {
  const bytes = new Uint8Array(4_000_000);
  await using server = serve(counting(100, () => bytes), OPTIONS);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const path = new URL(server.url).pathname;
  const request = `GET ${path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  await until("all messages", () => server.released === 100);
  const buffer = new Uint8Array(1_000_000);
  let total = 0;
  let text = "";
  while (!text.includes("ConsumerTooSlow")) {
    const read = await connection.read(buffer);
    if (read === null) break;
    total += read;
    text = text.slice(-100) + new TextDecoder().decode(buffer.subarray(0, read));
  }
  assert(text.includes("ConsumerTooSlow"), `nothing of that in ${total} bytes`);
  assert(total > 60_000_000 && total < 200_000_000, `${total} bytes`);
});

Deno.test("serve() closes every connection when it is disposed of, and stops making messages", async () => {
  const server = serve(counting(1e9), { ...OPTIONS, rate: 100 });
  await using consumer = new Consumer(server.url);
  await consumer.has(1);
  await server[Symbol.asyncDispose]();
  await consumer.closed();
  assertEquals(consumer.closedWith, 1001);
  const { released } = server;
  await until("nothing more", () => server.released === released);
});

Deno.test("serve() ends though a client sent half of a request, and answers 400 to a Host that is none", async () => {
  const server = serve({ next: () => Promise.resolve(null) }, { port: 0, rate: null, window: 10, faults: [] });
  const dial = async (text: string) => {
    const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await socket.write(new TextEncoder().encode(text));
    return socket;
  };
  using bad = await dial("GET / HTTP/1.1\r\nHost: a b\r\n\r\n");
  const bytes = new Uint8Array(12);
  await bad.read(bytes);
  assertEquals(new TextDecoder().decode(bytes), "HTTP/1.1 400");
  using _half = await dial("POST / HTTP/1.1\r\nHo");
  await server[Symbol.asyncDispose]();
});
