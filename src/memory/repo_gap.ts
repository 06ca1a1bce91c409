/**
 * A commit that does not follow on what came of its repository before: something of it is missing.
 *
 * @module
 */

/** What does not follow: the revision that the commit names as the one before, or the content. */
export type RepoGapCause = "revision" | "data";

/** Something of one repository is missing. */
export interface RepoGap {
  readonly cause: RepoGapCause;
  readonly did: string;
  /** The last revision that came. */
  readonly lastRev: string;
  /** The revision that the commit follows on, as it says. */
  readonly since: string;
  /** The commit's revision. */
  readonly rev: string;
  /** Its number, and its time verbatim. */
  readonly seq: number;
  readonly time: string;
}
