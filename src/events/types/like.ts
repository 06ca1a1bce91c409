/**
 * Likes.
 *
 * @module
 */
import { CID, CREATED_AT, DID, HANDLE, INDEXED_AT, SEQ, SUBJECT_CID, SUBJECT_URI, URI } from "../fields.ts";
import type { RecordDefinition } from "../definition.ts";

/** A like. */
export const LIKE = {
  type: "Bluesky.Feed.Like",
  kind: "records",
  collection: "app.bsky.feed.like",
  key: "uri",
  doc: "An account liked a post.",
  fields: {
    uri: URI,
    cid: CID,
    did: DID,
    handle: HANDLE,
    subject_uri: SUBJECT_URI,
    subject_cid: SUBJECT_CID,
    created_at: CREATED_AT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies RecordDefinition;
