/**
 * Signatures as the protocol has them: ECDSA over SHA-256 on secp256k1 ("k256") or NIST P-256 ("p256"), 64 bytes `r || s`,
 * of the two values that `s` may have the lower one. Source: atproto.com/specs/cryptography.
 *
 * @module
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { Buffer } from "node:buffer";

/** The key by which an account signs its commits. */
export interface PublicKey {
  readonly curve: "k256" | "p256";
  /** The point as 33 bytes: 2 or 3 for an even or odd y, then x. */
  readonly bytes: Uint8Array;
}

/** What a signature is; `no-key`: the key is no point of its curve, so nothing can be said. */
export type SignatureVerdict = "valid" | "invalid" | "malformed" | "high-s" | "no-key";

const SIGNATURE_BYTES = 64;
const POINT_BYTES = 33;
/** DER of a SubjectPublicKeyInfo up to the point. */
const PREFIX = {
  k256: Uint8Array.fromHex("3036301006072a8648ce3d020106052b8104000a032200"),
  p256: Uint8Array.fromHex("3039301306072a8648ce3d020106082a8648ce3d030107032200"),
} as const;
/** Half of the order of the curve: the greatest low `s`. */
const GREATEST_S = {
  k256: Uint8Array.fromHex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"),
  p256: Uint8Array.fromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8"),
} as const;

/** Signatures of the bytes 1, 2, 3 by keys that are known, as @atproto/crypto makes them. */
const KNOWN_MESSAGE = Uint8Array.of(1, 2, 3);
const KNOWN = {
  k256: {
    key: Uint8Array.fromHex("02989c0b76cb563971fdc9bef31ec06c3560f3249d6ee9e5d83c57625596e05f6f"),
    signature: Uint8Array.fromHex(
      "bae7435a3dd8a64cae8ff3263621ffe1044d56c61b6f8493002807edbb5b6209" +
        "3660ea4b27dc2f887bd74d98c733b8071ef45e37029f0ff0fd43c6b372da142c",
    ),
  },
  p256: {
    key: Uint8Array.fromHex("031e18532fd4754c02f3041d9c75ceb33b83ffd81ac7ce4fe882ccb1c98bc5896e"),
    signature: Uint8Array.fromHex(
      "06c2619e078cbe896269991f1bc8281225dc3d8c84f688e24a9d49b7b855ce7d" +
        "14834b7f926fdc8d621d6f1b14bea87adb3940e7c0fd3859834220f017d801aa",
    ),
  },
} as const;

/**
 * Whether the runtime verifies signatures rightly. Older ones do not know the form of signatures, or a curve, and would
 * call every commit forged.
 */
export function verifiesRightly(verifier: Pick<SignatureVerifier, "verify"> = new SignatureVerifier(2)): boolean {
  return (["k256", "p256"] as const).every((curve) => {
    const { key, signature } = KNOWN[curve];
    const other = KNOWN_MESSAGE.slice(1);
    return verifier.verify({ curve, bytes: key }, KNOWN_MESSAGE, signature) === "valid" &&
      verifier.verify({ curve, bytes: key }, other, signature) === "invalid";
  });
}

/** Verifies signatures, and remembers the keys that it made ready. */
export class SignatureVerifier {
  readonly #mostKeys: number;
  /** Keys used lately, and those used before them: when the first are half of the bound, they become the second. */
  #keys = new Map<string, KeyObject>();
  #older = new Map<string, KeyObject>();

  /** Remembers at most so many keys; one takes some 700 bytes, and a tenth of the time of a signature to make. */
  constructor(mostKeys: number) {
    this.#mostKeys = mostKeys;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#keys.size + this.#older.size;
  }

  /** What the signature of `message` by `key` is. Never throws on what they hold. */
  verify(key: PublicKey, message: Uint8Array, signature: Uint8Array): SignatureVerdict {
    const form = signatureForm(key.curve, signature);
    if (form !== "valid") return form;
    const made = this.#keyOf(key);
    if (made === null) return "no-key";
    return verify("sha256", message, { key: made, dsaEncoding: "ieee-p1363" }, signature) ? "valid" : "invalid";
  }

  #keyOf(key: PublicKey): KeyObject | null {
    const name = key.curve + String.fromCharCode(...key.bytes);
    let made = this.#keys.get(name);
    if (made !== undefined) return made;
    made = this.#older.get(name) ?? makeKey(key);
    if (made === undefined) return null;
    if (this.#keys.size * 2 >= this.#mostKeys) {
      this.#older = this.#keys;
      this.#keys = new Map();
    }
    this.#keys.set(name, made);
    return made;
  }
}

/** Whether a signature has the form that the protocol asks for, whoever made it. */
export function signatureForm(curve: PublicKey["curve"], signature: Uint8Array): "valid" | "malformed" | "high-s" {
  if (signature.length !== SIGNATURE_BYTES) return "malformed";
  const greatest = GREATEST_S[curve];
  for (let i = 0; i < greatest.length; i++) {
    const [byte, bound] = [signature[SIGNATURE_BYTES / 2 + i] ?? 0, greatest[i] ?? 0];
    if (byte !== bound) return byte < bound ? "valid" : "high-s";
  }
  return "valid";
}

function makeKey({ curve, bytes }: PublicKey): KeyObject | undefined {
  if (bytes.length !== POINT_BYTES) return undefined;
  try {
    return createPublicKey({ key: Buffer.concat([PREFIX[curve], bytes]), format: "der", type: "spki" });
  } catch {
    // No point of the curve. What node:crypto throws then differs from one version of Deno to another.
    return undefined;
  }
}
