/**
 * What can be remembered.
 *
 * @module
 */

/** Each memory by its name: the file of it is beside the cursor's, with this at the end. */
export const MEMORIES = ["repos", "subjects"] as const;

/** One of {@linkcode MEMORIES}. */
export type MemoryName = typeof MEMORIES[number];
