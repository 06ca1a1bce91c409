import { assertEquals, assertRejects } from "@std/assert";
import { AnswerTooLargeError, getOver } from "../../src/net/http_get.ts";
import { HttpHeadError } from "../../src/net/http_head.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** Asks a server that answers with these pieces, and closes or waits for ever; gives what it was asked, too. */
async function get(pieces: readonly string[], { mostBytes = 100, closes = true } = {}) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let asked = "";
  const serving = (async () => {
    const connection = await listener.accept();
    const bytes = new Uint8Array(4096);
    while (!asked.includes("\r\n\r\n")) asked += text.decode(bytes.subarray(0, await connection.read(bytes) ?? 0));
    for (const piece of pieces) {
      await connection.write(utf8.encode(piece)).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (closes) connection.close();
    return connection;
  })();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  try {
    const request = { host: "alice.test", path: "/x?y=1", headers: { accept: "text/plain" }, mostBytes };
    const { status, headers, body } = await getOver(connection, request);
    return { status, type: headers.get("content-type"), body: text.decode(body), asked };
  } finally {
    connection.close();
    const served = await serving;
    if (!closes) served.close();
  }
}

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("getOver() asks for one answer, and reads as many bytes as that says", async () => {
  const { asked, ...answer } = await get([`${OK}content-type: a/b\r\ncontent-length: 5\r\n\r\nhe`, "llo, and more"], {
    closes: false,
  });
  assertEquals(answer, { status: 200, type: "a/b", body: "hello" });
  assertEquals(asked, "GET /x?y=1 HTTP/1.1\r\nhost: alice.test\r\naccept: text/plain\r\nconnection: close\r\n\r\n");
});

Deno.test("getOver() reads up to the close where the answer does not say its length", async () => {
  assertEquals((await get([`HTTP/1.0 404 Not Found\r\n\r\na`, "b", "c"])).body, "abc");
  assertEquals((await get([`${OK}\r\n`])).body, "");
});

Deno.test("getOver() puts chunks together, wherever the pieces end, and waits for no close after the last", async () => {
  const whole =
    `${OK}Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n1;name="x"\r\n,\r\n0A\r\n and\r\nmore\r\n0\r\n\r\n`;
  for (const size of [whole.length, 40, 7, 1]) {
    const pieces = whole.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    assertEquals((await get(pieces, { closes: false })).body, "hello, and\r\nmore", `${size}`);
  }
});

Deno.test("getOver() reads no more than it may, however it is told the length", async () => {
  const chunked = `${OK}transfer-encoding: chunked\r\n\r\n`;
  const tooMuch = [
    [`${OK}content-length: 101\r\n\r\n`],
    [`${OK}\r\n${"x".repeat(101)}`],
    [`${chunked}65\r\n`],
    [chunked, ...new Array<string>(101).fill("1\r\nx\r\n")],
  ];
  for (const pieces of tooMuch) await assertRejects(() => get(pieces), AnswerTooLargeError, "100 bytes");
  assertEquals((await get([`${OK}content-length: 100\r\n\r\n${"x".repeat(100)}`])).body.length, 100);
});

Deno.test("getOver() fails on an answer that ends before its end, or is none", async () => {
  const bad = {
    "closed within": [
      [`${OK}content-length: 5\r\n\r\nhell`],
      [`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`],
    ],
    "no length": [[`${OK}transfer-encoding: chunked\r\n\r\nx\r\n`], [`${OK}transfer-encoding: chunked\r\n\r\n\r\n`]],
    "the transfer encoding": [[`${OK}transfer-encoding: gzip\r\n\r\n`]],
    "bytes": [[`${OK}content-length: -1\r\n\r\n`]],
    "HTTP/1.1": [["SSH-2.0\r\n\r\n"]],
  };
  for (const [said, answers] of Object.entries(bad)) {
    for (const pieces of answers) await assertRejects(() => get(pieces), HttpHeadError, said);
  }
});
