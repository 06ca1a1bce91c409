/**
 * A subscription that a test reads from, with waits that take no time.
 *
 * @module
 */
import { decodeFrame } from "../../src/atproto/frame.ts";
import type { SubscribeObserver } from "../../src/upstream/observer.ts";
import { Subscription } from "../../src/upstream/subscribe.ts";
import type { Pressure, SubscribeOptions } from "../../src/upstream/subscribe_options.ts";
import { numbered } from "./relay.ts";

/** A destination that takes everything at once. */
export const EASE: Pressure = { full: false, drained: () => Promise.resolve() };

/** Runs a subscription until `enough` holds, and notes all that happens. Waits take no time, and are noted. */
export class Reading {
  readonly waits: number[] = [];
  readonly told: string[] = [];
  readonly seqs: number[] = [];
  readonly stop = new AbortController();
  readonly done: Promise<void>;
  rejected = 0;

  constructor(
    url: string,
    enough: (reading: Reading) => boolean,
    { onBatch = () => Promise.resolve(), ...changes }: Partial<SubscribeOptions> & { onBatch?: () => Promise<void> } =
      {},
    pressure: Pressure = EASE,
  ) {
    const options: SubscribeOptions = {
      urls: [url],
      cursor: null,
      cursorTime: null,
      recent: [],
      usualStep: null,
      left: null,
      seek: "none",
      known: new Map(),
      rewindMs: 60_000,
      userAgent: "test/1",
      idleTimeoutMs: 20_000,
      maxBufferedBytes: 1_000_000,
      gatherMs: 0,
      backoff: { firstMs: 1000, longestMs: 60_000 },
      random: () => 1,
      now: Date.now,
      wait: (ms) => {
        this.waits.push(ms);
        if (enough(this)) this.stop.abort();
        return Promise.resolve();
      },
      ...changes,
    };
    this.done = this.#read(new Subscription(options, pressure, this.#observer(), this.stop.signal), enough, onBatch);
  }

  async #read(
    subscription: Subscription,
    enough: (reading: Reading) => boolean,
    onBatch: () => Promise<void>,
  ): Promise<void> {
    for await (const batch of subscription) {
      for (const bytes of batch) {
        const frame = decodeFrame(bytes);
        if (frame.kind === "rejected") this.rejected++;
        else if (subscription.accept(frame)) this.seqs.push(frame.seq);
      }
      await onBatch();
      if (enough(this)) this.stop.abort();
    }
    subscription.settle(true);
  }

  #observer(): SubscribeObserver {
    const note = (text: string) => void this.told.push(text);
    return {
      connecting: () => {},
      connected: ({ cursor }) => note(`connected ${cursor}`),
      disconnected: ({ reason }) => note(reason),
      switched: ({ from, to }) => note(`switched ${from} ${to}`),
      paused: ({ after }) => note(`paused ${after}`),
      held: ({ cause, to }) => note(`held ${cause} ${to.seq}`),
      released: () => note("released"),
      gap: ({ cause, from, to, missing }) =>
        note(`${cause} ${from.seq} ${from.time} ${to.seq} ${to.time} ${missing} ${from.host === to.host}`),
      repeated: ({ seq }) => note(`repeated ${seq}`),
      info: ({ name, message }) => note(`info ${name} ${message}`),
    };
  }
}

/** Sends messages with these numbers. */
export function send(socket: WebSocket, ...seqs: number[]): void {
  for (const seq of seqs) socket.send(numbered(seq));
}
