import { assert, assertEquals, assertThrows } from "@std/assert";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { assertPair, certificatesOf, PemError, privateKeyOf } from "../../src/app/pem.ts";
import { makeCertificates } from "../../scripts/certificates.ts";
import { testNeeding } from "../support/needs.ts";

function refuses(use: () => unknown, ...parts: readonly string[]): void {
  const { message } = assertThrows(use, PemError);
  for (const part of parts) assert(message.includes(part), message);
}

function newKey(): string {
  return String(
    generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
}

const EXPECTED = "expected a private key in PEM that is not encrypted";
const BODY = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";

Deno.test("privateKeyOf() refuses an encrypted key in both of its forms, and says what to do", () => {
  const pkcs8 = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${BODY}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
  const legacy = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n${BODY}\n` +
    "-----END RSA PRIVATE KEY-----\n";
  for (const text of [pkcs8, legacy, legacy.replaceAll("\n", "\r\n")]) {
    refuses(() => privateKeyOf(text), "is encrypted", EXPECTED, "openssl pkey");
  }
});

Deno.test("privateKeyOf() takes the key out of what stands around it, and refuses what is none", () => {
  const key = newKey();
  const around = [key, key.replaceAll("\n", "\r\n"), `Bag Attributes\n  friendlyName: x\n${key}`, `${key}trailing\n`];
  for (const text of around) assertEquals(createPrivateKey(privateKeyOf(text)).asymmetricKeyType, "ec");
  refuses(() => privateKeyOf(""), "it is empty", EXPECTED);
  refuses(() => privateKeyOf("hunter2"), "it holds no PEM", EXPECTED);
  refuses(() => privateKeyOf("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), "damaged", EXPECTED);
  refuses(() => privateKeyOf(key.slice(0, 80)), "cut short", EXPECTED);
  refuses(() => privateKeyOf(key.replaceAll("PRIVATE", "PUBLIC")), "only PUBLIC KEY", EXPECTED);
  refuses(() => privateKeyOf(key.replaceAll("PRIVATE", "OPENSSH PRIVATE")), "only OPENSSH PRIVATE KEY", EXPECTED);
  refuses(() => privateKeyOf(new TextDecoder().decode(new Uint8Array([0x30, 0x82, 1]))), "it is in DER", EXPECTED);
  refuses(() => certificatesOf(key), "it holds only PRIVATE KEY", "expected a certificate in PEM");
  refuses(() => certificatesOf(" \n"), "it is empty", "expected a certificate in PEM");
});

testNeeding(["openssl"], {
  name: "assertPair() knows the key of a certificate, a chain in the wrong order, and another key",
  async fn() {
    await using files = await makeCertificates();
    const [ca, cert, key] = await Promise.all(
      [files.ca, files.clientCert, files.clientKey].map((path) => Deno.readTextFile(path)),
    );
    if (ca === undefined || cert === undefined || key === undefined) throw new TypeError("three files were read");
    const chain = certificatesOf(`${cert}\r\n${key}${ca}`);
    assertEquals(new X509Certificate(chain).subject, "CN=client");
    assertPair(chain, privateKeyOf(`${cert}${key}`));
    refuses(() => assertPair(certificatesOf(ca + cert), privateKeyOf(key)), "not the first", "begin with ours");
    refuses(() => assertPair(chain, newKey()), "belongs to another certificate", "expected the key of ours");
    refuses(() => privateKeyOf(cert), "it holds only CERTIFICATE", EXPECTED);
    const damaged = cert.replace(/-\nMI../, "-\nAAAA");
    refuses(() => certificatesOf(cert + damaged), "certificate 2 of 2 is damaged");
  },
});
