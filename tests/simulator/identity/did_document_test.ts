import { assertEquals } from "@std/assert";
import { P256Keypair, Secp256k1Keypair } from "@atproto/crypto";
import { parseToAtprotoDocument } from "@atproto/identity";
import { didDocument } from "../../../src/simulator/identity/did_document.ts";

Deno.test("didDocument() says what the reference library reads: handle, key of either curve, PDS", async () => {
  const secret = new Uint8Array(32).fill(9);
  for (const keypair of [await Secp256k1Keypair.import(secret), await P256Keypair.import(secret)]) {
    const identity = {
      did: "did:web:a.example.com",
      handle: "a.example.com",
      signingKey: keypair.did(),
      pds: "https://pds.example.com",
    };
    const document = didDocument(identity);
    assertEquals(parseToAtprotoDocument(structuredClone(document) as never), identity);
    assertEquals(document["@context"][2]?.includes(keypair.jwtAlg === "ES256" ? "ecdsa" : "secp256k1"), true);
    assertEquals(document.verificationMethod.map(({ id, type, controller }) => [id, type, controller]), [
      ["did:web:a.example.com#atproto", "Multikey", "did:web:a.example.com"],
    ]);
  }
});
