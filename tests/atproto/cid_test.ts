import { assertEquals } from "@std/assert";
import { cidForLex, encode } from "@atproto/lex-cbor";
import { Cid, cidEnd, cidMatches, cidText, MAX_CID_BYTES } from "../../src/atproto/cid.ts";

Deno.test("cidText() writes what @atproto writes, for version 1", async () => {
  for (let i = 0; i < 50; i++) {
    const cid = await cidForLex({ i });
    assertEquals(cidText(cid.bytes), cid.toString());
  }
});

Deno.test("cidText() writes base58 for version 0", () => {
  // The empty UnixFS folder, which every IPFS node knows by this name.
  const hex = "1220" + "59948439065f29619ef41280cbb932be52c56d99c5966b65e0111239f098bbef";
  assertEquals(cidText(fromHex(hex)), "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");
});

Deno.test("cidText() takes a CID of any length", () => {
  const text = cidText(new Uint8Array(200_000).fill(1));
  assertEquals([text.length, text[0]], [320_001, "b"]);
});

Deno.test("Cid becomes a DAG-JSON link in JSON", async () => {
  const cid = await cidForLex({});
  assertEquals(JSON.stringify(new Cid(cid.bytes)), `{"$link":"${cid}"}`);
});

function matches(cid: Uint8Array, block: Uint8Array): boolean {
  const bytes = new Uint8Array([...cid, ...block]);
  return cidMatches(bytes, { start: 0, end: cid.length }, { start: cid.length, end: bytes.length });
}

Deno.test("cidMatches() tells a block from any other, and knows no hash but SHA-256", async () => {
  const { bytes } = await cidForLex({ a: 1 });
  const block = encode({ a: 1 });
  assertEquals(matches(bytes, block), true);
  assertEquals(matches(bytes, encode({ a: 2 })), false);
  for (let bit = 0; bit < 256; bit += 7) {
    const other = bytes.slice();
    const at = 4 + (bit >> 3);
    other[at] = (other[at] ?? 0) ^ (1 << (bit & 7));
    assertEquals(matches(other, block), false, `bit ${bit}`);
  }
  const otherHash = bytes.slice();
  otherHash[2] = 0x13;
  assertEquals(matches(otherHash, block), false);
  assertEquals(matches(bytes.subarray(0, 20), block), false);
  // Version 0 has no codec before its hash.
  assertEquals(matches(bytes.subarray(2), block), true);
});

Deno.test("cidEnd() steps over CIDs of every form and refuses what is none", async () => {
  const { bytes } = await cidForLex({});
  assertEquals(cidEnd(bytes, 0, bytes.length), 36);
  assertEquals(cidEnd(bytes, 0, 35), null);
  assertEquals(cidEnd(new Uint8Array([0x12, 0x20, ...new Uint8Array(32)]), 0, 34), 34);
  // Codec 0x0200 (json) with an identity hash of three bytes.
  assertEquals(cidEnd(new Uint8Array([1, 0x80, 0x04, 0, 3, 7, 7, 7, 9]), 0, 9), 8);
  assertEquals(cidEnd(new Uint8Array([2, 0x71, 0x12, 0x20]), 0, 4), null);
  assertEquals(cidEnd(new Uint8Array([1, 0x71, 0, MAX_CID_BYTES, ...new Uint8Array(200)]), 0, 204), null);
});

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
