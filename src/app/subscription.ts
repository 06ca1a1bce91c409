/**
 * How every command reads a firehose.
 *
 * @module
 */
import { wait } from "../async.ts";
import type { SocketOptions } from "../upstream/socket.ts";
import type { SubscribeOptions } from "../upstream/subscribe_repos.ts";
import { USER_AGENT } from "../version.ts";

/** What all connections to a firehose have in common. */
export const CONNECTION = {
  userAgent: USER_AGENT,
  maxBufferedBytes: 2_097_152,
  /** A fifth of how long records wait for others before they are sent. */
  gatherMs: 10,
} as const satisfies Partial<SocketOptions>;

/** The settings of a subscription, with those that no option of the command line has. */
export function subscribeOptions(
  options: Pick<SubscribeOptions, "urls" | "start" | "rewindMs" | "idleTimeoutMs" | "maxPauseMs" | "through">,
): SubscribeOptions {
  return {
    ...CONNECTION,
    ...options,
    backoff: { firstMs: 1000, longestMs: 60_000 },
    random: Math.random,
    wait,
    now: Date.now,
  };
}
