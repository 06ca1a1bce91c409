/**
 * How long the stream may yet stand before the firehose no longer has what comes next: a firehose keeps its messages
 * for a while, and a stream that is further behind than that loses some.
 *
 * @module
 */
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Keeps the time until loss, and warns when half of the window is gone. */
export class ReplayWindow {
  readonly #windowMs: number;
  readonly #metrics: Metrics;
  readonly #log: Log;
  readonly #now: () => number;
  #told: "nothing" | "half" | "loss" = "nothing";

  /** `windowMs` is how long the firehose keeps a message; `now` is in milliseconds since 1970. */
  constructor(windowMs: number, metrics: Metrics, log: Log, now: () => number) {
    this.#windowMs = windowMs;
    this.#metrics = metrics;
    this.#log = log;
    this.#now = now;
  }

  /** Brings the time until loss up to date; call it every second or so. */
  check(): void {
    const leftMs = this.#leftMs();
    this.#metrics.secondsUntilLoss = leftMs === null ? null : Math.max(0, Math.floor(leftMs / 1000));
    if (leftMs === null) return;
    const state = leftMs <= 0 ? "loss" : leftMs < this.#windowMs / 2 ? "half" : "nothing";
    if (state === this.#told) return;
    // On the way back from the end of the window, half has been told of.
    if (state === "half" && this.#told === "nothing") {
      this.#log("warn", "Half of what the firehose keeps is used up; events are lost unless the stream catches up", {
        secondsUntilLoss: this.#metrics.secondsUntilLoss,
      });
    } else if (state === "loss") {
      this.#log("error", "The stream stands where the firehose no longer has what comes next; events are lost", {
        windowHours: this.#windowMs / 3_600_000,
      });
    } else if (state === "nothing") {
      this.#log("info", "The stream has caught up with more than half of what the firehose keeps");
    }
    this.#told = state;
  }

  #leftMs(): number | null {
    const { positionMs, lagMs } = this.#metrics;
    if (positionMs === null) return null;
    // Who sends messages that are older than the window keeps them for longer, or made their times up.
    if (lagMs !== null && lagMs > this.#windowMs) return null;
    return this.#windowMs - (this.#now() - positionMs);
  }
}
