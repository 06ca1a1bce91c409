import { assertEquals, assertRejects } from "@std/assert";
import { Resolver } from "node:dns/promises";
import { answerQuery, serveDns } from "../../../src/simulator/identity/dns.ts";

const LONG = "x".repeat(300);
const NAMES = new Map([["_atproto.a.example.com", ["did=did:plc:a"]], ["long.example.com", ["short", LONG]], [
  "empty",
  [],
]]);

function lookUp(name: string): readonly string[] | null {
  return NAMES.get(name) ?? null;
}

/** A query for a name: TXT, or another type. */
function query(name: string, type = 16): Uint8Array {
  const labels = name.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]);
  return new Uint8Array([0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}

Deno.test("serveDns() answers a resolver: texts short and long, names in any case, names that are not", async () => {
  await using server = await serveDns(0, lookUp);
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${server.port}`]);
  assertEquals(await resolver.resolveTxt("_atproto.a.example.com"), [["did=did:plc:a"]]);
  assertEquals(await resolver.resolveTxt("_Atproto.A.example.COM"), [["did=did:plc:a"]]);
  const texts = await resolver.resolveTxt("long.example.com");
  assertEquals(texts.map((chunks) => chunks.join("")).toSorted(), [LONG, "short"].toSorted());
  await assertRejects(() => resolver.resolveTxt("_atproto.b.example.com"));
});

Deno.test("answerQuery() has no record of another type, and says so where there is no such name", () => {
  const codes = (bytes: Uint8Array | null) => bytes === null ? null : [(bytes[3] ?? 0) & 15, bytes[7]];
  assertEquals(codes(answerQuery(query("_atproto.a.example.com"), lookUp)), [0, 1]);
  assertEquals(codes(answerQuery(query("_atproto.a.example.com", 1), lookUp)), [0, 0]);
  assertEquals(codes(answerQuery(query("nobody.example.com"), lookUp)), [3, 0]);
  assertEquals(answerQuery(query("empty"), lookUp)?.slice(0, 3), new Uint8Array([0xab, 0xcd, 0x85]));
});

Deno.test("answerQuery() does not answer what is no query", () => {
  const whole = query("a.example.com");
  for (let length = 0; length < whole.length; length++) assertEquals(answerQuery(whole.slice(0, length), lookUp), null);
  const isAnswer = whole.slice();
  isAnswer[2] = 0x84;
  assertEquals(answerQuery(isAnswer, lookUp), null);
  const pointer = whole.slice();
  pointer[12] = 0xc0;
  assertEquals(answerQuery(pointer, lookUp), null);
});
