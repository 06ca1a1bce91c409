/**
 * How long the stream may yet stand before the firehose no longer has what comes next: a firehose keeps its messages
 * for a while, and a stream that is further behind than that loses some.
 *
 * @module
 */
import type { Log } from "./log.ts";
import type { RunState } from "./state.ts";

type State = "nothing" | "half" | "loss";

/** Half is used up where less than this share is left, and no longer where more than the other is. */
const HALF = { below: 0.5, above: 0.6 };
/** The end is reached where nothing is left, and no longer where more than this share is. */
const LOSS_ABOVE = 0.05;
/** A state must have lasted for so long, in milliseconds, to be reported: a handful of messages may say anything. */
const LASTS_MS = 10_000;

/** Keeps the time until loss, and warns when half of the window is gone. */
export class ReplayWindow {
  readonly #windowMs: number;
  readonly #state: RunState;
  readonly #log: Log;
  readonly #now: () => number;
  #reported: State = "nothing";
  /** The state that is not reported yet, and since when it lasts. */
  #next: { readonly state: State; readonly sinceMs: number } | null = null;
  #isFirst = true;

  /** `windowMs` is how long the firehose keeps a message; `now` is in milliseconds since 1970. */
  constructor(windowMs: number, state: RunState, log: Log, now: () => number) {
    this.#windowMs = windowMs;
    this.#state = state;
    this.#log = log;
    this.#now = now;
  }

  /** Brings the time until loss up to date; call it every second or so. */
  check(): void {
    const nowMs = this.#now();
    const leftMs = this.#leftMs(nowMs);
    this.#state.secondsUntilLoss = leftMs === null ? null : Math.max(0, Math.floor(leftMs / 1000));
    const isStart = this.#isFirst;
    this.#isFirst = false;
    if (leftMs === null) return;
    const state = this.#stateOf(leftMs / this.#windowMs);
    if (state === this.#reported) this.#next = null;
    else if (this.#next?.state !== state) this.#next = { state, sinceMs: nowMs };
    // The cursor that a start begins with was kept over many messages, and stands still until some come.
    if (this.#next !== null && (isStart || nowMs - this.#next.sinceMs >= LASTS_MS)) this.#report(state);
  }

  #stateOf(left: number): State {
    if (left <= 0 || (this.#reported === "loss" && left <= LOSS_ABOVE)) return "loss";
    return left < HALF.below || (this.#reported !== "nothing" && left <= HALF.above) ? "half" : "nothing";
  }

  #report(state: State): void {
    // On the way back from the end of the window, half has been reported.
    if (state === "half" && this.#reported === "nothing") {
      this.#log("warn", "Half of the replay window is used up; events will be lost unless the producer catches up", {
        secondsUntilLoss: this.#state.secondsUntilLoss,
      });
    } else if (state === "loss") {
      this.#log("error", "The producer is further behind than the replay window; events are lost", {
        windowHours: this.#windowMs / 3_600_000,
      });
    } else if (state === "nothing") {
      this.#log("info", "The producer has caught up: more than half of the replay window is left");
    }
    this.#reported = state;
    this.#next = null;
  }

  #leftMs(nowMs: number): number | null {
    const { positionMs, lagMs } = this.#state;
    if (positionMs === null) return null;
    // Who sends messages that are older than the window keeps them for longer, or made their times up.
    if (lagMs !== null && lagMs > this.#windowMs) return null;
    return this.#windowMs - (nowMs - positionMs);
  }
}
