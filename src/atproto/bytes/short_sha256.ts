/**
 * SHA-256 of short ASCII texts. One call of the runtime's own costs more than twice as much as all the rounds of one block
 * here, and a proof hashes dozens of keys.
 *
 * @module
 */

/** A longer text has more than one block. */
export const MAX_SHORT = 55;

const ROUNDS = 64;
/** The first bits of the fractional parts of the cube roots of the first primes, and the square roots' for the start. */
const CONSTANTS = new Int32Array(ROUNDS);
const START = new Int32Array(8);
const WORDS = new Int32Array(ROUNDS);
const STATE = new Int32Array(8);

for (let number = 2, found = 0; found < ROUNDS; number++) {
  if (!isPrime(number)) continue;
  CONSTANTS[found] = fraction(Math.cbrt(number));
  if (found < START.length) START[found] = fraction(Math.sqrt(number));
  found++;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}

/** The first 32 bits of the SHA-256 of an ASCII text of at most {@linkcode MAX_SHORT} characters, from 0 to 2^32 - 1. */
export function shortSha256(text: string): number {
  const w = WORDS;
  w.fill(0, 0, 16);
  const { length } = text;
  for (let at = 0; at < length; at++) {
    const word = at >> 2;
    w[word] = (w[word] ?? 0) | text.charCodeAt(at) << (24 - (at & 3) * 8);
  }
  const end = length >> 2;
  w[end] = (w[end] ?? 0) | 0x80 << (24 - (length & 3) * 8);
  w[15] = length * 8;
  for (let i = 16; i < ROUNDS; i++) {
    const [before, last] = [w[i - 15] ?? 0, w[i - 2] ?? 0];
    const small = (before >>> 7 | before << 25) ^ (before >>> 18 | before << 14) ^ before >>> 3;
    const large = (last >>> 17 | last << 15) ^ (last >>> 19 | last << 13) ^ last >>> 10;
    w[i] = ((w[i - 16] ?? 0) + small + (w[i - 7] ?? 0) + large) | 0;
  }
  return compress(w);
}

function compress(w: Int32Array): number {
  STATE.set(START);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = STATE;
  for (let i = 0; i < ROUNDS; i++) {
    const large = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const first = (h + large + (e & f ^ ~e & g) + (CONSTANTS[i] ?? 0) + (w[i] ?? 0)) | 0;
    const small = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const second = (small + (a & b ^ a & c ^ b & c)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  return (a + (START[0] ?? 0)) >>> 0;
}
