import { assertEquals, assertRejects } from "@std/assert";
import { HttpHeadError, readHead } from "../../src/net/http_head.ts";

/** A connection on which these parts arrive, and then its end. */
function arriving(parts: readonly string[]): Deno.Conn {
  const left = parts.map((part) => new TextEncoder().encode(part));
  const read = (into: Uint8Array) => {
    const part = left.shift();
    if (part === undefined) return Promise.resolve(null);
    const taken = part.subarray(0, into.length);
    into.set(taken);
    if (taken.length < part.length) left.unshift(part.subarray(taken.length));
    return Promise.resolve(taken.length);
  };
  return { read } as unknown as Deno.Conn;
}

Deno.test("readHead() reads status and headers, in however many pieces, and what follows them", async () => {
  const text = "HTTP/1.1 101 Switching Protocols\r\nA: 1\r\na: 2\r\nbroken line\r\n\r\n";
  for (const parts of [[`${text}xyz`], [...text, "xyz"]]) {
    const { status, headers, rest } = await readHead(arriving(parts));
    assertEquals([status, headers.get("a"), [...headers].length], [101, "1, 2", 1]);
    assertEquals(new TextDecoder().decode(rest), parts.length === 1 ? "xyz" : "");
  }
});

Deno.test("readHead() refuses what is no answer, what ends too early, and what is larger than 16 KiB", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "closed before a response"],
    ["HTTP/1.1 200 OK\r\n", "closed before a response"],
    ["SSH-2.0-OpenSSH\r\n\r\n", "not HTTP/1.1"],
    ["HTTP/2 200\r\n\r\n", "not HTTP/1.1"],
    [`HTTP/1.1 200 OK\r\na: ${"x".repeat(20_000)}`, "larger than 16384 bytes"],
  ];
  for (const [text, said] of cases) await assertRejects(() => readHead(arriving([text])), HttpHeadError, said);
});
