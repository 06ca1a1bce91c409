/**
 * Gaps: places where the stream goes on, but not where it was.
 *
 * @module
 */

/** Why there is a gap. */
export type GapCause =
  /** The host no longer had everything after the cursor. */
  | "window-exceeded"
  /** The host counts anew, as after a change of relay. */
  | "sequence-reset"
  /** Another host is read, and not from where the one before was left. */
  | "host-changed"
  /** The cursor of the job is gone, and nothing shows how far it got; the place before has the number 0. */
  | "cursor-lost";

/** A place in the stream of one host. */
export interface Position {
  /** Host of the firehose, with its port if it has one. */
  readonly host: string;
  readonly seq: number;
  /** The message's time, verbatim; null if unknown. */
  readonly time: string | null;
}

/** Messages that are missing, or may be, between two places. */
export interface StreamGap {
  readonly cause: GapCause;
  /** The last message before. */
  readonly from: Position;
  /** The first message after. */
  readonly to: Position;
  /** How many messages that are at most; null where the numbers cannot tell. */
  readonly missing: number | null;
}
