/**
 * Deletes of reposts.
 *
 * @module
 */
import { DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI, WAS_SUBJECT_CID, WAS_SUBJECT_URI } from "../fields.ts";
import type { DeleteDefinition } from "../definition.ts";

/** A delete of a repost. */
export const REPOST_DELETED = {
  type: "Bluesky.Feed.Repost.Deleted",
  kind: "deletes",
  collection: "app.bsky.feed.repost",
  key: "uri",
  doc: "An account took a repost back.",
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
