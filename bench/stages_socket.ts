/**
 * The stages that only receive.
 *
 * @module
 */
import { GATHER_MS } from "../src/upstream/socket.ts";
import type { SubscribeObserver } from "../src/upstream/observer.ts";
import { Subscription } from "../src/upstream/subscribe.ts";
import type { SubscribeOptions } from "../src/upstream/subscribe_options.ts";
import { wait } from "../src/async.ts";
import { type Figures, Meter } from "./measure.ts";
import type { StageInput } from "./stage_input.ts";

const nothing = () => {};

/** Observes nothing of a subscription. */
export const QUIET_SUBSCRIPTION: SubscribeObserver = {
  connecting: nothing,
  connected: nothing,
  disconnected: nothing,
  switched: nothing,
  paused: nothing,
  held: nothing,
  released: nothing,
  gap: nothing,
  repeated: nothing,
  info: nothing,
};

/** How the stages subscribe. */
export function subscribeOptions(url: string): SubscribeOptions {
  return {
    urls: [url],
    cursor: 0,
    cursorTime: null,
    recent: [],
    usualStep: null,
    left: null,
    seek: "none",
    known: new Map(),
    rewindMs: 0,
    userAgent: "bluesky_firehose-bench",
    idleTimeoutMs: 30_000,
    maxBufferedBytes: 8_388_608,
    gatherMs: GATHER_MS,
    backoff: { firstMs: 100, longestMs: 1000 },
    random: Math.random,
    wait,
    now: Date.now,
  };
}

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
  const unbounded = { full: false, drained: () => Promise.resolve() };
  const meter = new Meter();
  let count = 0;
  for await (const batch of new Subscription(subscribeOptions(url), unbounded, QUIET_SUBSCRIPTION, stop.signal)) {
    if (count < warm) meter.start();
    count += batch.length;
    if (count >= warm + frames) return meter.stop(frames);
  }
  throw new Error(`The subscription ended after ${count} frames`);
}
