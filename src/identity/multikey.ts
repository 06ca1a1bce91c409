/**
 * Public keys as DID documents and the operations of a directory have them: multibase text to a compressed point.
 *
 * @module
 */
import { BASE32 } from "../atproto/base32.ts";
import type { PublicKey } from "../atproto/signature.ts";
import { isOnCurve } from "./curve.ts";

/** The longest text of a key: 65 bytes in base 16, and as much again for what nobody needs. */
const LONGEST = 256;
/** What stands before the point of a Multikey, a varint, by its curve. */
const PREFIXES: Readonly<Record<PublicKey["curve"], readonly [number, number]>> = {
  k256: [0xe7, 0x01],
  p256: [0x80, 0x24],
};
const COMPRESSED_BYTES = 33;
const UNCOMPRESSED_BYTES = 65;

/** A key of type `Multikey`, or the part of a did:key behind `did:key:`; null if it is none of these curves. */
export function readMultikey(text: string): PublicKey | null {
  const bytes = text.startsWith("z") ? readMultibase(text) : null;
  if (bytes === null || bytes.length !== COMPRESSED_BYTES + 2) return null;
  for (const curve of ["k256", "p256"] as const) {
    const [first, second] = PREFIXES[curve];
    if (bytes[0] === first && bytes[1] === second) return readPoint(curve, bytes.subarray(2));
  }
  return null;
}

/** A key of a type that names its curve: its point as it is, compressed or not; null if it is none. */
export function readBareKey(curve: PublicKey["curve"], text: string): PublicKey | null {
  const bytes = readMultibase(text);
  return bytes === null ? null : readPoint(curve, bytes);
}

function readPoint(curve: PublicKey["curve"], point: Uint8Array): PublicKey | null {
  const head = point[0];
  if (point.length === COMPRESSED_BYTES && (head === 2 || head === 3)) {
    return isOnCurve(curve, point.subarray(1), null) ? { curve, bytes: point.slice() } : null;
  }
  if (point.length !== UNCOMPRESSED_BYTES || head !== 4) return null;
  const [x, y] = [point.subarray(1, COMPRESSED_BYTES), point.subarray(COMPRESSED_BYTES)];
  if (!isOnCurve(curve, x, y)) return null;
  const bytes = new Uint8Array(COMPRESSED_BYTES);
  bytes[0] = 2 + ((y.at(-1) ?? 0) & 1);
  bytes.set(x, 1);
  return { curve, bytes };
}

const LETTERS64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** The digits of the bases of a power of two, by the letter that names the base. */
const BASES: Readonly<Record<string, string>> = {
  f: "0123456789abcdef",
  F: "0123456789ABCDEF",
  b: BASE32,
  B: BASE32.toUpperCase(),
  m: `${LETTERS64}+/`,
  u: `${LETTERS64}-_`,
  U: `${LETTERS64}-_`,
};

/** The bytes of a multibase text; null if it is none, or too long for a key. */
export function readMultibase(text: string): Uint8Array | null {
  if (text.length > LONGEST) return null;
  const digits = text.slice(1);
  if (text.startsWith("z")) return readBase58(digits);
  const letters = BASES[text.charAt(0)];
  return letters === undefined ? null : readBits(digits.replace(/=+$/, ""), letters);
}

function readBits(text: string, letters: string): Uint8Array | null {
  const width = Math.log2(letters.length);
  const bytes = new Uint8Array(Math.floor(text.length * width / 8));
  let [held, bits, count] = [0, 0, 0];
  for (const letter of text) {
    const value = letters.indexOf(letter);
    if (value < 0) return null;
    held = (held << width) | value;
    bits += width;
    if (bits < 8) continue;
    bits -= 8;
    bytes[count++] = held >> bits;
    held &= (1 << bits) - 1;
  }
  // What is left over must be less than a digit, and 0.
  return bits < width && held === 0 ? bytes : null;
}

function readBase58(text: string): Uint8Array | null {
  // Least byte first.
  const bytes: number[] = [];
  let zeros = 0;
  for (const letter of text) {
    let carry = LETTERS58.indexOf(letter);
    if (carry < 0) return null;
    if (carry === 0 && bytes.length === 0) {
      zeros++;
      continue;
    }
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58;
      bytes[i] = carry & 0xff;
      carry >>= 8;
    }
    if (carry > 0) bytes.push(carry);
  }
  return new Uint8Array([...new Array<number>(zeros).fill(0), ...bytes.reverse()]);
}
