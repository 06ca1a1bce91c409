/**
 * A picture of the dashboard from a real run: asks a Prometheus for the series of the main panels of
 * deploy/grafana.json and draws them.
 *
 *     deno task dashboard-svg http://localhost:9090 SECONDS [UNTIL] > docs/dashboard.svg
 *
 * UNTIL is in seconds since 1970, and now where it is missing.
 *
 * @module
 */

/** Panels that are drawn, by their titles, two in a row. */
const PANELS = [
  ...["Events delivered", "Unacknowledged events", "Bytes in and out", "Produce latency"],
  ...["Not ready, by reason", "CPU"],
];
const POINTS = 120;
const WIDTH = 480;
const HEIGHT = 200;
const LEFT = 68;
const TOP = 34;
const BOTTOM = 40;
const COLOURS = ["#4e8fd8", "#e0863d", "#5aa866", "#c85a9c", "#8a76c9", "#b0a13a"];

/** One panel of the dashboard, as far as it is drawn. */
export interface DashboardPanel {
  readonly title: string;
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly custom?: { readonly stacking?: unknown } };
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

/** A series of one panel. */
export interface Series {
  readonly name: string;
  /** Seconds since 1970, and the value. */
  readonly points: readonly (readonly [number, number])[];
}

/** The series of a panel between two times. */
async function query(server: string, panel: DashboardPanel, from: number, to: number): Promise<Series[]> {
  const found: Series[] = [];
  const step = (to - from) / POINTS;
  for (const { expr, legendFormat } of panel.targets ?? []) {
    const url = new URL("/api/v1/query_range", server);
    // What Grafana puts there: all instances, and four scrapes.
    const asked = expr.replaceAll("$__rate_interval", "20s").replaceAll("$instance", ".*");
    for (const [name, value] of Object.entries({ query: asked, start: from, end: to, step })) {
      url.searchParams.set(name, String(value));
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`Cannot query "${asked}": ${await response.text()}`);
    const { data } = await response.json();
    for (const { metric, values } of data.result) {
      const name = legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "");
      found.push({ name, points: values.map(([at, value]: [number, string]) => [at, Number(value)]) });
    }
  }
  return found;
}

/** The drawing of all panels, each at its place. */
export function drawDashboard(panels: readonly { panel: DashboardPanel; series: readonly Series[] }[]): string {
  const rows = Math.ceil(panels.length / 2);
  const drawn = panels.map(({ panel, series }, i) =>
    `<g transform="translate(${(i % 2) * WIDTH} ${Math.floor(i / 2) * HEIGHT})">${drawPanel(panel, series)}</g>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${rows * HEIGHT}" ` +
    `font-family="sans-serif" font-size="11" fill="#ccd0d8"><rect width="100%" height="100%" fill="#14161a"/>` +
    `${drawn.join("\n")}</svg>\n`;
}

function drawPanel({ title, fieldConfig }: DashboardPanel, all: readonly Series[]): string {
  const { unit, custom } = fieldConfig.defaults;
  // A series that is zero throughout says nothing in a picture.
  const shown = all.filter(({ points }) => points.some(([, value]) => value > 0)).slice(0, COLOURS.length);
  const series = custom?.stacking === undefined ? shown : stacked(shown);
  const points = series.flatMap((each) => each.points).filter(([, value]) => Number.isFinite(value));
  const [from, to] = [Math.min(...points.map(([at]) => at)), Math.max(...points.map(([at]) => at))];
  const top = niceCeiling(Math.max(0, ...points.map(([, value]) => value)));
  const x = (at: number) => LEFT + ((at - from) / (to - from || 1)) * (WIDTH - LEFT - 16);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const grid = [0, 0.5, 1].map((share) => {
    const line = round(y(share * top));
    return `<path d="M${LEFT} ${line}H${WIDTH - 16}" stroke="#2c3038"/>` +
      `<text x="${LEFT - 6}" y="${line + 4}" text-anchor="end" fill="#9aa0aa">${label(share * top, unit)}</text>`;
  });
  const lines = series.map(({ points }, i) => {
    const path = points.filter(([, value]) => Number.isFinite(value))
      .map(([at, value], n) => `${n === 0 ? "M" : "L"}${round(x(at))} ${round(y(value))}`).join("");
    return `<path d="${path}" fill="none" stroke="${COLOURS[i]}" stroke-width="1.5"/>`;
  });
  let place = LEFT;
  const legend = series.map(({ name }, i) => {
    const text = name.replace(/^Bluesky\.\w+\./, "");
    const at = place;
    place += 26 + text.length * 6.6;
    return `<rect x="${round(at)}" y="${HEIGHT - 17}" width="10" height="3" fill="${COLOURS[i]}"/>` +
      `<text x="${round(at + 14)}" y="${HEIGHT - 12}">${escaped(text)}</text>`;
  });
  const minutes = points.length === 0 ? "" : `${((to - from) / 60).toFixed(0)} min`;
  return `<rect x="6" y="6" width="${WIDTH - 12}" height="${HEIGHT - 12}" rx="3" fill="#1b1e24"/>` +
    `<text x="16" y="23" font-weight="bold">${escaped(title)}</text>` +
    `<text x="${WIDTH - 16}" y="${HEIGHT - 28}" text-anchor="end" fill="#9aa0aa">${minutes}</text>` +
    [...grid, ...lines, ...legend].join("");
}

/** Each series on top of those before it. */
function stacked(series: readonly Series[]): Series[] {
  const sums = new Map<number, number>();
  return series.map(({ name, points }) => ({
    name,
    points: points.map(([at, value]) => {
      const sum = (sums.get(at) ?? 0) + value;
      sums.set(at, sum);
      return [at, sum] as const;
    }),
  }));
}

/** The least of 1, 2 and 5 times a power of ten that is not below a value. */
function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (([1, 2, 5].find((factor) => factor * power >= value)) ?? 10) * power;
}

function label(value: number, unit: string): string {
  if (unit === "percentunit") return `${Math.round(value * 100)} %`;
  if (unit === "Bps") {
    if (value === 0) return "0";
    return value >= 1e5 ? `${round(value / 1e6)} MB/s` : `${round(value / 1000)} KB/s`;
  }
  const rounded = value >= 1000 ? `${round(value / 1000)}k` : String(Number(value.toPrecision(2)));
  return unit === "s" ? `${rounded} s` : rounded;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** Asks and draws. */
export async function dashboardSvg(
  server: string,
  dashboard: { readonly panels: readonly DashboardPanel[] },
  from: number,
  to: number,
): Promise<string> {
  const drawn = [];
  for (const title of PANELS) {
    const panel = dashboard.panels.find((each) => each.title === title);
    if (panel === undefined) throw new Error(`The dashboard has no panel "${title}"`);
    drawn.push({ panel, series: await query(server, panel, from, to) });
  }
  return drawDashboard(drawn);
}

if (import.meta.main) {
  const [server = "http://localhost:9090", seconds = "300", until = String(Date.now() / 1000)] = Deno.args;
  const dashboard = JSON.parse(await Deno.readTextFile(new URL("../deploy/grafana.json", import.meta.url)));
  const to = Number(until);
  const svg = await dashboardSvg(server, dashboard, to - Number(seconds), to);
  Deno.stdout.writeSync(new TextEncoder().encode(svg));
}
