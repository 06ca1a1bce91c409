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
    `Without effect: ${source} needs the events records and deletes, and the events are ${events.join(", ")}`,
  ];
}

/** The options about memories. */
export const MEMORY_OPTIONS = {
  trackRepos: {
    group: "Events",
    flag: "track-repos",
    env: ["BLUESKY_TRACK_REPOS"],
    placeholder: "COUNT",
    read: integer(0, MOST),
    default: "0",
    doc: "Accounts to remember the last revision of (39 bytes each), which detects lost and repeated commits; 0: off",
  },
  rememberSubjects: {
    group: "Events",
    flag: "remember-subjects",
    env: ["BLUESKY_REMEMBER_SUBJECTS"],
    placeholder: "COUNT",
    read: integer(0, MOST),
    default: "0",
    doc: "Likes, reposts, follows and blocks to remember the subject of (99 bytes each), so that their deletes " +
      "include it; 0: off",
  },
} as const satisfies OptionTable;
