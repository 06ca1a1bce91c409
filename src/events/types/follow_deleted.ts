/**
 * Deletes of follows.
 *
 * @module
 */
import { DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI, WAS_SUBJECT } from "../fields.ts";
import type { DeleteDefinition } from "../definition.ts";

/** A delete of a follow. */
export const FOLLOW_DELETED = {
  type: "Bluesky.Graph.Follow.Deleted",
  kind: "deletes",
  collection: "app.bsky.graph.follow",
  key: "uri",
  doc: "An account unfollowed another.",
  fields: {
    uri: URI,
    did: DID,
    handle: HANDLE,
    rkey: RKEY,
    prev_cid: PREV_CID,
    subject: WAS_SUBJECT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies DeleteDefinition;
