/**
 * The status line: a word for the state, then events a second, what is delivered and what waits, and the lag. On a
 * terminal it is redrawn in place, elsewhere it is a line of the log now and then.
 *
 * @module
 */
import type { Fields } from "./log.ts";
import type { Figures } from "./metrics.ts";
import type { OutageState } from "./outage.ts";
import type { RunState } from "./state.ts";

/** Figures of one moment, from which rates are taken. */
export interface StatusSample {
  readonly atMs: number;
  readonly delivered: number;
  /** Null before the first message. */
  readonly lagMs: number | null;
}

/** Live messages are not this old, in milliseconds. */
const BEHIND_MS = 30_000;
/** Healthy brokers acknowledge something within this, in milliseconds; a hung one fails only at the request timeout. */
const SLOW_MS = 10_000;
/** Slower than this, in seconds of the stream a second, nothing is caught up. */
const LEAST_SPEED = 0.01;

/** The word for the state, with what belongs to it: `OK`, `CATCHING UP, 12 min left`, `KAFKA DOWN 40 s`. */
export function stateText(state: RunState, before: StatusSample, nowMs: number): string {
  const { kafkaOutage, relayOutage, cursorOutage, lagMs } = state;
  if (state.draining) return "DRAINING";
  if (kafkaOutage !== null) return outageText("KAFKA", kafkaOutage, state.failing.size);
  if (state.standingBy) return "STANDING BY";
  if (relayOutage !== null) return outageText("RELAY", relayOutage, 0);
  if (cursorOutage !== null) return `CURSOR NOT SAVED ${duration(cursorOutage.seconds, 0)}`;
  if (state.unacknowledgedMs > SLOW_MS) return `KAFKA SLOW ${duration(state.unacknowledgedMs / 1000, 0)}`;
  if (state.paused) return "KAFKA SLOW";
  if (!state.sinkOpened || !state.upstreamConnected) return "CONNECTING";
  if (lagMs === null || lagMs < BEHIND_MS) return "OK";
  const speed = before.lagMs === null ? 0 : (before.lagMs - lagMs) / Math.max(1, nowMs - before.atMs);
  return speed < LEAST_SPEED ? "BEHIND" : `CATCHING UP, ${duration(lagMs / speed / 1000)} left`;
}

function outageText(end: string, { isUnreachable, seconds }: OutageState, partitions: number): string {
  const some = partitions > 1 ? `, ${partitions} partitions` : "";
  return `${end} ${isUnreachable ? "DOWN" : "REFUSES"} ${duration(seconds, 0)}${some}`;
}

/** The line's text. What does not fit into `width` characters is left out from the end; `ascii` is for plain terminals. */
export function statusText(
  { state, metrics }: Figures,
  before: StatusSample,
  nowMs: number,
  width: number,
  ascii: boolean,
): string {
  const { inFlightEvents, inFlightBytes, maxInFlightBytes, secondsUntilLoss } = state;
  const of = maxInFlightBytes === null ? "" : ` of ${megabytes(maxInFlightBytes)}`;
  const lag = lagMs(state);
  const types = [...metrics.delivered.entries()].sort(([, a], [, b]) => b - a)
    .map(([type, n]) => `${type.slice(type.lastIndexOf(".") + 1).toLowerCase()} ${count(n)}`);
  const parts = [
    `${count(rateSince(metrics, before, nowMs))} events/s`,
    `${count(metrics.delivered.total)} delivered`,
    `waiting ${count(inFlightEvents)} event${inFlightEvents === 1 ? "" : "s"}, ${megabytes(inFlightBytes)}${of} MB`,
    `lag ${lag === null ? "-" : duration(Math.max(0, lag) / 1000)}`,
    ...(secondsUntilLoss === null ? [] : [`loss in ${duration(secondsUntilLoss)}`]),
    `cursor ${state.cursor ?? "-"}`,
    ...types,
  ];
  const between = ascii ? " | " : " · ";
  const word = stateText(state, before, nowMs);
  let text = word.length <= width ? word : fitting(word, width);
  for (const part of parts) {
    if (text.length + between.length + part.length > width) break;
    text += between + part;
  }
  return text;
}

/** As many whole words as fit. */
function fitting(text: string, width: number): string {
  const end = text.slice(0, width + 1).lastIndexOf(" ");
  return end < 0 ? "" : text.slice(0, end).replace(/,$/, "");
}

/** How far the stream is behind: at its arrival, or where something waits, at what waits longest. */
function lagMs(state: RunState): number | null {
  return state.lagMs === null ? null : Math.max(state.lagMs, state.deliveryLagMs);
}

/** The same figures as fields of the log, for machines. */
function statusFields({ state, metrics }: Figures, before: StatusSample, nowMs: number): Fields {
  const { cursor, inFlightBytes, inFlightEvents } = state;
  return {
    state: stateText(state, before, nowMs),
    eventsPerSecond: rateSince(metrics, before, nowMs),
    cursor,
    unacknowledgedEvents: inFlightEvents,
    unacknowledgedBytes: inFlightBytes,
    lagSeconds: state.lagMs === null ? null : state.lagMs / 1000,
    deliveryLagSeconds: state.deliveryLagMs / 1000,
    delivered: metrics.delivered.total,
    rejected: metrics.rejected.total,
    dropped: metrics.dropped.value,
  };
}

function rateSince(metrics: Figures["metrics"], before: StatusSample, nowMs: number): number {
  const seconds = Math.max(0.001, (nowMs - before.atMs) / 1000);
  return Math.round((metrics.delivered.total - before.delivered) / seconds);
}

/** 12,034: with commas, whatever the locale. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Millions of bytes, with a decimal where there are few. */
export function megabytes(bytes: number): string {
  return bytes < 10e6 ? (Math.floor(bytes / 1e5) / 10).toFixed(1) : count(Math.floor(bytes / 1e6));
}

/** A time in the largest unit of which there are two: a replay of old messages is days behind. */
export function duration(seconds: number, digits = 1): string {
  if (seconds < 120) return `${seconds.toFixed(digits)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** How a terminal can be redrawn: not at all, by blanks alone, or by an escape code that clears the line. */
export type Redraw = "never" | "plain" | "escapes";

/** A terminal whose last line is redrawn, and above which other lines scroll. */
export class Screen {
  readonly #write: (text: string) => void;
  readonly #redraw: Redraw;
  #status = "";

  /** Where `redraw` is never, lines just pass through. */
  constructor(write: (text: string) => void, redraw: Redraw) {
    this.#write = write;
    this.#redraw = redraw;
  }

  /** Writes a line above the status. */
  line(text: string): void {
    this.#write(this.#status === "" ? `${text}\n` : `${this.#over(text)}\n${this.#status}`);
  }

  /** Redraws the status. */
  status(text: string): void {
    if (this.#redraw === "never") return;
    this.#write(this.#over(text));
    this.#status = text;
  }

  /** The text in the place of the status that stands there. */
  #over(text: string): string {
    return this.#redraw === "plain" ? `\r${text.padEnd(this.#status.length)}` : `\r\x1b[K${text}`;
  }

  /** Leaves the last status standing and continues below it. */
  end(): void {
    if (this.#status === "") return;
    this.#status = "";
    this.#write("\n");
  }
}

/** Settings of {@linkcode showStatus}. */
export interface StatusOptions {
  /** Redraw in place, instead of logging a line now and then. */
  readonly live: boolean;
  readonly ascii: boolean;
  readonly columns: () => number;
  readonly now: () => number;
  /** Takes the line as text and as fields. */
  readonly log: (text: string, fields: Fields) => void;
  readonly redrawMs: number;
  readonly logMs: number;
}

/** Rates are over so many samples. */
const SAMPLES = 20;

/** Shows the status until disposed of, which may be done twice. */
export function showStatus(figures: Figures, screen: Screen, options: StatusOptions): Disposable {
  const sample = (atMs: number) => ({
    atMs,
    delivered: figures.metrics.delivered.total,
    lagMs: figures.state.lagMs,
  });
  let samples: StatusSample[] = [sample(options.now())];
  const show = () => {
    const nowMs = options.now();
    const before = samples[0] ?? sample(nowMs);
    samples = [...samples, sample(nowMs)].slice(options.live ? -SAMPLES : -1);
    if (options.live) screen.status(statusText(figures, before, nowMs, options.columns() - 1, options.ascii));
    else {
      options.log(statusText(figures, before, nowMs, Infinity, true), statusFields(figures, before, nowMs));
    }
  };
  const timer = setInterval(show, options.live ? options.redrawMs : options.logMs);
  let isShown = true;
  return {
    [Symbol.dispose]: () => {
      if (!isShown) return;
      isShown = false;
      clearInterval(timer);
      if (options.live) show();
      screen.end();
    },
  };
}
