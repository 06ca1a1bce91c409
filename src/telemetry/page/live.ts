/**
 * Server-sent events for those who look at the status page: what changed since the last time, to each what it has not
 * got. Where nobody looks, nothing is rendered and no timer runs.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import type { HttpStream } from "../http.ts";

/** Bounds on clients, and how often they get something, in milliseconds. */
export interface LiveOptions {
  readonly clients: number;
  readonly updateMs: number;
  readonly heartbeatMs: number;
}

/** Renderings are shared by clients that ask within this part of an update. */
const SHARED = 0.5;

/** The clients. */
export class LiveClients {
  readonly #render: () => Readonly<Record<string, string>>;
  readonly #options: LiveOptions;
  readonly #clock: () => number;
  #clients = 0;
  #rendered: { readonly atMs: number; readonly parts: Readonly<Record<string, string>> } | null = null;

  /** `render` gives HTML by the id of its place; `clock` is in milliseconds. */
  constructor(render: () => Readonly<Record<string, string>>, options: LiveOptions, clock: () => number) {
    this.#render = render;
    this.#options = options;
    this.#clock = clock;
  }

  /** The stream of one more client, which counts until it ends; null: there are as many as there may be. */
  join(): HttpStream | null {
    if (this.#clients >= this.#options.clients) return null;
    return async (write, signal) => {
      // Another one may have begun since.
      if (this.#clients >= this.#options.clients) return;
      this.#clients++;
      try {
        await this.#send(write, signal);
      } finally {
        this.#clients--;
        if (this.#clients === 0) this.#rendered = null;
      }
    };
  }

  /** A client that takes longer to read gets the newest the next time: nothing is queued. */
  async #send(write: (text: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { updateMs, heartbeatMs } = this.#options;
    const sent = new Map<string, string>();
    let sentMs = this.#clock();
    await write("retry: 3000\n\n");
    while (!signal.aborted) {
      const changed = Object.entries(this.#parts()).filter(([id, html]) => sent.get(id) !== html);
      for (const [id, html] of changed) sent.set(id, html);
      const isSilent = changed.length === 0 && this.#clock() - sentMs >= heartbeatMs;
      if (changed.length > 0 || isSilent) {
        // JSON has no line ends of its own, so that it is one line of data.
        await write(isSilent ? ": heartbeat\n\n" : `data: ${JSON.stringify(Object.fromEntries(changed))}\n\n`);
        sentMs = this.#clock();
      }
      await after(updateMs, undefined, { signal }).catch(() => {});
    }
  }

  #parts(): Readonly<Record<string, string>> {
    const nowMs = this.#clock();
    if (this.#rendered === null || nowMs - this.#rendered.atMs >= this.#options.updateMs * SHARED) {
      this.#rendered = { atMs: nowMs, parts: this.#render() };
    }
    return this.#rendered.parts;
  }
}
