/**
 * Deletes of likes.
 *
 * @module
 */
import { DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI, WAS_SUBJECT_CID, WAS_SUBJECT_URI } from "../fields.ts";
import type { DeleteDefinition } from "../definition.ts";

/** A delete of a like. */
export const LIKE_DELETED = {
  type: "Bluesky.Feed.Like.Deleted",
  kind: "deletes",
  collection: "app.bsky.feed.like",
  key: "uri",
  doc: "An account took a like back.",
  fields: {
    uri: URI,
    did: DID,
    handle: HANDLE,
    rkey: RKEY,
    prev_cid: PREV_CID,
    subject_uri: WAS_SUBJECT_URI,
    subject_cid: WAS_SUBJECT_CID,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies DeleteDefinition;
