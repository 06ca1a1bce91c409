import { BASE32 } from "../../../src/atproto/base32.ts";
import { assert, assertEquals } from "@std/assert";
import { Secp256k1Keypair, sha256, verifySignature } from "@atproto/crypto";
import { didOfGenesis, encodeOperation, signOperation } from "../../../src/simulator/identity/plc_operation.ts";

const KEY = await Secp256k1Keypair.import(new Uint8Array(32).fill(7));

const UNSIGNED = {
  type: "plc_operation" as const,
  rotationKeys: [KEY.did()],
  verificationMethods: { atproto: KEY.did() },
  alsoKnownAs: ["at://a.example.com"],
  services: { atproto_pds: { type: "AtprotoPersonalDataServer", endpoint: "https://pds.example.com" } },
  prev: null,
};

Deno.test("signOperation() signs with the rotation key, without padding, and hashes what it signed", async () => {
  const { operation: { sig, ...unsigned }, cid, bytes } = await signOperation(UNSIGNED, KEY);
  assert(/^[\w-]{86}$/.test(sig), sig);
  assertEquals(unsigned, UNSIGNED);
  assert(
    await verifySignature(KEY.did(), encodeOperation(UNSIGNED), Uint8Array.fromBase64(sig, { alphabet: "base64url" })),
  );
  assert(/^bafyrei[a-z2-7]{52}$/.test(cid), cid);
  assertEquals(bytes, encodeOperation({ ...UNSIGNED, sig }));
});

Deno.test("didOfGenesis() is the beginning of the hash in base32", async () => {
  const genesis = await signOperation(UNSIGNED, KEY);
  const bits = [...await sha256(genesis.bytes)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const id = Array.from({ length: 24 }, (_, i) => BASE32[parseInt(bits.slice(5 * i, 5 * i + 5), 2)]).join("");
  assertEquals(didOfGenesis(genesis), `did:plc:${id}`);
});

Deno.test("didOfGenesis() finds the DID of an account of the live network in its first operation", () => {
  // The directory's own example of a first operation, of the older kind.
  const genesis = {
    type: "create",
    signingKey: "did:key:zQ3shP5TBe1sQfSttXty15FAEHV1DZgcxRZNxvEWnPfLFwLxJ",
    recoveryKey: "did:key:zQ3shhCGUqDKjStzuDxPkTxN6ujddP4RkEKJJouJGRRkaLGbg",
    handle: "first-post.bsky.social",
    service: "https://bsky.social",
    prev: null,
    sig: "yvN4nQYWTZTDl9nKSSyC5EC3nsF5g4S56OmRg9G6_-pM6FCItV2U2u14riiMGyHiCD86l6O-1xC5MPwf8vVsRw",
  };
  const bytes = encodeOperation(genesis as unknown as Parameters<typeof encodeOperation>[0]);
  assertEquals(didOfGenesis({ bytes }), "did:plc:pyc2ihzpelxtg4cdkfzbhcv4");
});
