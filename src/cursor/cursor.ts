/**
 * The place to resume at, and where it is kept.
 *
 * @module
 */

/** A place in one host's stream: sequence numbers of different hosts have nothing to do with each other. */
export interface Cursor {
  /** Host of the firehose, with its port if it has one; null in a file of the Python bridge. */
  readonly host: string | null;
  /** Everything up to this number was delivered. */
  readonly seq: number;
  /** The time of the message at that number or shortly before it, RFC 3339 in UTC; null if unknown. */
  readonly time: string | null;
  /** When it was saved, by the clock of who did, RFC 3339 in UTC; absent if unknown. */
  readonly savedAt?: string;
}

/** Keeps one cursor. */
export interface CursorStore {
  /** The cursor kept, or null if there is none yet. */
  load(): Promise<Cursor | null>;
  /** Keeps the cursor so that it outlives a crash of the machine. */
  save(cursor: Cursor): Promise<void>;
}

/** The cursor cannot be read or kept. */
export class CursorError extends Error {
  override readonly name = "CursorError";
}
