/**
 * Blocks.
 *
 * @module
 */
import { CID, CREATED_AT, DID, HANDLE, INDEXED_AT, SEQ, SUBJECT, SUBJECT_HANDLE, URI } from "../fields.ts";
import type { RecordDefinition } from "../definition.ts";

/** A block. */
export const BLOCK = {
  type: "Bluesky.Graph.Block",
  kind: "records",
  collection: "app.bsky.graph.block",
  key: "uri",
  doc: "An account blocked another.",
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
