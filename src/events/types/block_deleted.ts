/**
 * Deletes of blocks.
 *
 * @module
 */
import { DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI, WAS_SUBJECT } from "../fields.ts";
import type { DeleteDefinition } from "../definition.ts";

/** A delete of a block. */
export const BLOCK_DELETED = {
  type: "Bluesky.Graph.Block.Deleted",
  kind: "deletes",
  collection: "app.bsky.graph.block",
  key: "uri",
  doc: "An account unblocked another.",
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
