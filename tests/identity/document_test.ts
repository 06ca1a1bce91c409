/**
 * DID documents, as they should be and as anybody may write them, read by us and by @atproto/identity.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { bytesToMultibase, P256Keypair, parseMultikey, Secp256k1Keypair } from "@atproto/crypto";
import { didDocument, getHandle, getKey, getPds } from "@atproto/identity";
import { readHandle } from "../../src/atproto/handle.ts";
import { readDocument } from "../../src/identity/document.ts";

const DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";

/** What the library says of a document, in the form of ours. */
function oracle(document: unknown) {
  const parsed = didDocument.safeParse(document);
  if (!parsed.success || parsed.data.id !== DID) return null;
  let key: string | undefined;
  try {
    key = getKey(parsed.data);
  } catch {
    // It throws for a key that is none.
  }
  return { handle: readHandle(getHandle(parsed.data) ?? ""), key: key ?? null, pds: getPds(parsed.data) ?? null };
}

function ours(document: unknown) {
  const identity = readDocument(DID, document);
  if (identity === null) return null;
  const { handle, key, pds } = identity;
  const prefix = key?.curve === "k256" ? [0xe7, 1] : [0x80, 0x24];
  const text = key && `did:key:${bytesToMultibase(new Uint8Array([...prefix, ...key.bytes]), "base58btc")}`;
  return { handle, key: text, pds };
}

/** A document as a directory gives it. */
async function usual() {
  const pair = await Secp256k1Keypair.create();
  return {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    id: DID,
    alsoKnownAs: ["at://Alice.example.com"],
    verificationMethod: [
      { id: `${DID}#atproto`, type: "Multikey", controller: DID, publicKeyMultibase: pair.did().slice(8) },
    ],
    service: [
      { id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "https://pds.example.com" },
    ],
  };
}

/** Values that may stand in place of any other. */
async function strangeValues(): Promise<unknown[]> {
  const [k256, p256] = [await Secp256k1Keypair.create(), await P256Keypair.create()];
  const method = (type: string, publicKeyMultibase: unknown, id = "#atproto") => [
    { id, type, controller: DID, publicKeyMultibase },
  ];
  const full = parseMultikey(p256.did().slice(8)).keyBytes;
  const old = "EcdsaSecp256k1VerificationKey2019";
  return [
    null,
    0,
    true,
    "",
    "x",
    DID,
    [],
    {},
    [null],
    [{}],
    [""],
    [1],
    "https://www.w3.org/ns/did/v1",
    ["not a url"],
    ["at://"],
    ["at://x", "at://bob.test"],
    ["https://a.test", "at://bob.test", "at://carol.test"],
    ["AT://bob.test", "at://did:plc:abc"],
    [`at://${"a".repeat(70_000)}.test`],
    ["at://bob.test/path", "at://b\u0000b.test"],
    method("Multikey", p256.did().slice(8)),
    method("Multikey", k256.did().slice(8), "#other"),
    method("Multikey", k256.did().slice(8), ""),
    method("Multikey", k256.did().slice(8), `${DID.slice(0, -1)}x#atproto`),
    method("Multikey", `${k256.did().slice(8)}1`),
    method("Multikey", k256.did().slice(8, -1)),
    method("Multikey", ""),
    method("Multikey", undefined),
    method("Multikey", "z".repeat(300)),
    method("Multikey", bytesToMultibase(new Uint8Array([0xe7, 1, 2, ...new Array(32).fill(255)]), "base58btc")),
    method("Multikey", bytesToMultibase(new Uint8Array([0xed, 1, ...new Array(32).fill(7)]), "base58btc")),
    method("Multikey", bytesToMultibase(new Uint8Array([0x80, 0x24, ...full]), "base58btc")),
    method(old, bytesToMultibase(k256.publicKeyBytes(), "base58btc")),
    method(old, bytesToMultibase(k256.publicKeyBytes(), "base64url")),
    method("EcdsaSecp256r1VerificationKey2019", bytesToMultibase(full, "base58btc")),
    method(old, bytesToMultibase(full, "base58btc")),
    method("Ed25519VerificationKey2020", k256.did().slice(8)),
    [...method("Multikey", "z1"), ...method("Multikey", k256.did().slice(8))],
    [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: { url: "https://a.test" } }],
    [{ id: "#atproto_pds", type: "Other", serviceEndpoint: "https://a.test" }],
    [{ id: `${DID}#atproto_pds`, type: "AtprotoPersonalDataServer", serviceEndpoint: "http://localhost:2583" }],
    [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "ftp://a.test" }],
    [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "https://" }],
  ];
}

Deno.test("readDocument() says of documents what @atproto/identity says, whatever stands in place of what", async () => {
  const document = await usual();
  const values = await strangeValues();
  let [found, none] = [0, 0];
  const check = (each: unknown) => {
    const expected = oracle(each);
    assertEquals(ours(each), expected, JSON.stringify(each)?.slice(0, 300));
    if (expected === null) none++;
    else found++;
  };
  check(document);
  assertEquals(ours(document)?.handle, "alice.example.com");
  for (const value of values) check(value);
  for (const name of [...Object.keys(document), "authentication", "other"]) {
    const { [name as "id"]: _, ...without } = document;
    check(without);
    for (const value of values) check({ ...document, [name]: value });
  }
  for (const list of ["verificationMethod", "service"] as const) {
    const item = document[list][0] ?? {};
    for (const name of [...Object.keys(item), "publicKeyJwk"]) {
      for (const value of values) check({ ...document, [list]: [{ ...item, [name]: value }] });
    }
  }
  assert(found > 150 && none > 150, `${found} documents, ${none} that are none`);
});

Deno.test("readDocument() gives null when the document is of another DID", async () => {
  assertEquals(readDocument("did:plc:another", await usual()), null);
});
