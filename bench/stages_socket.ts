/**
 * The stages that only receive.
 *
 * @module
 */
import type { FrameDecoder } from "../src/atproto/frame_decoder.ts";
import { subscribeOptions } from "../src/app/subscription.ts";
import { Subscription } from "../src/upstream/subscribe_repos.ts";
import type { Pressure, UpstreamObserver } from "../src/upstream/upstream.ts";
import { type Figures, Meter } from "./measure.ts";
import type { StageInput } from "./stage_input.ts";

const nothing = () => {};

/** Observes nothing of a subscription. */
export const QUIET_SUBSCRIPTION: UpstreamObserver = {
  connecting: nothing,
  connected: nothing,
  disconnected: nothing,
  paused: nothing,
  resumed: () => {},
  repeated: nothing,
  info: nothing,
};

/** Our subscription to a firehose, all of which it still has. */
export function subscription(
  url: string,
  observer: UpstreamObserver,
  signal: AbortSignal,
  pressure: Pressure = EASE,
  decoder?: FrameDecoder,
): Subscription {
  const start = { at: { kind: "after", seq: 0, time: null }, recent: [], usualStep: null, known: new Map() } as const;
  const options = subscribeOptions({
    urls: [url],
    start,
    rewindMs: 0,
    idleTimeoutMs: 30_000,
    maxPauseMs: 60_000,
    through: null,
  });
  return new Subscription(options, pressure, observer, signal, decoder);
}

const EASE: Pressure = { full: false, drained: () => Promise.resolve() };

/** A native WebSocket that does nothing with what it receives: what the runtime itself spends. */
export function socket({ url, warm, frames }: StageInput): Promise<Figures> {
  const { promise, resolve, reject } = Promise.withResolvers<Figures>();
  const connection = new WebSocket(`${url}?cursor=0`);
  connection.binaryType = "arraybuffer";
  const meter = new Meter();
  let count = 0;
  connection.onmessage = () => {
    if (++count === warm) meter.start();
    if (count === warm + frames) resolve(meter.stop(frames));
  };
  connection.onclose = () => reject(new Error(`The connection ended after ${count} frames`));
  return promise;
}

/** Our subscription: connection, bounds, idle timer; nothing decoded. */
export async function receive({ url, warm, frames }: StageInput): Promise<Figures> {
  const stop = new AbortController();
  const meter = new Meter();
  let count = 0;
  for await (const batch of subscription(url, QUIET_SUBSCRIPTION, stop.signal)) {
    if (count < warm) meter.start();
    count += batch.messages.length;
    if (count >= warm + frames) return meter.stop(frames);
  }
  throw new Error(`The subscription ended after ${count} frames`);
}
