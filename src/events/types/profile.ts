/**
 * Profiles.
 *
 * @module
 */
import { blob, CREATED_AT, DID, HANDLE, INDEXED_AT, optionalText, SEQ } from "../fields.ts";
import type { RecordDefinition } from "../definition.ts";

/** A profile. Its data lacks the AT-URI of the record, as an account should have one profile. */
export const PROFILE = {
  type: "Bluesky.Actor.Profile",
  kind: "records",
  collection: "app.bsky.actor.profile",
  key: "uri",
  doc: "An account's profile was created or changed.",
  fields: {
    did: DID,
    handle: HANDLE,
    display_name: optionalText("displayName", "name shown for the account"),
    description: optionalText("description", "text about the account"),
    avatar: blob("avatar", "CID of the avatar image"),
    banner: blob("banner", "CID of the banner image"),
    created_at: CREATED_AT,
    indexed_at: INDEXED_AT,
    seq: SEQ,
  },
} as const satisfies RecordDefinition;
