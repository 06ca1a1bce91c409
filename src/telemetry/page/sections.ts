/**
 * The parts of the status page that change, each as HTML by the id of its place.
 *
 * @module
 */
import type { Figures } from "../metrics.ts";
import { count, duration, megabytes } from "../status.ts";
import { type Ends, endsHtml, type EndsNow } from "./ends.ts";
import { eventRows } from "./event_rows.ts";
import type { History, HistorySample } from "./history.ts";
import { fitting, htmlDateTime, htmlText, htmlTime } from "./markup.ts";
import { plotHtml } from "./plot.ts";
import type { Recent } from "./recent.ts";
import { wordsOf } from "./words.ts";

/** All that the page is made of. */
export interface PageParts extends Pick<EndsNow, "outages" | "hide"> {
  readonly figures: Figures;
  readonly history: History;
  readonly recent: Recent;
  readonly ends: Ends;
  readonly relay: () => string | null;
  /** How many events are shown; 0: none are. */
  readonly maxEvents: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly clock: () => number;
}

/** HTML by the id of its place. */
export type Sections = Readonly<
  Record<"name" | "state" | "figures" | "plot" | "ends" | "losses" | "events", string>
>;

/** Bytes that rows of invalid input may take; others wrote what is in them. */
const MAX_REJECTED_BYTES = 6000;

/** The counters of this moment. */
export function sampleNow({ figures: { state, metrics }, clock }: Pick<PageParts, "figures" | "clock">): HistorySample {
  return {
    atMs: clock(),
    delivered: metrics.delivered.total,
    lagMs: state.lagMs,
    counts: new Map(metrics.delivered.entries()),
  };
}

/** All parts as they are now. */
export function sectionsOf(parts: PageParts): Sections {
  const { figures, history, ends, outages, hide, recent, maxEvents } = parts;
  const now = sampleNow(parts);
  const { name, detail, mood, meaning, reasons } = wordsOf(figures, history.before(now), now.atMs);
  const why = reasons.map((reason) => `<li>${htmlText(reason)}</li>`).join("");
  return {
    name: `<span class="${mood}">${htmlText(name)}</span>`,
    state: `<p>${detail === "" ? "" : `<b>${htmlText(detail)}.</b> `}${htmlText(meaning)}</p>` +
      (why === "" ? "" : `<p>Not ready:</p><ul>${why}</ul>`),
    figures: figuresHtml(figures),
    plot: plotHtml(history.rates(now), now.counts, now.atMs),
    ends: endsHtml(ends, { state: figures.state, outages, relay: parts.relay(), hide }),
    losses: lossesHtml(recent, figures),
    events: maxEvents === 0
      ? "<p>The configuration hides them.</p>"
      : recent.events.length === 0
      ? "<p>Nothing was delivered yet.</p>"
      : eventRows(recent.events),
  };
}

function figuresHtml({ state, metrics }: Figures): string {
  const { lagMs, deliveryLagMs, inFlightEvents, inFlightBytes, maxInFlightBytes, positionMs, secondsUntilLoss } = state;
  const of = maxInFlightBytes === null ? "" : ` of ${megabytes(maxInFlightBytes)}`;
  const [residentBytes = 0] = Array.from(metrics.resident.samples(), ({ value }) => value);
  const rows: readonly (readonly [string, string])[] = [
    ["Lag: age of messages at arrival", lagMs === null ? "–" : duration(Math.max(0, lagMs) / 1000)],
    ["Delivery lag: oldest unacknowledged event", duration(deliveryLagMs / 1000)],
    ["Waiting for acknowledgement", `${count(inFlightEvents)} events, ${megabytes(inFlightBytes)}${of} MB`],
    ["Memory of the process", `${megabytes(residentBytes)} MB`],
    ["Position in the stream (UTC)", htmlDateTime(positionMs)],
    ["Time until the relay drops unread events", secondsUntilLoss === null ? "–" : duration(secondsUntilLoss)],
    ["Cursor, saved at (UTC)", state.cursor === null ? "none yet" : `${state.cursor}, ${htmlTime(state.cursorMs)}`],
    ["Delivered events", count(metrics.delivered.total)],
  ];
  return listHtml(rows);
}

function listHtml(rows: readonly (readonly [name: string, html: string])[]): string {
  return `<dl>${rows.map(([name, html]) => `<div><dt>${name}</dt><dd>${html}</dd></div>`).join("")}</dl>`;
}

function lossesHtml({ gaps, rejected }: Recent, { metrics }: Figures): string {
  const gapRows = gaps.toReversed().map(({ atMs, cause, after, first, host, missing }) =>
    `<tr><td>${htmlTime(atMs)}</td><td>${htmlText(cause)}</td><td>after ${after}, next ${first} on ${
      htmlText(host, 80)
    }${missing === null ? "" : `; at most ${count(missing)} messages`}</td></tr>`
  );
  const rejectedRows = rejected.toReversed().map(({ atMs, reason, place, detail }) =>
    `<tr><td>${htmlTime(atMs)}</td><td>${htmlText(reason)}</td><td>${htmlText(place, 120)} <bdi>${
      htmlText(detail, 120)
    }</bdi></td></tr>`
  );
  const counts: readonly (readonly [string, number])[] = [
    ["Gaps in the stream", metrics.gaps.total],
    ["Gaps of single accounts", metrics.repoGaps.total],
    ["Inputs skipped", metrics.rejected.total],
    ["Dead letters kept", metrics.deadLetters.total],
    ["Dead letters lost", metrics.deadLettersLost.value],
    ["Events too large for the brokers", metrics.dropped.value],
  ];
  return listHtml(counts.map(([name, value]) => [name, count(value)])) +
    tableHtml("Gaps", "Cause", "Where", gapRows) +
    tableHtml("Skipped, or dead letters", "Reason", "What", fitting(rejectedRows, MAX_REJECTED_BYTES));
}

function tableHtml(title: string, what: string, where: string, rows: readonly string[]): string {
  if (rows.length === 0) return "";
  return `<table><caption>${title}, the last ${rows.length}</caption><thead><tr><th scope="col">UTC</th><th scope="col">${what}</th><th scope="col">${where}</th></tr></thead><tbody>${
    rows.join("")
  }</tbody></table>`;
}
