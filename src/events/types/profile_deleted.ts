/**
 * Deletes of profiles.
 *
 * @module
 */
import { DID, HANDLE, INDEXED_AT, PREV_CID, RKEY, SEQ, URI } from "../fields.ts";
import type { DeleteDefinition } from "../definition.ts";

/** A delete of a profile. */
export const PROFILE_DELETED = {
  type: "Bluesky.Actor.Profile.Deleted",
  kind: "deletes",
  collection: "app.bsky.actor.profile",
  key: "uri",
  doc: "An account's profile was deleted.",
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
