/**
 * Follows.
 *
 * @module
 */
import { CID, CREATED_AT, DID, HANDLE, INDEXED_AT, SEQ, SUBJECT, SUBJECT_HANDLE, URI } from "../fields.ts";
import type { RecordDefinition } from "../definition.ts";

/** A follow. */
export const FOLLOW = {
  type: "Bluesky.Graph.Follow",
  kind: "records",
  collection: "app.bsky.graph.follow",
  key: "uri",
  doc: "An account followed another.",
  fields: {
    uri: URI,
    cid: CID,
    did: DID,
    handle: HANDLE,
    subject: SUBJECT,
    subject_handle: SUBJECT_HANDLE,
    created_at: CREATED_AT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies RecordDefinition;
