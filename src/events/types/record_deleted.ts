/**
 * Deletes of records of collections that have no type of their own.
 *
 * @module
 */
import { COLLECTION, DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI } from "../fields.ts";
import { type DeleteDefinition, EVERY_OTHER } from "../definition.ts";

/** A delete of any record. */
export const RECORD_DELETED = {
  type: "Atproto.Record.Deleted",
  kind: "deletes",
  collection: EVERY_OTHER,
  key: "uri",
  doc: "A record was deleted whose collection has no event type of its own.",
  fields: {
    uri: URI,
    did: DID,
    handle: HANDLE,
    collection: COLLECTION,
    rkey: RKEY,
    prev_cid: PREV_CID,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies DeleteDefinition;
