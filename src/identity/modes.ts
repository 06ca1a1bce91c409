/**
 * What handles are taken for true.
 *
 * @module
 */

/** None; what the account's document claims; what the domain of the handle confirms too. */
export const HANDLE_MODES = ["off", "claimed", "verified"] as const;

/** From where on the export of a directory is followed: nowhere; now; its beginning. */
export const EXPORT_MODES = ["off", "new", "all"] as const;

/** One of {@linkcode HANDLE_MODES}. */
export type HandleMode = typeof HANDLE_MODES[number];
