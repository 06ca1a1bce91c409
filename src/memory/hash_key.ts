/**
 * Keys that are hashes, of what has no short form of its own.
 *
 * @module
 */
import { hash } from "node:crypto";

/** Set in the first word of a key that is a hash; the words of a did:plc have 30 bits. */
const HASHED = 0xc000_0000;

/** Makes a key of the SHA-256 of the bytes, which no key that begins with a did:plc equals. */
export function hashKey(bytes: Uint8Array, key: Uint32Array): void {
  const digest = hash("sha256", bytes, "buffer");
  for (let word = 0; word < key.length; word++) key[word] = digest.readUInt32LE(word * 4);
  key[0] = (key[0] ?? 0) | HASHED;
}
