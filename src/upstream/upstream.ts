/**
 * A firehose as the pipeline knows it: an endless stream of items in order. What happens to the stream stands in it, at
 * its place: a gap comes right before the first message after it.
 *
 * @module
 */
import type { MessageList } from "../atproto/bytes/messages.ts";
import type { SequencedFrame } from "../atproto/frame.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { EndKind } from "./errors.ts";
import type { Position, StreamGap } from "./gap.ts";

/** What stands in the stream. */
export type UpstreamItem =
  /** A decoded message with a sequence number; its position is that and its time, on the relay that is read. */
  | SequencedFrame
  /**
   * A message that cannot be decoded. `seq` is its own, else that of the message before it; null where neither is
   * known.
   */
  | { readonly kind: "rejected"; readonly rejected: Rejected; readonly bytes: Uint8Array; readonly seq: number | null }
  /** The stream resumes after a gap. It comes before the first message after it, unless it was `held`. */
  | { readonly kind: "gap"; readonly gap: StreamGap }
  /** There may be a gap before the next message. A `gap` or `released` follows, before the stream ends at the latest. */
  | { readonly kind: "held"; readonly gap: StreamGap }
  /** What was held is no gap. */
  | { readonly kind: "released" }
  /** Another relay is read from here on. */
  | { readonly kind: "switched"; readonly from: string; readonly to: string };

/**
 * Items that came together, decoded while they are iterated: once, and to the end, or the upstream does not know that
 * they were handled. They hold until the next batch is asked for, and so do the messages.
 */
export interface UpstreamBatch extends Iterable<UpstreamItem> {
  /** All messages as they came, also those that are no items: repeated ones, and what the server says of itself. */
  readonly messages: MessageList;
}

/**
 * The stream; iterate it once. It ends when the signal aborts that it was opened with, after a last batch where something
 * is still held.
 *
 * @throws {ConnectionEnd} while iterating, if dialling again cannot help
 */
export interface Upstream extends AsyncIterable<UpstreamBatch> {
  /** The URL of the relay that is read, without a cursor. */
  readonly url: string;
  /** Its host, with its port if it has one. */
  readonly host: string;
  /** The time of the stream at the last item, in milliseconds since 1970; null if unknown. */
  readonly timeMs: number | null;
  /** By how many the relay's sequence numbers usually grow; null while unknown. */
  readonly usualStep: number | null;
}

/** Where a stream begins, on the first of its relays. */
export type StartAt =
  /** With what comes next. */
  | { readonly kind: "live" }
  /**
   * After this sequence number, 0 being before everything that the relay still has; the time of that message, null if
   * unknown.
   */
  | { readonly kind: "after"; readonly seq: number; readonly time: string | null }
  /** With what the relay got at this time, RFC 3339, or shortly before. */
  | { readonly kind: "time"; readonly time: string }
  /**
   * At a place on another relay, whose sequence number says nothing here. `seeks`: from some time before it, so that
   * messages come again, which prove that none is missing; else live, with a gap.
   */
  | { readonly kind: "other-relay"; readonly left: Position; readonly seeks: boolean }
  /** Live, with a gap: the place is lost. */
  | { readonly kind: "lost" };

/** A place on one relay up to which all was handled; its time is null if unknown. */
export type HandledPlace = Pick<Position, "seq" | "time">;

/** Where a stream begins, and what earlier runs know of it. */
export interface StartPoint {
  readonly at: StartAt;
  /** `DID/REV` of the last messages handled before it, the newest last, by which they are known if they come again. */
  readonly recent: readonly string[];
  /** By how many the first relay's sequence numbers usually grow; null if unknown. */
  readonly usualStep: number | null;
  /** Places, by host, up to which all was handled. */
  readonly known: ReadonlyMap<string, HandledPlace>;
}

/** Says whether more may be read. */
export interface Pressure {
  readonly full: boolean;
  /** Resolves when half has drained, or on abort. */
  drained(signal: AbortSignal): Promise<void>;
}

/** What happens to the connections, for logs and counts. */
export interface UpstreamObserver {
  connecting(event: { readonly url: string; readonly cursor: number | null; readonly attempt: number }): void;
  connected(event: { readonly cursor: number | null }): void;
  disconnected(event: { readonly kind: EndKind; readonly reason: string; readonly retryInMs: number }): void;
  /** The memory limit is reached: reading is paused, on the connection, or without one after it was closed. */
  paused(event: { readonly after: number | null; readonly isConnected: boolean }): void;
  /** Enough of it is free: reading resumes. */
  resumed(): void;
  repeated(event: { readonly seq: number }): void;
  info(event: { readonly name: string; readonly message: string }): void;
}
