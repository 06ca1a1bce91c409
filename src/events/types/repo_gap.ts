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
    "A commit does not follow on what came of its repository before: something of it is missing, which sequence numbers " +
    "need not show. Only where accounts are tracked.",
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
      doc: "`revision`: the commit follows on another revision than the last that came; `data`: it follows on that " +
        "revision, and on other content than that had",
    },
    last_rev: { type: "string", nullable: false, doc: "the last revision of the repository that came before" },
    since: { type: "string", nullable: false, doc: "the revision that the commit follows on, as it says" },
    rev: { type: "string", nullable: false, doc: "revision of the commit, the first after the gap" },
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies StreamDefinition;
