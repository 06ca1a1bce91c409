/**
 * DIDs by their bytes.
 *
 * @module
 */
import { BASE32, digitsOf, NO_DIGIT } from "./base32.ts";
import type { Span } from "./bytes/span.ts";

/** The characters that a DID may hold, by their codes. */
const IN_DID = new Uint8Array(128);
for (let code = 0; code < IN_DID.length; code++) {
  IN_DID[code] = /[A-Za-z0-9._:%-]/.test(String.fromCharCode(code)) ? 1 : 0;
}
const PREFIX = new TextEncoder().encode("did:");
const COLON = 0x3a;

/**
 * Whether a range of a message is a DID: `did:`, a method of small letters and digits, `:`, and then letters, digits and
 * `._:%-`, of any length.
 *
 * @example A DID and a handle
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = new TextEncoder().encode("did:plc:abc alice.example.com");
 * assertEquals([isDid(bytes, { start: 0, end: 11 }), isDid(bytes, { start: 12, end: 29 })], [true, false]);
 * ```
 */
export function isDid(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let i = 0; i < PREFIX.length; i++) if (bytes[start + i] !== PREFIX[i]) return false;
  let colon = start + PREFIX.length;
  while (colon < end && isMethod(bytes[colon] ?? 0)) colon++;
  if (colon === start + PREFIX.length || bytes[colon] !== COLON || colon + 1 >= end) return false;
  for (let at = colon + 1; at < end; at++) if (IN_DID[bytes[at] ?? 0] !== 1) return false;
  return true;
}

function isMethod(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

const PLC_CHARACTERS = 32;
const PLC_PREFIX = new TextEncoder().encode("did:plc:");
const BASE32_VALUES = digitsOf(BASE32);

/**
 * Reads the 120 bits of a did:plc into four words of `words` from `at` on, 30 bits in each; false if it is none.
 *
 * @example There and back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const bytes = new TextEncoder().encode("did:plc:z72i7hdynmk6r22z27h6tvur");
 * const words = new Uint32Array(4);
 * assertEquals([readPlc(bytes, { start: 0, end: 32 }, words, 0), plcText(words, 0)], [true, "did:plc:z72i7hdynmk6r22z27h6tvur"]);
 * ```
 */
export function readPlc(bytes: Uint8Array, { start, end }: Span, words: Uint32Array, at: number): boolean {
  if (end - start !== PLC_CHARACTERS) return false;
  for (let i = 0; i < PLC_PREFIX.length; i++) if (bytes[start + i] !== PLC_PREFIX[i]) return false;
  let all = 0;
  for (let i = start + PLC_PREFIX.length; i < end; at++) {
    let word = 0;
    for (const stop = i + 6; i < stop; i++) {
      const value = BASE32_VALUES[bytes[i] ?? 0] ?? NO_DIGIT;
      all |= value;
      word = (word << 5) | value;
    }
    words[at] = word;
  }
  return all <= 31;
}

/** The did:plc of four words; what stands above their 30 bits does not count. */
export function plcText(words: Uint32Array, at: number): string {
  let text = "did:plc:";
  for (let i = at; i < at + 4; i++) {
    for (let shift = 25; shift >= 0; shift -= 5) text += BASE32.charAt(((words[i] ?? 0) >>> shift) & 31);
  }
  return text;
}
