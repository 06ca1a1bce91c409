import { assert, assertEquals } from "@std/assert";
import { P256Keypair, Secp256k1Keypair, verifySignature } from "@atproto/crypto";
import { signatureForm, SignatureVerifier, verifiesRightly } from "../../src/atproto/signature.ts";
import { keyOf } from "../support/forged.ts";

const utf8 = new TextEncoder();

interface Vector {
  readonly comment: string;
  readonly messageBase64: string;
  readonly publicKeyDid: string;
  readonly signatureBase64: string;
  readonly validSignature: boolean;
  readonly tags: readonly string[];
}

Deno.test("SignatureVerifier decides the protocol's own vectors as they say, and as the reference library does", async () => {
  const path = new URL("../golden/interop/signature-fixtures.json", import.meta.url);
  const vectors: Vector[] = JSON.parse(await Deno.readTextFile(path));
  const verifier = new SignatureVerifier(8);
  const found: string[] = [];
  for (const { messageBase64, publicKeyDid, signatureBase64, validSignature, tags } of vectors) {
    const [message, signature] = [Uint8Array.fromBase64(messageBase64), Uint8Array.fromBase64(signatureBase64)];
    const verdict = verifier.verify(keyOf(publicKeyDid), message, signature);
    assertEquals(verdict === "valid", validSignature);
    // Of what has not 64 bytes it throws.
    const said = await verifySignature(publicKeyDid, message, signature).catch(() => false);
    assertEquals(verdict === "valid", said);
    found.push(`${tags.join() || "valid"} ${verdict}`);
  }
  assertEquals(found.toSorted(), [
    "der-encoded malformed",
    "der-encoded malformed",
    "high-s high-s",
    "high-s high-s",
    "valid valid",
    "valid valid",
  ]);
});

Deno.test("SignatureVerifier agrees with the reference library on signatures of both curves, changed in every part", async () => {
  const verifier = new SignatureVerifier(8);
  const pairs = [await Secp256k1Keypair.create(), await P256Keypair.create(), await Secp256k1Keypair.create()];
  const counts = { true: 0, false: 0 };
  for (let round = 0; round < 40; round++) {
    const signer = pairs[round % 3];
    if (signer === undefined) continue;
    const message = utf8.encode(`message ${round}`);
    const signature = await signer.sign(message);
    const changed = signature.slice();
    changed[round] = (changed[round] ?? 0) ^ 0x80;
    const short = signature.subarray(0, 63);
    const long = Uint8Array.of(...signature, 0);
    const zeroR = signature.slice().fill(0, 0, 32);
    const zeroS = signature.slice().fill(0, 32);
    const [ones, none] = [new Uint8Array(64).fill(0xff), new Uint8Array()];
    for (const each of [signature, changed, short, long, zeroR, zeroS, ones, none]) {
      for (const pair of pairs) {
        const wanted = await verifySignature(pair.did(), message, each).catch(() => false);
        assertEquals(verifier.verify(keyOf(pair.did()), message, each) === "valid", wanted);
        counts[`${wanted}`]++;
      }
    }
    assertEquals(verifier.verify(keyOf(signer.did()), utf8.encode("another"), signature), "invalid");
  }
  assert(counts.true >= 40 && counts.false > 500, JSON.stringify(counts));
});

Deno.test("SignatureVerifier says no-key of what is no point of the curve", async () => {
  const verifier = new SignatureVerifier(8);
  const pair = await Secp256k1Keypair.create();
  const message = utf8.encode("message");
  const signature = await pair.sign(message);
  const { bytes } = keyOf(pair.did());
  for (const curve of ["k256", "p256"] as const) {
    for (const key of [new Uint8Array(), new Uint8Array(33), new Uint8Array(33).fill(0xff), bytes.subarray(0, 32)]) {
      assertEquals(verifier.verify({ curve, bytes: key }, message, signature), "no-key");
    }
  }
  assertEquals(verifier.size, 0);
});

Deno.test("SignatureVerifier remembers no more keys than it may, and decides by those that it forgot too", async () => {
  const verifier = new SignatureVerifier(6);
  const pairs = await Promise.all(Array.from({ length: 20 }, () => Secp256k1Keypair.create()));
  const message = utf8.encode("message");
  for (let round = 0; round < 2; round++) {
    for (const pair of pairs) {
      assertEquals(verifier.verify(keyOf(pair.did()), message, await pair.sign(message)), "valid");
      assert(verifier.size <= 6, `${verifier.size}`);
    }
  }
  assert(verifier.size >= 3, `${verifier.size}`);
});

Deno.test("signatureForm() draws the line at half of the order of each curve", () => {
  const halves = {
    k256: "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
    p256: "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8",
  };
  for (const curve of ["k256", "p256"] as const) {
    const half = BigInt(`0x${halves[curve]}`);
    const form = (s: bigint) =>
      signatureForm(curve, Uint8Array.fromHex(`${"11".repeat(32)}${s.toString(16).padStart(64, "0")}`));
    assertEquals([form(half), form(half + 1n), form(1n), form(half - 1n)], ["valid", "high-s", "valid", "valid"]);
  }
});

Deno.test("verifiesRightly() tells a runtime that knows both curves and the form from one that does not", () => {
  assertEquals(verifiesRightly(), true);
  const inner = new SignatureVerifier(2);
  for (const wrong of ["k256", "p256"] as const) {
    for (const verdict of ["invalid", "no-key", "valid"] as const) {
      const verify: SignatureVerifier["verify"] = (key, ...rest) =>
        key.curve === wrong ? verdict : inner.verify(key, ...rest);
      assertEquals(verifiesRightly({ verify }), false, `${wrong} ${verdict}`);
    }
  }
});
