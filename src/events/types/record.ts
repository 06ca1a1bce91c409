/**
 * Records of collections that have no type of their own.
 *
 * @module
 */
import {
  CID,
  COLLECTION,
  CREATED_AT,
  DID,
  HANDLE,
  INDEXED_AT,
  RKEY,
  SEQ,
  SORT_TIME,
  URI,
  WHOLE_RECORD,
} from "../fields.ts";
import { EVERY_OTHER, type RecordDefinition } from "../definition.ts";

/** Any record. */
export const RECORD = {
  type: "Atproto.Record",
  kind: "records",
  collection: EVERY_OTHER,
  key: "uri",
  doc: "A record was created or changed whose collection has no event type of its own.",
  fields: {
    uri: URI,
    cid: CID,
    did: DID,
    handle: HANDLE,
    collection: COLLECTION,
    rkey: RKEY,
    record: WHOLE_RECORD,
    sort_time: SORT_TIME,
    created_at: CREATED_AT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies RecordDefinition;
