/**
 * What can be remembered.
 *
 * @module
 */

/** Each memory by its name. The file of the first two is beside the cursor's, with this at the end. */
export const MEMORIES = ["repos", "subjects", "identities"] as const;

/** One of {@linkcode MEMORIES}. */
export type MemoryName = typeof MEMORIES[number];
