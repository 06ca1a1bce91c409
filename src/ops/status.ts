/**
 * The live line: events a second, counts by type, cursor, what is unacknowledged, lag. On a terminal it is redrawn in
 * place, elsewhere it is a line of the log now and then.
 *
 * @module
 */
import type { Fields } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Figures of one moment, from which rates are taken. */
export interface StatusSample {
  readonly atMs: number;
  readonly delivered: number;
}

/** The line's text, at most `width` characters; `ascii` leaves out what a plain terminal may not show. */
export function statusText(
  metrics: Metrics,
  before: StatusSample,
  nowMs: number,
  width: number,
  ascii: boolean,
): string {
  const types = [...metrics.delivered].sort(([, a], [, b]) => b - a)
    .map(([type, n]) => `${type.slice(type.lastIndexOf(".") + 1).toLowerCase()} ${n}`);
  const parts = [
    `${rateSince(metrics, before, nowMs)} events/s`,
    `cursor ${metrics.cursor ?? "-"}`,
    `unacknowledged ${megabytes(metrics.inFlightBytes)}`,
    `lag ${metrics.lagMs === null ? "-" : duration(Math.max(0, metrics.lagMs) / 1000)}`,
    ...(metrics.secondsUntilLoss === null ? [] : [`loss in ${duration(metrics.secondsUntilLoss)}`]),
    `${metrics.deliveredTotal} delivered`,
    // Last, as a narrow terminal cuts off what stands here.
    ...(types.length > 0 ? [types.join(" ")] : []),
  ];
  const text = parts.join(ascii ? " | " : " · ");
  return text.length <= width ? text : text.slice(0, Math.max(0, width - 1)) + (ascii ? "~" : "…");
}

/** The same figures as fields of the log, for machines. */
function statusFields(metrics: Metrics, before: StatusSample, nowMs: number): Fields {
  const { cursor, inFlightBytes, inFlightEvents, lagMs, deliveredTotal } = metrics;
  return {
    eventsPerSecond: rateSince(metrics, before, nowMs),
    cursor,
    unacknowledgedEvents: inFlightEvents,
    unacknowledgedBytes: inFlightBytes,
    lagSeconds: lagMs === null ? null : lagMs / 1000,
    delivered: deliveredTotal,
    rejected: metrics.rejectedTotal,
    dropped: metrics.dropped,
  };
}

function rateSince(metrics: Metrics, before: StatusSample, nowMs: number): number {
  const seconds = Math.max(0.001, (nowMs - before.atMs) / 1000);
  return Math.round((metrics.deliveredTotal - before.delivered) / seconds);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A time in the largest unit of which there are two: a replay of old messages is days behind. */
function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
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

  /** Leaves the last status standing and goes on below it. */
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

/** Shows the status until disposed. */
export function showStatus(metrics: Metrics, screen: Screen, options: StatusOptions): Disposable {
  let samples: StatusSample[] = [{ atMs: options.now(), delivered: 0 }];
  const show = () => {
    const nowMs = options.now();
    const before = samples[0] ?? { atMs: nowMs, delivered: 0 };
    samples = [...samples, { atMs: nowMs, delivered: metrics.deliveredTotal }].slice(options.live ? -SAMPLES : -1);
    if (options.live) screen.status(statusText(metrics, before, nowMs, options.columns() - 1, options.ascii));
    else {
      options.log(statusText(metrics, before, nowMs, Infinity, true), statusFields(metrics, before, nowMs));
    }
  };
  const timer = setInterval(show, options.live ? options.redrawMs : options.logMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (options.live) show();
      screen.end();
    },
  };
}
