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
  /**
   * The time of the stream at that number or shortly before it, RFC 3339 in UTC: what many messages say together, as one
   * may be dated anyhow. Null if unknown.
   */
  readonly time: string | null;
  /** When it was saved, by the clock of who did, RFC 3339 in UTC; absent if unknown. */
  readonly savedAt?: string;
  /**
   * `DID/REV` of the last messages handled up to this one, the newest last, 64 at most; of a message without a revision
   * `DID/TYPE TIME`. By them a message is known if it comes again, from this host or another. Absent if unknown.
   */
  readonly recent?: readonly string[];
  /** The host's numbers go on by at most so many, but for one in a thousand; 1 where none is left out. Absent if unknown. */
  readonly usualStep?: number;
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

/** What a kept cursor says of the messages before it, and of the host's numbers; what is not usable is left out. */
export function readEvidence(kept: object): Pick<Cursor, "recent" | "usualStep"> {
  const recent = "recent" in kept && Array.isArray(kept.recent) ? kept.recent.filter(isText).slice(-MOST_RECENT) : [];
  const step = "usualStep" in kept ? kept.usualStep : null;
  return {
    ...(recent.length > 0 ? { recent } : {}),
    ...(typeof step === "number" && Number.isSafeInteger(step) && step >= 1 ? { usualStep: step } : {}),
  };
}

const MOST_RECENT = 64;

function isText(value: unknown): value is string {
  return typeof value === "string";
}
