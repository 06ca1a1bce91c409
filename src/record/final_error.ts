/**
 * What ends a producer for good: doing the same again would end in the same way.
 *
 * @module
 */

/** An error that no retry helps against. */
export class FinalError extends Error {}
