/**
 * The first messages that a firehose sends after a cursor, or the first one, and no more.
 *
 * @module
 */
import { ErrorFrameReceived } from "./errors.ts";
import { decodeFrame, type ErrorFrame, isSequenced } from "../atproto/frame.ts";
import type { Rejected } from "../atproto/rejected.ts";
import type { PlaceSample } from "./seek.ts";
import { readSocket, type SocketOptions } from "./socket.ts";
import { messageTime, trendEnd } from "./stream_time.ts";

/** So many messages show the time of a place, and whether it was read before. */
const SAMPLED = 32;
/** A firehose that replays does not pause for so long, in milliseconds; a quiet one has no more then. */
const SILENCE_MS = 300;

/**
 * Dials, waits for the first message with a sequence number and takes those that come with it or soon after, and closes the
 * connection. `isHandled` says of a message's fingerprint whether it was handled before; `now` is in milliseconds since
 * 1970.
 *
 * @throws {ConnectionEnd} if none comes, on abort too
 */
export async function sampleAfter(
  options: SocketOptions,
  isHandled: (print: number) => boolean,
  now: () => number,
  signal: AbortSignal,
): Promise<PlaceSample> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const times: number[] = [];
  let seq: number | null = null;
  let messages = 0;
  let handled = 0;
  const sampled = () => ({ seq: seq ?? 0, timeMs: trendEnd(Float64Array.from(times).reverse()), messages, handled });
  try {
    for await (const batch of readSocket(options, AbortSignal.any([signal, silence.signal]))) {
      const nowMs = now();
      for (const bytes of batch) {
        const frame = decodeFrame(bytes);
        if (frame.kind === "error" && seq === null) throw new ErrorFrameReceived(frame.error, frame.message);
        if (!isSequenced(frame)) continue;
        seq ??= frame.seq;
        messages++;
        if (isHandled(frame.fingerprint)) handled++;
        const timeMs = messageTime(frame, nowMs);
        if (!Number.isNaN(timeMs)) times.push(timeMs);
        if (messages === SAMPLED) return sampled();
      }
      clearTimeout(timer);
      if (seq !== null) timer = setTimeout(() => silence.abort(), SILENCE_MS);
    }
  } catch (error) {
    // What came before the end is enough.
    if (seq === null) throw error;
  } finally {
    clearTimeout(timer);
  }
  signal.throwIfAborted();
  return sampled();
}

/** The first message with a sequence number; `notes` are the names of what the server said before it. */
export interface FirstMessage {
  readonly kind: "message";
  readonly seq: number;
  readonly time: string;
  readonly notes: readonly string[];
}

/**
 * What a firehose sends first: a message with a sequence number, an error frame, or what cannot be decoded; null where
 * the signal aborts before.
 *
 * @throws {ConnectionEnd} if none of them comes
 */
export async function firstMessage(
  options: SocketOptions,
  signal: AbortSignal,
): Promise<FirstMessage | ErrorFrame | Rejected | null> {
  const notes: string[] = [];
  for await (const batch of readSocket(options, signal)) {
    for (const bytes of batch) {
      const frame = decodeFrame(bytes);
      if (frame.kind === "error" || frame.kind === "rejected") return frame;
      // The message is freed with the connection.
      if (frame.kind !== "info") return { kind: "message", seq: frame.seq, time: frame.time, notes };
      notes.push(frame.name);
    }
  }
  return null;
}
