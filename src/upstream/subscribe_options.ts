/**
 * The settings of a subscription.
 *
 * @module
 */
import type { BackoffOptions } from "./backoff.ts";
import type { Position } from "./gap.ts";

/**
 * How the place that was left is found on a host that does not know its number: not at all (`none`), the stream begins
 * live; from some time before it (`before`), so that messages come again, which prove that none is missing; or at its
 * time (`at`), which was chosen.
 */
export type Seek = "none" | "before" | "at";

/** A place on one host up to which all was handled; its time is null if unknown. */
export type HandledPlace = Pick<Position, "seq" | "time">;

/** Settings of a subscription. */
export interface SubscribeOptions {
  /** The subscribeRepos URLs without a cursor, each of another host, in the order in which they are to be tried. */
  readonly urls: readonly string[];
  /** Resume after this number of the first host: null is live, 0 everything the server still has. */
  readonly cursor: number | null;
  /** The time of the stream at `cursor`, RFC 3339; null if unknown. */
  readonly cursorTime: string | null;
  /** `DID/REV` of the last messages that were handled, by which they are known if they come again. */
  readonly recent: readonly string[];
  /** The usual step of the first host's numbers, as an earlier run has learned it; null if unknown. */
  readonly usualStep: number | null;
  /** Where the stream was on another host, whose number says nothing on the first one; 0 if it is lost; null if nowhere. */
  readonly left: Position | null;
  readonly seek: Seek;
  /** Places, by host, up to which all was handled. */
  readonly known: ReadonlyMap<string, HandledPlace>;
  /** How far before the place where one host was left the next one is read from, in milliseconds. */
  readonly rewindMs: number;
  readonly userAgent: string;
  readonly idleTimeoutMs: number;
  readonly maxBufferedBytes: number;
  /** Where messages come one by one, how long others are waited for to go with them, in milliseconds. */
  readonly gatherMs: number;
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  /** Resolves after so many milliseconds, or at once on abort. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Tells whether more may be read. */
export interface Pressure {
  readonly full: boolean;
  /** Resolves when half has drained, or on abort. */
  drained(signal: AbortSignal): Promise<void>;
}
