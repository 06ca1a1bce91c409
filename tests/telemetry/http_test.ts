import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { setTimeout as after } from "node:timers/promises";
import { type HttpBounds, type HttpRequest, type HttpStream, serveHttp, textAnswer } from "../../src/telemetry/http.ts";
import { until } from "../support/wait.ts";

// As long as a test may wait, so that only what a test shortens ends anything.
const BOUNDS: HttpBounds = {
  connections: 64,
  headBytes: 2048,
  bodyBytes: 65_536,
  exchangeMs: 600_000,
  stopMs: 600_000,
};
/** More than what a socket takes of an answer that nobody reads. */
const HUGE_BYTES = 30_000_000;
const GET = "GET /path?query HTTP/1.1\r\nHost: localhost\r\n\r\n";

function open(over: Partial<HttpBounds> = {}, body = "fine\n") {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const requests: HttpRequest[] = [];
  const server = serveHttp(listener, (request) => {
    requests.push(request);
    return textAnswer(200, body);
  }, { ...BOUNDS, ...over });
  return {
    port,
    requests,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A client that has sent a text. */
async function dial(port: number, text: string): Promise<Deno.TcpConn> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  await sendAll(socket, text);
  return socket;
}

async function sendAll(socket: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
}

/** All that comes until the server closes the connection; a reset ends it too. */
async function readToEnd(socket: Deno.Conn): Promise<string> {
  let text = "";
  const bytes = new Uint8Array(65_536);
  for (;;) {
    const count = await socket.read(bytes).catch(() => null);
    if (count === null) return text;
    text += new TextDecoder("latin1").decode(bytes.subarray(0, count));
  }
}

async function ask(port: number, text: string): Promise<string> {
  using socket = await dial(port, text);
  return await readToEnd(socket);
}

Deno.test("serveHttp() answers GET and HEAD, whole or by relative or absolute target, and closes the connection", async () => {
  await using server = open();
  assertMatch(await ask(server.port, GET), /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 5\r\n[^]*\r\n\r\nfine\n$/);
  assertMatch(
    await ask(server.port, GET.replace("GET", "HEAD")),
    /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 5\r\n[^]*\r\n\r\n$/,
  );
  await ask(server.port, "GET http://localhost/absolute HTTP/1.1\r\nhost: [::1]:9464\r\n\r\n");
  await ask(server.port, "GET /old HTTP/1.0\r\n\r\n");
  assertEquals(server.requests.map(({ path }) => path), ["/path", "/path", "/absolute", "/old"]);
  assertEquals(server.requests.map(({ host }) => host), ["localhost", "localhost", "[::1]:9464", ""]);
});

Deno.test("serveHttp() takes a head that comes in pieces", async () => {
  await using server = open();
  using socket = await dial(server.port, "");
  for (const character of GET) await sendAll(socket, character);
  assertMatch(await readToEnd(socket), /^HTTP\/1\.1 200 /);
});

Deno.test("serveHttp() answers 400 where the URL, the Host or the head is none, and asks nobody", async () => {
  await using server = open();
  for (
    const request of [
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a:port\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET metrics HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\r\n\r\n",
    ]
  ) {
    assertMatch(await ask(server.port, request), /^HTTP\/1\.1 400 Bad Request\r\n/, JSON.stringify(request));
  }
  assertEquals(server.requests, []);
});

Deno.test("serveHttp() answers 431 where the head is larger than its bound, however little of it is there", async () => {
  await using server = open();
  const answer = await ask(server.port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(BOUNDS.headBytes)}`);
  assertMatch(answer, /^HTTP\/1\.1 431 /);
});

Deno.test("serveHttp() reads of a body what lets the client read its answer, and then no more", async () => {
  await using server = open({ bodyBytes: 100_000 });
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
  assertMatch(await ask(server.port, head + "x".repeat(50_000)), /fine\n$/);
  using socket = await dial(server.port, head);
  let sent = 0;
  // Without a bound this would send for ever.
  while (await socket.write(new Uint8Array(65_536)).catch(() => null) !== null) sent += 65_536;
  assert(sent < 1_000_000_000);
});

/** A server whose body goes on; `write` writes to the client that came last. */
function openStream(over: Partial<HttpBounds> = {}) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ended: string[] = [];
  const begun: ((text: string) => Promise<void>)[] = [];
  const body: HttpStream = async (write, signal) => {
    begun.push(write);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ended.push("aborted");
  };
  const server = serveHttp(listener, () => ({ ...textAnswer(200, ""), body }), { ...BOUNDS, ...over });
  const { port } = listener.addr as Deno.NetAddr;
  return { port, begun, ended, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

Deno.test("serveHttp() writes a body that goes on for longer than an exchange, and ends it when the server stops", async () => {
  await using server = openStream({ exchangeMs: 100 });
  using client = await dial(server.port, GET);
  await until("the body", () => server.begun.length === 1);
  await after(300);
  await server.begun[0]?.("first\n");
  await server[Symbol.asyncDispose]();
  const text = await readToEnd(client);
  assertMatch(text, /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n\r\nfirst\n$/);
  assertEquals([/content-length/.test(text), server.ended], [false, ["aborted"]]);
});

Deno.test("serveHttp() ends a body that goes on when its client leaves, and has none for HEAD", async () => {
  await using server = openStream();
  assertMatch(await ask(server.port, GET.replace("GET", "HEAD")), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
  assertEquals(server.begun.length, 0);
  {
    using _client = await dial(server.port, GET);
    await until("the body", () => server.begun.length === 1);
    assertEquals(server.ended, []);
  }
  await until("the end of the body", () => server.ended.length === 1);
});

Deno.test("serveHttp() leaves a client that does not take what is written to it", async () => {
  await using server = openStream({ exchangeMs: 200 });
  using _client = await dial(server.port, GET);
  await until("the body", () => server.begun.length === 1);
  await assertRejects(() => server.begun[0]?.("x".repeat(HUGE_BYTES)) ?? Promise.resolve());
  await until("the end of the body", () => server.ended.length === 1);
});

Deno.test("serveHttp() answers 500 without a stack trace where the answer fails", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using _server = serveHttp(listener, () => Promise.reject(new Error("no figures")), BOUNDS);
  const answer = await ask((listener.addr as Deno.NetAddr).port, GET);
  assertMatch(answer, /^HTTP\/1\.1 500 [^]*\r\n\r\nCannot answer: no figures\n$/);
});

Deno.test("serveHttp() ends a request that does not come, and an answer that nobody reads, in time", async () => {
  await using server = open({ exchangeMs: 200 }, "x".repeat(HUGE_BYTES));
  using slow = await dial(server.port, GET);
  assertEquals(await ask(server.port, "GET /metr"), "");
  // Whoever came first is closed by now too, with what its socket had taken.
  assert((await readToEnd(slow)).length < HUGE_BYTES);
});

Deno.test("serveHttp() closes the oldest connection where one more is dialled than may be", async () => {
  await using server = open({ connections: 3 });
  const idle: Deno.TcpConn[] = [];
  for (let i = 0; i < 5; i++) idle.push(await dial(server.port, "GET /"));
  assertMatch(await ask(server.port, GET), /^HTTP\/1\.1 200 /);
  // Two for the fourth and the fifth, and one for who was answered.
  assertEquals(await Promise.all(idle.slice(0, 3).map(readToEnd)), ["", "", ""]);
  for (const socket of idle) socket.close();
});

Deno.test("serveHttp() ends though clients sent half of a request, nothing, or read nothing", async () => {
  const server = open({ stopMs: 50 }, "x".repeat(HUGE_BYTES));
  using _half = await dial(server.port, "POST / HTTP/1.1\r\nHo");
  using _body = await dial(server.port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  using _idle = await dial(server.port, "");
  using _slow = await dial(server.port, GET);
  await until("the requests", () => server.requests.length === 2);
  // Its bound is the only thing that ends this.
  await server[Symbol.asyncDispose]();
});

Deno.test("serveHttp() lets the answers be read that are under way when it ends", async () => {
  const server = open({}, "x".repeat(HUGE_BYTES));
  using socket = await dial(server.port, GET);
  await until("the request", () => server.requests.length === 1);
  const [answer] = await Promise.all([readToEnd(socket), server[Symbol.asyncDispose]()]);
  assert(answer.length > HUGE_BYTES);
});
