import { assert, assertEquals } from "@std/assert";
import { readPlc } from "../../src/atproto/did.ts";
import { hashKey } from "../../src/memory/hash_key.ts";

const utf8 = new TextEncoder();

Deno.test("hashKey() gives every text a key of its own, which no did:plc has", () => {
  const keys = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const key = new Uint32Array(6);
    hashKey(utf8.encode(`did:web:${i}`), key);
    keys.add(key.join());
    assert((key[0] ?? 0) >= 0xc000_0000);
  }
  assertEquals(keys.size, 1000);
  const plc = new Uint32Array(4);
  readPlc(utf8.encode(`did:plc:${"7".repeat(24)}`), { start: 0, end: 32 }, plc, 0);
  assert((plc[0] ?? 0) < 0xc000_0000);
});
