/**
 * Repositories whose changes were not all seen.
 *
 * @module
 */
import { ACCOUNT_DID, HANDLE, INDEXED_AT, SEQ } from "../fields.ts";
import type { AccountDefinition } from "../definition.ts";

/** A repository is at a revision. */
export const SYNC = {
  type: "Atproto.Sync",
  kind: "sync",
  collection: null,
  key: "did",
  doc: "A repository was reset to a revision. Records stored of it may be out of date.",
  fields: {
    did: ACCOUNT_DID,
    handle: HANDLE,
    rev: { type: "string", nullable: false, doc: "revision of the repository" },
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies AccountDefinition;
