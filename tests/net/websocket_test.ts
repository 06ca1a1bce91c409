import { assert, assertEquals, assertRejects } from "@std/assert";
import { onWire } from "../../scripts/websocket.ts";
import { Messages } from "../../src/atproto/bytes/messages.ts";
import { openWebSocket, UpgradeRefusedError, type WebSocketConnection } from "../../src/net/websocket.ts";
import { WebSocketProtocolError } from "../../src/net/websocket_reader.ts";
import { FakeRelay, numbered, RawRelay } from "../support/relay.ts";
import { until } from "../support/wait.ts";

const NEVER = new AbortController().signal;

function open(url: string, signal: AbortSignal = NEVER): Promise<WebSocketConnection> {
  return openWebSocket({ url, userAgent: "test/1", maxMessageBytes: 100_000 }, signal);
}

Deno.test("openWebSocket() asks as RFC 6455 has it, with the login of the URL, and reads until the close", async () => {
  await using relay = new FakeRelay(() => (socket) => {
    socket.send(numbered(1));
    socket.close(1001, "bye");
  });
  const connection = await open(relay.url.replace("ws://", "ws://user:p%40ss@"));
  const messages: Uint8Array[] = [];
  for (let read = await connection.read(); read !== null; read = await connection.read()) messages.push(...read);
  assertEquals([messages, connection.ended], [[numbered(1)], { code: 1001, reason: "bye" }]);
  connection.destroy();
  const { headers } = relay.dials[0] ?? { headers: new Headers() };
  const sent = ["upgrade", "connection", "sec-websocket-version", "user-agent", "authorization"];
  assertEquals(
    sent.map((name) => headers.get(name)),
    ["websocket", "Upgrade", "13", "test/1", `Basic ${btoa("user:p@ss")}`],
  );
  await until("the close", () => relay.closes.length === 1);
});

Deno.test("openWebSocket() throws status and headers of a refusal, and takes no answer of another key", async () => {
  await using refusing = new FakeRelay(() => new Response("no", { status: 503, headers: { "retry-after": "7" } }));
  const error = await assertRejects(() => open(refusing.url), UpgradeRefusedError, "the server responded with 503");
  assertEquals([error.status, error.headers.get("retry-after")], [503, "7"]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(8192));
    const answer = "HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n";
    await connection.write(new TextEncoder().encode(answer));
    await connection.read(new Uint8Array(1)).catch(() => null);
    listener.close();
  })();
  await assertRejects(() => open(`ws://127.0.0.1:${listener.addr.port}/`), WebSocketProtocolError, "key");
  await answered;
});

Deno.test("WebSocketConnection answers a ping, and of many that cannot be answered yet the last", async () => {
  const pongs: number[] = [];
  await using relay = new RawRelay(async (connection) => {
    await connection.write(new Uint8Array([...onWire(numbered(1)), 0x89, 1, 1, 0x89, 1, 2, 0x89, 1, 3]));
    const buffer = new Uint8Array(100);
    while (!pongs.includes(3)) {
      const length = await connection.read(buffer);
      if (length === null) return;
      for (let at = 0; at < length; at += 7) {
        assertEquals([...buffer.subarray(at, at + 2)], [0x8a, 0x81]);
        pongs.push((buffer[at + 6] ?? 0) ^ (buffer[at + 2] ?? 0));
      }
    }
    await connection.write(onWire(numbered(2)));
  });
  const connection = await open(relay.url);
  assertEquals([...await connection.read() ?? []], [numbered(1)]);
  let next = await connection.read();
  while (next?.length === 0) next = await connection.read();
  assertEquals([...next ?? []], [numbered(2)]);
  assert(pongs.length <= 3 && pongs.at(-1) === 3, pongs.join());
  connection.destroy();
});

Deno.test("WebSocketConnection.read() gives what came before a broken frame, and then throws", async () => {
  await using relay = new RawRelay(async (connection) => {
    await connection.write(new Uint8Array([...onWire(numbered(1)), 0xf2, 0]));
  });
  const connection = await open(relay.url);
  assertEquals([...await connection.read() ?? []], [numbered(1)]);
  await assertRejects(() => connection.read(), WebSocketProtocolError);
  connection.destroy();
});

Deno.test("WebSocketConnection.recycle() reads into the memory of messages again, and into no other", async () => {
  let send: (bytes: Uint8Array) => void = () => {};
  await using relay = new FakeRelay(() => (socket) => send = (bytes) => socket.send(bytes));
  const connection = await open(relay.url);
  const large = (seq: number) => new Uint8Array([...numbered(seq), ...new Uint8Array(40_000).fill(seq)]);
  const read = async (seq: number) => {
    send(large(seq));
    let messages = await connection.read();
    while (messages?.length === 0) messages = await connection.read();
    return messages ?? new Messages();
  };
  const [kept, given] = [await read(1), await read(2)];
  const buffers = new Set([...given].map(({ buffer }) => buffer));
  connection.recycle(given);
  assertEquals(given.length, 0);
  // What was given back is nobody's to give back again.
  connection.recycle(given);
  let again = false;
  for (let seq = 3; seq < 8; seq++) {
    const messages = await read(seq);
    assertEquals([...messages], [large(seq)]);
    again ||= [...messages].some(({ buffer }) => buffers.has(buffer));
    connection.recycle(messages);
  }
  assertEquals([[...kept], again], [[large(1)], true]);
  connection.destroy();
});

Deno.test("WebSocketConnection.destroy() ends a read, and may come twice", async () => {
  await using relay = new RawRelay(async () => {});
  const connection = await open(relay.url);
  const reading = assertRejects(() => connection.read());
  connection.destroy();
  connection.destroy();
  await reading;
  await until("the end of the socket", () => relay.left === 1);
});
