/**
 * Gaps: places where the stream resumes, but not where it was.
 *
 * @module
 */

/** Why there is a gap. */
export type GapCause =
  /** The relay no longer had everything after the cursor. */
  | "window-exceeded"
  /** The relay counts anew, as one does that was replaced. */
  | "sequence-reset"
  /** Another relay is read, and not from the place that was reached on the one before. */
  | "host-changed"
  /** The cursor of the job is gone, and nothing shows how far it got; the place before has the sequence number 0. */
  | "cursor-lost";

/** A place in the stream of one relay. */
export interface Position {
  /** Host of the relay, with its port if it has one. */
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
  /** How many messages that are at most; null where the sequence numbers do not show it. */
  readonly missing: number | null;
}
