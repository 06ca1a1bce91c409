/**
 * DID documents, as plc.directory gives them and hosts of did:web serve them.
 *
 * @module
 */
import { P256_JWT_ALG, parseDidKey } from "@atproto/crypto";

/** What a document says of an account. */
export interface Identity {
  readonly did: string;
  readonly handle: string;
  /** The key that signs its commits, as `did:key`. */
  readonly signingKey: string;
  /** The URL of its PDS. */
  readonly pds: string;
}

/** A DID document. */
export interface DidDocument {
  readonly "@context": readonly string[];
  readonly id: string;
  readonly alsoKnownAs: readonly string[];
  readonly verificationMethod: readonly {
    readonly id: string;
    readonly type: string;
    readonly controller: string;
    readonly publicKeyMultibase: string;
  }[];
  readonly service: readonly { readonly id: string; readonly type: string; readonly serviceEndpoint: string }[];
}

const DID_KEY = "did:key:";

/** The document of an account. */
export function didDocument({ did, handle, signingKey, pds }: Identity): DidDocument {
  const suite = parseDidKey(signingKey).jwtAlg === P256_JWT_ALG ? "ecdsa-2019" : "secp256k1-2019";
  return {
    "@context": [
      "https://www.w3.org/ns/did/v1",
      "https://w3id.org/security/multikey/v1",
      `https://w3id.org/security/suites/${suite}/v1`,
    ],
    id: did,
    alsoKnownAs: [`at://${handle}`],
    verificationMethod: [
      // What follows "did:key:" is the key as a Multikey has it.
      { id: `${did}#atproto`, type: "Multikey", controller: did, publicKeyMultibase: signingKey.slice(DID_KEY.length) },
    ],
    service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: pds }],
  };
}
