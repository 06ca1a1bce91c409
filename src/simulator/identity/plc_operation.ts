/**
 * Operations of did:plc, as the directory keeps them: signed, each with the hash of the one before, the first one's hash
 * being the DID.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { Keypair } from "@atproto/crypto";
import { encode } from "@atproto/lex-cbor";
import { BASE32 } from "../../atproto/base32.ts";
import { linkTo } from "../dag_cbor.ts";

/** What an account is called, which key signs its commits and where its data lies. */
export interface PlcData {
  readonly rotationKeys: readonly string[];
  readonly verificationMethods: { readonly atproto: string };
  /** `at://HANDLE`, one. */
  readonly alsoKnownAs: readonly string[];
  readonly services: { readonly atproto_pds: { readonly type: string; readonly endpoint: string } };
}

/** An operation that states {@linkcode PlcData}; `prev` is null in the first. */
export interface PlcUpdate extends PlcData {
  readonly type: "plc_operation";
  readonly prev: string | null;
}

/** An operation after which there is no such DID any more. */
export interface PlcTombstone {
  readonly type: "plc_tombstone";
  readonly prev: string;
}

/** An operation with its signature, base64url without padding. */
export type PlcOperation = (PlcUpdate | PlcTombstone) & { readonly sig: string };

/** An operation and its hash, as the next one names it. */
export interface SignedOperation {
  readonly operation: PlcOperation;
  readonly cid: string;
  /** As DAG-CBOR. */
  readonly bytes: Uint8Array;
}

const ID_LENGTH = 24;

/** Signs an operation with one of the rotation keys. */
export async function signOperation(
  unsigned: PlcUpdate | PlcTombstone,
  rotationKey: Keypair,
): Promise<SignedOperation> {
  const signature = await rotationKey.sign(encodeOperation(unsigned));
  const operation = {
    ...unsigned,
    sig: new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true }),
  };
  const bytes = encodeOperation(operation);
  return { operation, cid: linkTo(bytes).toString(), bytes };
}

/** An operation as it is hashed, and, without its signature, as it is signed. */
export function encodeOperation(operation: PlcUpdate | PlcTombstone | PlcOperation): Uint8Array {
  return encode(operation as unknown as Parameters<typeof encode>[0]);
}

/** The DID that a first operation makes: the beginning of its hash. */
export function didOfGenesis({ bytes }: Pick<SignedOperation, "bytes">): string {
  const digest = hash("sha256", bytes, "buffer");
  let id = "";
  for (let i = 0; i < ID_LENGTH; i++) {
    const bit = 5 * i;
    const word = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0);
    id += BASE32.charAt((word >> (11 - (bit & 7))) & 31);
  }
  return `did:plc:${id}`;
}
