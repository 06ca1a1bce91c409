/**
 * The place to resume at, and where it is kept.
 *
 * @module
 */

import type { CursorOwner } from "./owner.ts";

/** A place that was reached on a host. */
export interface Place {
  readonly seq: number;
  /** The time of the message at that number or shortly before it, RFC 3339 in UTC; null if unknown. */
  readonly time: string | null;
}

/** A place in one host's stream: sequence numbers of different hosts have nothing to do with each other. */
export interface Cursor {
  /** Host of the firehose, with its port if it has one; null in a file of the Python bridge. */
  readonly host: string | null;
  /** Everything up to this number was delivered. */
  readonly seq: number;
  /**
   * The time of the stream at that number or shortly before it, RFC 3339 in UTC: what many messages say together, as one
   * may be dated anyhow. Null if unknown.
   */
  readonly time: string | null;
  /** When it was saved, by the clock of who did, RFC 3339 in UTC; absent if unknown. */
  readonly savedAt?: string;
  /** The number of the run that saved it, counted over all runs of the job; absent in those of older versions. */
  readonly epoch?: number;
  /** Whose it is; absent in those of older versions and where lines are written. */
  readonly owner?: CursorOwner;
  /**
   * `DID/REV` of the last messages handled up to this one, the newest last, 64 at most; of a message without a revision
   * `DID/TYPE TIME`. By them a message is known if it comes again, from this host or another. Absent if unknown.
   */
  readonly recent?: readonly string[];
  /** The relay's sequence numbers grow by at most so many, but for one in a thousand; 1 where none is left out. Absent if unknown. */
  readonly usualStep?: number;
}

/** Keeps one cursor. */
export interface CursorStore {
  /** The cursor kept, or null if there is none yet. */
  load(): Promise<Cursor | null>;
  /** Keeps the cursor so that it outlives a crash of the machine. */
  save(cursor: Cursor): Promise<void>;
}

/** What is wrong with a cursor that cannot be read, kept or used. */
export type CursorErrorCode =
  | "CURSOR_INVALID"
  | "CURSOR_UNREADABLE"
  | "CURSOR_IN_USE"
  | "CURSOR_DISK_FULL"
  | "CURSOR_NOT_PERMITTED"
  | "CURSOR_UNWRITABLE"
  | "CURSOR_OF_OTHER_JOB";

/** The cursor cannot be read, kept or used. */
export class CursorError extends Error {
  override readonly name = "CursorError";

  constructor(readonly code: CursorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
