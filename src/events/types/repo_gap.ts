/**
 * Breaks in the chain of one repository's commits: they come from no record.
 *
 * @module
 */
import type { StreamDefinition } from "../definition.ts";
import { ACCOUNT_DID, INDEXED_AT, SEQ } from "../fields.ts";

/** A break. */
export const REPO_GAP = {
  type: "Bluesky.Stream.RepoGap",
  kind: "stream",
  collection: null,
  key: "gap_id",
  doc:
    "A commit does not follow the last one of its repository: commits between are missing. Sequence numbers need not show " +
    "it. Only if repositories are tracked.",
  fields: {
    gap_id: {
      type: "string",
      nullable: false,
      doc: "`repo-gap/DID/REV`: the repository, and the commit after the gap",
    },
    did: ACCOUNT_DID,
    cause: {
      type: "string",
      nullable: false,
      doc: "`revision`: the commit follows another revision than the last one received; `data`: it follows that " +
        "revision, but other content",
    },
    last_rev: { type: "string", nullable: false, doc: "last revision of the repository received before" },
    since: { type: "string", nullable: false, doc: "revision that the commit says it follows" },
    rev: { type: "string", nullable: false, doc: "revision of the commit, the first after the gap" },
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies StreamDefinition;
