import { assertEquals } from "@std/assert";
import { isReserved, readHandle } from "../../src/atproto/handle.ts";

const LABEL_63 = "a".repeat(63);

Deno.test("readHandle() takes what the specification takes, in small letters", () => {
  const valid = [
    "a.co",
    "jay.bsky.social",
    "8.cn",
    "name.t--t",
    "xn--notarealidn.com",
    "expyuzz4wqqyqhjn.onion",
    "A.B.C.D.E.ORG",
    "120.0.0.1.com",
    `${LABEL_63}.test`,
    `${`${LABEL_63}.`.repeat(3)}${"b".repeat(57)}.test`.slice(-253),
  ];
  for (const handle of valid) assertEquals(readHandle(handle), handle.toLowerCase(), handle);
});

Deno.test("readHandle() gives null when a text is no handle", () => {
  const invalid = [
    "",
    "jo",
    "jo@hn.test",
    "💩.test",
    "john..test",
    "xn--bcher-.tld",
    "john.0",
    "cn.8",
    "www.masełkowski.pl.com",
    "laptop.local ",
    ".john.test",
    "john.test.",
    "john.-est",
    "-john.test",
    "john-.test",
    "john.tes-",
    "127.0.0.1",
    "did:plc:abc",
    "\u212Aelvin.test",
    `${LABEL_63}a.test`,
    `${`${LABEL_63}.`.repeat(4)}test`,
    "a.b\n",
    "a".repeat(1_000_000),
    `${"a.".repeat(500_000)}b`,
  ];
  for (const text of invalid) assertEquals(readHandle(text), null, text.slice(0, 40));
});

Deno.test("isReserved() says under which names nobody has a domain", () => {
  assertEquals(["a.local", "b.example", "handle.invalid", "c.test", "local.com"].map(isReserved), [
    true,
    true,
    true,
    false,
    false,
  ]);
});
