/**
 * What happens with identities, counted.
 *
 * @module
 */
import type { Refusal } from "./requests.ts";

/** Who is asked: the directory, a host of did:web, those who know whose a handle is, the directory's export. */
export const ASKED = ["directory", "host", "handle", "export"] as const;

/** One of {@linkcode ASKED}. */
export type AskedOf = typeof ASKED[number];

/** Hears what happens with identities. */
export interface IdentityObserver {
  /** Whether what was wanted of an account was known. */
  looked(isKnown: boolean): void;
  requested(of: AskedOf): void;
  refused(of: AskedOf, reason: Refusal): void;
  /** The one who is asked answers. */
  answered(of: AskedOf): void;
  /** A request was given up before there was an answer. */
  dropped(): void;
}
