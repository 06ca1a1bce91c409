/**
 * Reposts.
 *
 * @module
 */
import { CID, CREATED_AT, DID, HANDLE, INDEXED_AT, SEQ, SUBJECT_CID, SUBJECT_URI, URI } from "../fields.ts";
import type { RecordDefinition } from "../definition.ts";

/** A repost. */
export const REPOST = {
  type: "Bluesky.Feed.Repost",
  kind: "records",
  collection: "app.bsky.feed.repost",
  key: "uri",
  doc: "An account reposted a post.",
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
