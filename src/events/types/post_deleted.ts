/**
 * Deletes of posts.
 *
 * @module
 */
import { DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI } from "../fields.ts";
import type { DeleteDefinition } from "../definition.ts";

/** A delete of a post. */
export const POST_DELETED = {
  type: "Bluesky.Feed.Post.Deleted",
  kind: "deletes",
  collection: "app.bsky.feed.post",
  key: "uri",
  doc: "A post was deleted.",
  fields: {
    uri: URI,
    did: DID,
    handle: HANDLE,
    rkey: RKEY,
    prev_cid: PREV_CID,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies DeleteDefinition;
