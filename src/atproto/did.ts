/**
 * DIDs by their bytes.
 *
 * @module
 */
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
