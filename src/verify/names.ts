/**
 * The words of verification that others count by.
 *
 * @module
 */

/** What a document that was asked for once more came to, after a signature that the known key does not fit. */
export const KEY_REFRESHES = ["same", "changed", "unanswered"] as const;

/** One of {@linkcode KEY_REFRESHES}. */
export type KeyRefresh = typeof KEY_REFRESHES[number];

/** What happens on the way to a verdict, for counts. */
export interface VerifyObserver {
  /** A document was asked for once more. */
  keyRefreshed(result: KeyRefresh): void;
}
