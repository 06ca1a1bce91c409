/**
 * The options of verification.
 *
 * @module
 */
import { VERIFY_MODES } from "../atproto/verify.ts";
import { choice, type OptionTable } from "../config/option.ts";
import { integer } from "../config/readers.ts";
import { UNVERIFIED_POLICIES } from "../pipeline/verdicts.ts";

/** The warning that proofs are not compared with what came before. `source` is the flag or variable that asks for them. */
export function unfollowedProofs(mode: string, trackRepos: number, source: string): string[] {
  return mode !== "proofs" || trackRepos > 0 ? [] : [
    `Of less use: ${source} "proofs" without --track-repos; no commit is compared with the one before it, so a relay can leave out ` +
    "whole commits unnoticed",
  ];
}

/** What is wrong with dead letters that have no place. `source` is the flag or variable that wants them. */
export function placelessLetters(policy: string | undefined, hasPlace: boolean, source: string): string[] {
  return policy !== "dead-letter" || hasPlace ? [] : [
    `Cannot use ${source} "dead-letter": there is no place for dead letters; expected a topic or a file for them`,
  ];
}

/** The options about verification. */
export const VERIFY_OPTIONS = {
  verify: {
    group: "Identities",
    flag: "verify",
    env: ["BLUESKY_VERIFY"],
    ...choice(["off", ...VERIFY_MODES]),
    default: "off",
    doc:
      "What of each commit is verified: that its account signed it, or also, by the tree, that the operations are what " +
      "it signed. The attribute `verified` of events has the verdict",
  },
  unverified: {
    group: "Identities",
    flag: "unverified",
    env: ["BLUESKY_UNVERIFIED"],
    ...choice(UNVERIFIED_POLICIES),
    default: "mark",
    doc:
      "What becomes of commits that their account did not sign: marked events, none, or a dead letter. What is not " +
      "known is marked always",
  },
  verifyThreads: {
    group: "Identities",
    flag: "verify-threads",
    env: ["BLUESKY_VERIFY_THREADS"],
    hint: "COUNT",
    read: integer(1, 256),
    default: null,
    otherwise: "one less than processors, at least 1",
    doc: "Threads that verify",
  },
} as const satisfies OptionTable;
