/**
 * The registry of event types: each is declared in one file of types/, as rows. What is emitted, the tables of EVENTS.md,
 * --help and the schemas in other languages (src/schemas) come from it.
 *
 * @module
 */
import type { EventDefinition, RecordDefinition } from "./definition.ts";
import { BLOCK } from "./types/block.ts";
import { DEAD_LETTER } from "./types/dead_letter.ts";
import { FOLLOW } from "./types/follow.ts";
import { GAP } from "./types/gap.ts";
import { LIKE } from "./types/like.ts";
import { POST } from "./types/post.ts";
import { PROFILE } from "./types/profile.ts";
import { REPOST } from "./types/repost.ts";

/** The event types of records, in the order of the documents; no two of one collection. */
export const RECORD_TYPES: readonly RecordDefinition[] = [POST, LIKE, REPOST, FOLLOW, BLOCK, PROFILE];

/** Every event type: those of records, then those about the stream itself. */
export const EVENT_TYPES: readonly EventDefinition[] = [...RECORD_TYPES, GAP, DEAD_LETTER];

/** The collections whose records have an event type, in the order of the registry. */
export const COLLECTIONS: readonly string[] = RECORD_TYPES.map(({ collection }) => collection);
