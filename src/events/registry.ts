/**
 * The registry of event types: each is declared in one file of types/, as rows. What is emitted, the tables of EVENTS.md,
 * --help and the schemas in other languages (src/schemas) come from it.
 *
 * @module
 */
import {
  type AccountDefinition,
  type DeleteDefinition,
  type EventDefinition,
  EVERY_OTHER,
  type RecordDefinition,
} from "./definition.ts";
import { SORT_TIME, WHOLE_RECORD } from "./fields.ts";
import { ACCOUNT } from "./types/account.ts";
import { BLOCK } from "./types/block.ts";
import { DEAD_LETTER } from "./types/dead_letter.ts";
import {
  BLOCK_DELETED,
  FOLLOW_DELETED,
  LIKE_DELETED,
  POST_DELETED,
  PROFILE_DELETED,
  REPOST_DELETED,
} from "./types/deleted.ts";
import { FOLLOW } from "./types/follow.ts";
import { GAP } from "./types/gap.ts";
import { IDENTITY } from "./types/identity.ts";
import { LIKE } from "./types/like.ts";
import { POST } from "./types/post.ts";
import { PROFILE } from "./types/profile.ts";
import { RECORD } from "./types/record.ts";
import { RECORD_DELETED } from "./types/record_deleted.ts";
import { REPO_GAP } from "./types/repo_gap.ts";
import { REPOST } from "./types/repost.ts";
import { SYNC } from "./types/sync.ts";

/** The event types of records, in the order of the documents; no two of one collection. */
export const RECORD_TYPES: readonly RecordDefinition[] = [POST, LIKE, REPOST, FOLLOW, BLOCK, PROFILE, RECORD];

/** What all types have of which events hold whole records. */
const WHOLE_RECORD_FIELDS = {
  record: { ...WHOLE_RECORD, isOptional: true },
  sort_time: { ...SORT_TIME, isOptional: true },
} as const;

/** The same with the whole record in each. */
export const WHOLE_RECORD_TYPES: readonly RecordDefinition[] = RECORD_TYPES.map((definition) => ({
  ...definition,
  // What a type has anyhow stands at its own place.
  fields: { ...definition.fields, ...WHOLE_RECORD_FIELDS, ...definition.fields },
}));

/** The event types of deletes, in the same order. */
export const DELETE_TYPES: readonly DeleteDefinition[] = [
  POST_DELETED,
  LIKE_DELETED,
  REPOST_DELETED,
  FOLLOW_DELETED,
  BLOCK_DELETED,
  PROFILE_DELETED,
  RECORD_DELETED,
];

/** The event types about accounts. */
export const ACCOUNT_TYPES: readonly AccountDefinition[] = [IDENTITY, ACCOUNT, SYNC];

/** Every event type: those of records, of deletes, about accounts, then those about the stream itself. */
export const EVENT_TYPES: readonly EventDefinition[] = [
  ...WHOLE_RECORD_TYPES,
  ...DELETE_TYPES,
  ...ACCOUNT_TYPES,
  GAP,
  REPO_GAP,
  DEAD_LETTER,
];

/** The collections whose records have an event type of their own, in the order of the registry. */
export const COLLECTIONS: readonly string[] = RECORD_TYPES.map(({ collection }) => collection)
  .filter((collection) => collection !== EVERY_OTHER);
