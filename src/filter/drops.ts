/**
 * What becomes of operations: how many there were, and why some of them become no event.
 *
 * @module
 */

/** Every reason for which an operation is left out, and what it says. The sample rate is not among them. */
export const FILTERED = {
  shard: "the account belongs to the shard of another instance",
  did: "the account is not on the list of included accounts, or is on that of excluded ones",
  write: "the operation is a create or update, which are not configured",
  delete: "the operation is a delete, which are not configured",
  action: "the action is unknown to this version",
  collection: "the collection is not configured",
  reply: "the post is a reply and only thread starters are configured, or the reverse",
  language: "the post has none of the configured languages",
} as const satisfies Record<string, string>;

/** One of {@linkcode FILTERED}. */
export type FilterReason = keyof typeof FILTERED;

/** Counts of operations. */
export interface OperationCounts {
  /** All there were, but those of commits that were of no use as a whole. */
  operations: number;
  /** Those left out, by reason. */
  readonly filtered: Record<FilterReason, number>;
  /** Those of records that are not in the sample. */
  sampledOut: number;
}

/** Counts at the beginning. */
export function noOperations(): OperationCounts {
  const zeros = Object.keys(FILTERED).map((reason) => [reason, 0]);
  return { operations: 0, filtered: Object.fromEntries(zeros) as Record<FilterReason, number>, sampledOut: 0 };
}
