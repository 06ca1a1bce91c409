import { assert, assertEquals, assertRejects } from "@std/assert";
import { basic, dial, ProxyError } from "../../src/net/dial.ts";
import { HttpProxy } from "../support/http_proxy.ts";
import { RawRelay } from "../support/relay.ts";
import { withVariables } from "../support/variables.ts";
import { moved, until } from "../support/wait.ts";

const NEVER = new AbortController().signal;

Deno.test("dial() closes the socket when it is aborted while a proxy does not answer", async () => {
  await using proxy = new HttpProxy(null);
  await withVariables({ HTTPS_PROXY: `http://${proxy.address}` }, async () => {
    const stop = new AbortController();
    const dialling = assertRejects(() => dial(new URL("wss://localhost.invalid/"), stop.signal));
    await until("the request", () => proxy.heads.length === 1);
    stop.abort();
    await dialling;
  });
  await until("the end of the socket", () => proxy.left === 1);
  await assertRejects(() => dial(new URL(`ws://${proxy.address}`), AbortSignal.abort()));
});

Deno.test("dial() keeps one descriptor at most of a host that never answers TLS, however often it is dialled", async () => {
  await using deaf = new RawRelay(null);
  for (let dials = 1; dials <= 10; dials++) {
    const stop = new AbortController();
    const dialling = assertRejects(() => dial(new URL(deaf.url.replace("ws:", "wss:")), stop.signal));
    await until("what it is asked", () => deaf.taken === dials);
    stop.abort();
    await dialling;
  }
  // All but the first, whose handshake the runtime does not give up.
  await until("the ends of the sockets", () => deaf.left >= 9);
});

Deno.test("dial() tries a host that was silent again once it does anything, as to close a connection", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = new URL(`wss://127.0.0.1:${listener.addr.port}/`);
  const begins: number[] = [];
  const held: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const bytes = new Uint8Array(1000);
      await connection.read(bytes);
      begins.push(bytes[0] ?? 0);
      moved();
      if (begins.length > 1) connection.close();
      else held.push(connection);
    }
  })();
  const stop = new AbortController();
  const first = assertRejects(() => dial(url, stop.signal));
  await until("the first handshake", () => begins.length === 1);
  stop.abort();
  await first;
  await assertRejects(() => dial(url, NEVER));
  // A handshake (22), the alert (21) that the host answered by a close, and so a handshake.
  assertEquals(begins, [22, 21, 22]);
  listener.close();
  for (const connection of held) connection.close();
  await serving;
});

Deno.test("dial() says which proxy refused, cannot be reached or cannot be used, without its password", async () => {
  for (const status of [403, 407, 502]) {
    await using proxy = new HttpProxy(status);
    const variables = { HTTPS_PROXY: `http://user:canary@${proxy.address}` };
    await withVariables(variables, async () => {
      const error = await assertRejects(() => dial(new URL("wss://localhost.invalid/x"), NEVER), ProxyError);
      assertEquals(
        error.message,
        `proxy http://${proxy.address} refused (${status}) to connect to localhost.invalid:443; ` +
          "HTTPS_PROXY or HTTP_PROXY sets it, NO_PROXY has exceptions",
      );
    });
    assert(proxy.heads[0]?.startsWith("CONNECT localhost.invalid:443 HTTP/1.1\r\nhost: localhost.invalid:443\r\n"));
    assert(proxy.heads[0]?.includes(`\r\nproxy-authorization: ${basic("user", "canary")}\r\n`));
  }
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  for (
    const [proxy, said] of [
      [`http://127.0.0.1:${listener.addr.port}`, "cannot be reached: "],
      ["socks5://127.0.0.1:1", "has an unsupported scheme; expected http://"],
    ]
  ) {
    await withVariables({ ALL_PROXY: String(proxy) }, async () => {
      for (const scheme of ["ws", "wss"]) {
        const error = await assertRejects(() => dial(new URL(`${scheme}://localhost.invalid/`), NEVER), ProxyError);
        assert(error.message.startsWith(`proxy ${proxy} ${said}`), error.message);
      }
    });
  }
});

Deno.test("dial() dials this machine directly, whatever proxy is named", async () => {
  await using relay = new RawRelay(null);
  await using proxy = new HttpProxy(403);
  const all = `http://${proxy.address}`;
  await withVariables({ ALL_PROXY: all, HTTP_PROXY: all, HTTPS_PROXY: all, NO_PROXY: "" }, async () => {
    const { connection, readBy } = await dial(new URL(relay.url), NEVER);
    connection.close();
    assertEquals([readBy, proxy.taken], [null, 0]);
  });
});

Deno.test("basic() writes user and password as UTF-8, and what is escaped in a URL as it was meant", () => {
  assertEquals(basic("user", "p%40ss"), `Basic ${btoa("user:p@ss")}`);
  assertEquals(basic("%C3%BC", ""), `Basic ${new Uint8Array([0xc3, 0xbc, 0x3a]).toBase64()}`);
});

Deno.test("dial() dials an address in the place of the host, and speaks TLS with it as that host", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const first = (async () => {
    const connection = await listener.accept();
    const bytes = new Uint8Array(4096);
    const length = await connection.read(bytes) ?? 0;
    connection.close();
    return bytes.subarray(0, length);
  })();
  const url = new URL(`https://alice.localhost.invalid:${listener.addr.port}/`);
  await assertRejects(() => dial(url, NEVER, "127.0.0.1"));
  const hello = await first;
  // A handshake, which names the host.
  assertEquals(hello[0], 0x16);
  assert(new TextDecoder("latin1").decode(hello).includes("alice.localhost.invalid"));
});
