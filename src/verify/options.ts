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
    `Less effective: ${source} "proofs" without --track-repos: commits are not compared with the previous one of their ` +
    "account, so a relay can omit whole commits",
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
    doc: "Verify of each commit that its account signed it (signatures), or also, by Merkle proofs, that it " +
      "signed each operation (proofs). The attribute `verified` holds the result",
  },
  unverified: {
    group: "Identities",
    flag: "unverified",
    env: ["BLUESKY_UNVERIFIED"],
    ...choice(UNVERIFIED_POLICIES),
    default: "mark",
    doc: "What to do with commits that fail verification: mark the events, drop them, or write a dead letter. If " +
      "the result is unknown, the event is always marked",
  },
  verifyThreads: {
    group: "Identities",
    flag: "verify-threads",
    env: ["BLUESKY_VERIFY_THREADS"],
    placeholder: "COUNT",
    read: integer(1, 256),
    default: null,
    defaultText: "processors less one, at least 1",
    doc: "Threads for verification",
  },
} as const satisfies OptionTable;
