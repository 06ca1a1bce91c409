/**
 * Deletes of the records that have a type of their own. The message of a delete names the record alone.
 *
 * @module
 */
import type { DeleteDefinition, RecordDefinition } from "../definition.ts";
import {
  DID,
  HANDLE,
  INDEXED_AT,
  PREV_CID,
  RKEY,
  SEQ,
  URI,
  WAS_SUBJECT,
  WAS_SUBJECT_CID,
  WAS_SUBJECT_URI,
} from "../fields.ts";
import { BLOCK } from "./block.ts";
import { FOLLOW } from "./follow.ts";
import { LIKE } from "./like.ts";
import { POST } from "./post.ts";
import { PROFILE } from "./profile.ts";
import { REPOST } from "./repost.ts";

/** What the record was about. */
const ABOUT_A_POST = { subject_uri: WAS_SUBJECT_URI, subject_cid: WAS_SUBJECT_CID };
const ABOUT_AN_ACCOUNT = { subject: WAS_SUBJECT };

/** A delete of a post. */
export const POST_DELETED = deleteOf(POST, "A post was deleted.");
/** A delete of a like. */
export const LIKE_DELETED = deleteOf(LIKE, "An account took a like back.", ABOUT_A_POST);
/** A delete of a repost. */
export const REPOST_DELETED = deleteOf(REPOST, "An account took a repost back.", ABOUT_A_POST);
/** A delete of a follow. */
export const FOLLOW_DELETED = deleteOf(FOLLOW, "An account unfollowed another.", ABOUT_AN_ACCOUNT);
/** A delete of a block. */
export const BLOCK_DELETED = deleteOf(BLOCK, "An account unblocked another.", ABOUT_AN_ACCOUNT);
/** A delete of a profile. */
export const PROFILE_DELETED = deleteOf(PROFILE, "An account's profile was deleted.");

function deleteOf(
  { type, collection }: RecordDefinition,
  doc: string,
  subject: DeleteDefinition["fields"] = {},
): DeleteDefinition {
  return {
    type: `${type}.Deleted`,
    kind: "deletes",
    collection,
    key: "uri",
    doc,
    fields: {
      uri: URI,
      did: DID,
      handle: HANDLE,
      rkey: RKEY,
      prev_cid: PREV_CID,
      ...subject,
      indexed_at: INDEXED_AT,
      seq: SEQ,
    },
  };
}
