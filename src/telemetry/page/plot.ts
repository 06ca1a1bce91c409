/**
 * Events a second by type over ten minutes, as a plot that is drawn here, so that it is there without JavaScript. The
 * table below it has the same types in words, each with its line.
 *
 * @module
 */
import { count, duration } from "../status.ts";
import { SAMPLE_MS, SAMPLES } from "./history.ts";
import type { Rates } from "./history.ts";
import { htmlText } from "./markup.ts";

const WIDTH = 600;
const HEIGHT = 160;
/** Types with a line of their own; what is left shares one. */
const LINES = 5;
const REST = "all others";
const MAX_SPAN_MS = (SAMPLES - 1) * SAMPLE_MS;
/** A run that has only begun fills the plot after this, in milliseconds. */
const MIN_SPAN_MS = 60_000;

interface Line {
  readonly name: string;
  /** Events a second at each of the rates. */
  readonly values: readonly number[];
  readonly delivered: number;
}

/** The plot and its table. `rates` are in order of time, `nowMs` is of the same clock, `delivered` is by type. */
export function plotHtml(rates: readonly Rates[], delivered: ReadonlyMap<string, number>, nowMs: number): string {
  const lines = linesOf(rates, delivered);
  const top = niceTop(Math.max(1, ...lines.flatMap(({ values }) => values)));
  const ageMs = nowMs - (rates[0]?.atMs ?? nowMs);
  const spanMs = Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, ageMs));
  const total = lines.reduce((sum, { values }) => sum + (values.at(-1) ?? 0), 0);
  const summary = rates.length === 0
    ? "No rate yet: it takes a second."
    : `${rateText(total)} events/s now, ${rates.length === 1 ? "" : "at most "}${
      rateText(highest(rates))
    } in ten minutes.`;
  const paths = lines.map(({ values }, at) => {
    const points = values.map((value, place) => pointOf((nowMs - (rates[place]?.atMs ?? nowMs)) / spanMs, value / top));
    return points.length === 0 ? "" : `<polyline class="l${at}" points="${points.join(" ")}"/>`;
  });
  const rows = lines.map(({ name, values, delivered }, at) =>
    `<tr><th scope="row"><svg class="key" viewBox="0 0 24 4" aria-hidden="true"><path class="l${at}" d="M0 2h24"/></svg>${
      htmlText(name)
    }</th><td>${rateText(values.at(-1) ?? 0)}</td><td>${count(delivered)}</td></tr>`
  );
  return `<p>${summary}</p><div class="plot"><div class="y" aria-hidden="true"><span>${count(top)}</span><span>${
    count(top / 2)
  }</span><span>0</span></div><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Events a second by type over the last ten minutes, as lines. ${summary}"><path class="grid" d="M0 .5h${WIDTH}M0 ${
    HEIGHT / 2
  }h${WIDTH}M0 ${HEIGHT - .5}h${WIDTH}"/>${paths.join("")}</svg><div class="x" aria-hidden="true"><span>${
    duration(spanMs / 1000, 0)
  } ago</span><span>now</span></div></div>` +
    `<table><thead><tr><th scope="col">Type</th><th scope="col">events/s</th><th scope="col">delivered</th></tr></thead><tbody>${
      rows.join("") || '<tr><td colspan="3">Nothing was delivered yet.</td></tr>'
    }</tbody></table>`;
}

/** The types of which most was delivered, and the others together. */
function linesOf(rates: readonly Rates[], delivered: ReadonlyMap<string, number>): Line[] {
  const sorted = [...delivered].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const own = sorted.slice(0, sorted.length > LINES + 1 ? LINES : LINES + 1);
  const rest = sorted.slice(own.length).map(([type]) => type);
  const valuesOf = (types: readonly string[]) =>
    rates.map(({ of }) => types.reduce((sum, type) => sum + (of.get(type) ?? 0), 0));
  const lines = own.map(([name, delivered]) => ({ name, values: valuesOf([name]), delivered }));
  if (rest.length === 0) return lines;
  const others = rest.reduce((sum, type) => sum + (delivered.get(type) ?? 0), 0);
  return [...lines, { name: REST, values: valuesOf(rest), delivered: others }];
}

function highest(rates: readonly Rates[]): number {
  return Math.max(...rates.map(({ of }) => [...of.values()].reduce((sum, value) => sum + value, 0)));
}

/** The place of a value that is so old, as parts of the width, and so high, as parts of the height. */
function pointOf(age: number, value: number): string {
  const x = Math.max(0, WIDTH * (1 - age));
  const y = HEIGHT * (1 - Math.min(1, Math.max(0, value)));
  return `${Math.round(x)},${Math.round(y * 10) / 10}`;
}

/** The least of 2, 3, 4, 6, 8, 10, 20, 30, ... that is not below. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 3, 4, 6, 8].find((each) => each * power >= value) ?? 10;
  return Math.max(2, step * power);
}

function rateText(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : count(Math.round(rate));
}
