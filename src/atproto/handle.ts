/**
 * Handles: the domain names that accounts go by.
 *
 * @module
 */

/** What stands for a handle that its account claims and cannot show. */
export const INVALID_HANDLE = "handle.invalid";

const LONGEST = 253;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HANDLE = new RegExp(`^(?:${LABEL}\\.)+(?=[a-z])${LABEL}$`);
/** Last labels under which nobody has a domain (atproto.com/specs/handle); `.test` is for tests. */
const RESERVED = ["alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion"];

/**
 * The handle that a text is, in small letters; null if it is none.
 *
 * @example A handle, and a name without a domain
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([readHandle("Alice.Example.com"), readHandle("alice")], ["alice.example.com", null]);
 * ```
 */
export function readHandle(text: string): string | null {
  // Only these letters: others become ASCII by a change of case.
  if (text.length > LONGEST || !/^[A-Za-z0-9.-]+$/.test(text)) return null;
  const handle = text.toLowerCase();
  return HANDLE.test(handle) ? handle : null;
}

/** Whether a handle is under a domain that nobody can have, so that asking for it is in vain. */
export function isReserved(handle: string): boolean {
  return RESERVED.includes(handle.slice(handle.lastIndexOf(".") + 1));
}
