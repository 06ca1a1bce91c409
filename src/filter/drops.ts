/**
 * What becomes of operations: how many there were, and why some of them become no event.
 *
 * @module
 */

/** Every reason for which an operation is left out, and what it says. The sample rate is not among them. */
export const FILTERED = {
  shard: "its account is in the shard of another instance",
  did: "its account is not on the list of wanted ones, or is on that of excluded ones",
  write: "it creates or updates a record, and such are not wanted",
  delete: "it deletes a record, and such are not wanted",
  action: "it is of a kind that this version does not know",
  collection: "its collection is not among the wanted ones",
  reply: "it is a reply where posts that begin a thread are wanted, or the reverse",
  language: "it is a post in none of the wanted languages",
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
