/**
 * Certificates and private keys in PEM, checked before a connection is opened: what the runtime cannot use it leaves out
 * without an error (an encrypted key), or reports as something else (a key of another certificate).
 *
 * @module
 */
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----[\s\S]*?-----END \1-----/;
const IS_ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m;
/** The first byte of DER, for certificates and keys alike. */
const DER_SEQUENCE = "\u0030";

/** A file that cannot be used, and what is expected instead; the caller says which file. */
export class PemError extends Error {
  override readonly name = "PemError";
}

/**
 * The certificates of a file, and nothing else that stands in it.
 *
 * @throws {PemError} if there is none, or one of them cannot be read
 */
export function certificatesOf(text: string): string {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new PemError(`${contentOf(text)}, expected a certificate in PEM`);
  for (const [i, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch {
      const which = found.length === 1 ? "its certificate" : `certificate ${i + 1} of ${found.length}`;
      throw new PemError(`${which} is damaged, expected a certificate in PEM`);
    }
  }
  return `${found.join("\n")}\n`;
}

/**
 * The private key of a file, and nothing else that stands in it.
 *
 * @throws {PemError} if there is none, it is encrypted, or it cannot be read
 */
export function privateKeyOf(text: string): string {
  const expected = "expected a private key in PEM that is not encrypted";
  if (IS_ENCRYPTED.test(text)) {
    throw new PemError(
      `its private key is encrypted, and there is no option for a passphrase, ${expected}; ` +
        "openssl pkey -in FILE -out NEW_FILE makes one",
    );
  }
  const pem = PRIVATE_KEY.exec(text)?.[0];
  if (pem === undefined) throw new PemError(`${contentOf(text)}, ${expected}`);
  try {
    createPrivateKey(pem);
  } catch {
    throw new PemError(`its private key is damaged or of an unknown kind, ${expected}`);
  }
  return `${pem}\n`;
}

/**
 * Checks that the key is that of the first certificate, as TLS expects.
 *
 * @throws {PemError} if it is not
 */
export function assertPair(certificates: string, key: string): void {
  const own = publicBytes(() => createPublicKey(createPrivateKey(key)));
  const keys = (certificates.match(CERTIFICATE) ?? [])
    .map((pem) => publicBytes(() => new X509Certificate(pem).publicKey));
  const [first] = keys;
  // Deno 2.6 reads no Ed25519 key of a certificate: what cannot be compared is left to the handshake.
  if (own === null || first === undefined || first === null || first === own) return;
  throw new PemError(
    keys.includes(own)
      ? "it belongs to a certificate that is not the first of its file, expected the chain to begin with ours"
      : "it belongs to another certificate, expected the key of ours",
  );
}

/** A public key as DER in base 64; null where the runtime cannot say. */
function publicBytes(key: () => KeyObject): string | null {
  try {
    return key().export({ type: "spki", format: "der" }).toString("base64");
  } catch {
    return null;
  }
}

/** What a file holds instead. */
function contentOf(text: string): string {
  if (text.trim() === "") return "it is empty";
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map(([, label]) => label);
  if (labels.length > 0) return `it holds only ${[...new Set(labels)].join(", ")}, or is cut short`;
  return text.startsWith(DER_SEQUENCE) && text.includes("\ufffd") ? "it is in DER" : "it holds no PEM";
}
