import { assert, assertEquals } from "@std/assert";
import { P256Keypair, parseMultikey, Secp256k1Keypair } from "@atproto/crypto";
import { isOnCurve } from "../../src/identity/curve.ts";

const PREFIX = { k256: [0xe7, 1], p256: [0x80, 0x24] } as const;

/** Whether the oracle takes a compressed point. */
async function isPoint(curve: "k256" | "p256", bytes: Uint8Array): Promise<boolean> {
  const { bytesToMultibase } = await import("@atproto/crypto");
  try {
    parseMultikey(bytesToMultibase(new Uint8Array([...PREFIX[curve], ...bytes]), "base58btc"));
    return true;
  } catch {
    return false;
  }
}

Deno.test("isOnCurve() says of an x what @atproto/crypto says, for random ones and for those at the edges", async () => {
  let on = 0;
  for (const curve of ["k256", "p256"] as const) {
    const edges = ["00".repeat(32), `${"00".repeat(31)}01`, "ff".repeat(32), `${"00".repeat(31)}05`];
    const xs = edges.map((hex) => Uint8Array.fromHex(hex));
    for (let i = 0; i < 60; i++) xs.push(crypto.getRandomValues(new Uint8Array(32)));
    for (const x of xs) {
      const expected = await isPoint(curve, new Uint8Array([2, ...x]));
      assertEquals(isOnCurve(curve, x, null), expected, `${curve} ${x.toHex()}`);
      if (expected) on++;
    }
  }
  assert(on > 20 && on < 110, `${on}`);
});

Deno.test("isOnCurve() takes the points of keys, and none with another y", async () => {
  for (const [curve, type] of [["k256", Secp256k1Keypair], ["p256", P256Keypair]] as const) {
    const pair = await type.create();
    const { keyBytes } = parseMultikey(pair.did().slice("did:key:".length));
    const [x, y] = [keyBytes.slice(1, 33), keyBytes.slice(33)];
    assert(isOnCurve(curve, x, y) && isOnCurve(curve, x, null));
    y[31] = (y[31] ?? 0) ^ 1;
    assert(!isOnCurve(curve, x, y));
    assert(!isOnCurve(curve, x, new Uint8Array(32).fill(255)));
  }
});
