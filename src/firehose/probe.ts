/**
 * The first message that a firehose sends, and no more.
 *
 * @module
 */
import { ErrorFrameReceived, Overrun } from "./errors.ts";
import { decodeFrame } from "./frame.ts";
import type { Moment } from "./locate.ts";
import { readSocket, type SocketOptions } from "./socket.ts";

/**
 * Dials, waits for the first message with a number, and closes the connection.
 *
 * @throws {ConnectionEnd} if none comes, on abort too
 */
export async function firstMoment(options: SocketOptions, signal: AbortSignal): Promise<Moment> {
  for await (const batch of readSocket(options, signal)) {
    for (const bytes of batch) {
      const frame = decodeFrame(bytes);
      if (frame.kind === "error") throw new ErrorFrameReceived(frame.error, frame.message);
      if (frame.kind === "commit" || frame.kind === "other") {
        return { seq: frame.seq, timeMs: Date.parse(frame.time) };
      }
    }
  }
  throw new Overrun();
}
