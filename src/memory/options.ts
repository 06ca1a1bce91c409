/**
 * The options of what is remembered from one message to a later one.
 *
 * @module
 */
import type { OptionTable } from "../config/option.ts";
import { integer } from "../config/readers.ts";

/** As many accounts, or records, as there may be: 50 million of them take gigabytes. */
const MOST = 50_000_000;

/** What to say of subjects that are remembered for nothing. `source` is the flag or variable that wants it. */
export function uselessSubjects(count: number, events: readonly string[], source: string): string[] {
  const isOfUse = count === 0 || ["records", "deletes"].every((kind) => events.includes(kind));
  return isOfUse ? [] : [
    `Without effect: ${source}; subjects are remembered of records and stand in their deletes, and the events are ` +
    `${events.join(", ")}, expected both`,
  ];
}

/** The options about memories. */
export const MEMORY_OPTIONS = {
  trackRepos: {
    group: "Events",
    flag: "track-repos",
    env: ["BLUESKY_TRACK_REPOS"],
    hint: "COUNT",
    read: integer(0, MOST),
    default: "0",
    doc: "Accounts whose last revision is remembered, so that lost and repeated commits are found; 0: none. " +
      "An account takes 39 bytes of memory",
  },
  rememberSubjects: {
    group: "Events",
    flag: "remember-subjects",
    env: ["BLUESKY_REMEMBER_SUBJECTS"],
    hint: "COUNT",
    read: integer(0, MOST),
    default: "0",
    doc:
      "Likes, reposts, follows and blocks of which the subject is remembered, so that their deletes have it; 0: none. " +
      "One takes 99 bytes of memory",
  },
} as const satisfies OptionTable;
