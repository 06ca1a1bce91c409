/**
 * What happens with identities, counted.
 *
 * @module
 */
/** Who is asked: the directory, a host of did:web, those who know whose a handle is, the directory's export. */
export const ASKED = ["directory", "host", "handle", "export"] as const;

/** One of {@linkcode ASKED}. */
export type AskedOf = typeof ASKED[number];

/** Why there was no answer. */
export const REFUSALS = [
  "throttled",
  "server-error",
  "status",
  "timeout",
  "unreachable",
  "forbidden",
  "too-large",
  "invalid",
] as const;

/** One of {@linkcode REFUSALS}. */
export type Refusal = typeof REFUSALS[number];

/** Hears what happens with identities. */
export interface IdentityObserver {
  /** Whether what was wanted of an account was known. */
  looked(isKnown: boolean): void;
  requested(of: AskedOf): void;
  refused(of: AskedOf, reason: Refusal): void;
  /** A request was given up before there was an answer. */
  dropped(): void;
}
