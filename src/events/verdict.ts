/**
 * What verification found, as attributes of an event.
 *
 * @module
 */
import type { Verdict } from "../atproto/verify.ts";

/** Some attributes of an event that stand behind all others. */
export type MoreAttributes = Readonly<Record<string, string>>;

/** None: nothing is verified. */
export const NO_MORE: MoreAttributes = {};

/** The attributes of a verdict; null: nothing is verified, and the events do not have them. */
export function verdictAttributes(verdict: Verdict | null): MoreAttributes {
  if (verdict === null) return NO_MORE;
  const { verified, reason } = verdict;
  return reason === null ? { verified } : { verified, verifyreason: reason };
}
