/**
 * A subscription that a test reads from, with waits that take no time.
 *
 * @module
 */
import { type SubscribeOptions, Subscription } from "../../src/upstream/subscribe_repos.ts";
import type { Pressure, StartAt, UpstreamItem, UpstreamObserver } from "../../src/upstream/upstream.ts";
import { numbered } from "./relay.ts";

/** A destination that takes everything at once. */
export const EASE: Pressure = { full: false, drained: () => Promise.resolve() };

type Changes = Partial<Omit<SubscribeOptions, "start">> & {
  readonly at?: StartAt;
  readonly onBatch?: () => Promise<void>;
};

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
    { onBatch = () => Promise.resolve(), at = { kind: "live" }, ...changes }: Changes = {},
    pressure: Pressure = EASE,
  ) {
    const options: SubscribeOptions = {
      urls: [url],
      start: { at, recent: [], usualStep: null, known: new Map() },
      rewindMs: 60_000,
      maxPauseMs: 30_000,
      userAgent: "test/1",
      idleTimeoutMs: 20_000,
      maxBufferedBytes: 1_000_000,
      gatherMs: 0,
      backoff: { firstMs: 1000, longestMs: 60_000 },
      through: null,
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
      for (const item of batch) this.#take(item);
      await onBatch();
      if (enough(this)) this.stop.abort();
    }
  }

  #take(item: UpstreamItem): void {
    switch (item.kind) {
      case "rejected":
        this.rejected++;
        break;
      case "gap": {
        const { cause, from, to, missing } = item.gap;
        const isSameHost = from.host === to.host;
        this.told.push(`${cause} ${from.seq} ${from.time} ${to.seq} ${to.time} ${missing} ${isSameHost}`);
        break;
      }
      case "held":
        this.told.push(`held ${item.gap.cause} ${item.gap.to.seq}`);
        break;
      case "released":
        this.told.push("released");
        break;
      case "switched":
        this.told.push(`switched ${item.from} ${item.to}`);
        break;
      default:
        this.seqs.push(item.seq);
    }
  }

  #observer(): UpstreamObserver {
    const note = (text: string) => void this.told.push(text);
    return {
      connecting: () => {},
      connected: ({ cursor }) => note(`connected ${cursor}`),
      disconnected: ({ reason }) => note(reason),
      paused: ({ after, isConnected }) => note(`${isConnected ? "paused" : "left"} ${after}`),
      resumed: () => note("resumed"),
      repeated: ({ seq }) => note(`repeated ${seq}`),
      info: ({ name, message }) => note(`info ${name} ${message}`),
    };
  }
}

/** Sends messages with these numbers. */
export function send(socket: WebSocket, ...seqs: number[]): void {
  for (const seq of seqs) socket.send(numbered(seq));
}

/** Resuming after a number. */
export function after(seq: number, time: string | null = null): StartAt {
  return { kind: "after", seq, time };
}
