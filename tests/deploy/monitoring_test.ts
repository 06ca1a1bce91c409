import { assert, assertEquals } from "@std/assert";
import type { Metric } from "../../src/telemetry/metric.ts";
import { LEAVE_CAUSES, TROUBLE_KINDS } from "../../src/telemetry/causes.ts";
import { UNREADY } from "../../src/telemetry/readiness.ts";
import { text, yaml } from "../support/deploy.ts";
import { newFigures } from "../support/figures.ts";

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly type: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string; readonly refId: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: { readonly severity: string };
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

const DASHBOARD: Dashboard = JSON.parse(await text("deploy/grafana.json"));
const RULES = (await yaml<Alerts>("deploy/alerts.yaml")).groups.flatMap(({ rules }) => rules);
const METRICS: ReadonlyMap<string, Metric> = new Map(
  Object.values<Metric>(newFigures().metrics).map((metric) => [metric.name, metric]),
);
/** Labels that Prometheus itself sets. */
const OUTSIDE_LABELS = ["instance", "job", "le"];
/** Values of the labels that have closed lists elsewhere than in the code of the metric. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  cause: Object.keys(LEAVE_CAUSES),
  error: Object.keys(TROUBLE_KINDS),
  reason: Object.keys(UNREADY),
};

/** Every metric in an expression, with the labels that its selector names. */
function metricsIn(expression: string): { readonly name: string; readonly matchers: readonly (readonly string[])[] }[] {
  return [...expression.matchAll(/\b((?:bluesky_firehose|process)_[a-z_]+)(?:\{([^}]*)\})?/g)].map((
    [, name = "", matchers = ""],
  ) => ({
    name,
    matchers: [...matchers.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"([^"]*)"/g)].map((
      [, label = "", value = ""],
    ) => [label, value]),
  }));
}

/** What is wrong with an expression of PromQL, by METRICS. */
function problems(expression: string): string[] {
  const found: string[] = [];
  const known: string[] = [...OUTSIDE_LABELS];
  for (const { name, matchers } of metricsIn(expression)) {
    const base = name.replace(/_(?:bucket|sum|count)$/, "");
    const spec = METRICS.get(name) ?? METRICS.get(base);
    if (spec === undefined || (spec.kind === "histogram") !== (name !== base)) {
      found.push(`${name} is no metric of the program`);
      continue;
    }
    known.push(...spec.labels);
    for (const [label = "", value = ""] of matchers) {
      if (![...spec.labels, ...OUTSIDE_LABELS].includes(label)) found.push(`${name} has no label ${label}`);
      if (VALUES[label] !== undefined && !VALUES[label].includes(value)) found.push(`${label}="${value}" never is`);
    }
    if (spec.kind === "counter" && !new RegExp(`(?:rate|increase)\\(${name}|sum\\(${name}`).test(expression)) {
      found.push(`${name} is a counter and wants rate() or increase()`);
    }
  }
  for (const [, labels = ""] of expression.matchAll(/\b(?:by|on|without)\s*\(([^)]*)\)/g)) {
    for (const label of labels.split(",").map((each) => each.trim())) {
      if (!known.includes(label)) found.push(`no metric of ${expression} has the label ${label}`);
    }
  }
  return found;
}

Deno.test("grafana.json asks for metrics and labels that there are", () => {
  let expressions = 0;
  for (const { targets } of DASHBOARD.panels) {
    for (const { expr } of targets) {
      assertEquals(problems(expr), []);
      assert(metricsIn(expr).length > 0, expr);
      expressions++;
    }
  }
  assert(expressions > 20, `${expressions}`);
  assertEquals(problems('rate(bluesky_firehose_frames{reason="x"}[5m])').length, 1);
  assertEquals(problems('sum by (nobody) (bluesky_firehose_unready{reason="bored"})').length, 2);
});

Deno.test("grafana.json shows all that tells of a loss", () => {
  const shown = new Set(
    DASHBOARD.panels.flatMap(({ targets }) => targets).flatMap(({ expr }) => metricsIn(expr))
      .map(({ name }) => name),
  );
  const ofLoss = [
    ...["gaps_total", "missing_frames_total", "until_loss_seconds", "dropped_events_total", "rejected_total"],
    ...["dead_letters_total", "dead_letters_lost_total"],
  ].map((name) => `bluesky_firehose_${name}`);
  assertEquals(ofLoss.filter((name) => !shown.has(name)), []);
});

Deno.test("grafana.json and the alert on falling behind have the delay to the acknowledgement", () => {
  const shown = DASHBOARD.panels.flatMap(({ targets }) => targets).map(({ expr }) => expr).join("\n");
  assert(shown.includes("bluesky_firehose_delivery_lag_seconds{"));
  assert(shown.includes("bluesky_firehose_delivery_latency_seconds_bucket{"));
  const rule = RULES.find(({ alert }) => alert === "BlueskyFirehoseFallingBehind");
  assert(rule?.expr.includes("bluesky_firehose_delivery_lag_seconds > 300"), rule?.expr);
});

Deno.test("grafana.json has panels with a unit and a meaning, side by side", () => {
  const taken = new Set<string>();
  for (const { title, description, gridPos: { x, y, w, h }, fieldConfig } of DASHBOARD.panels) {
    assert(title !== "" && description !== "" && fieldConfig.defaults.unit !== "", title);
    assert(x + w <= 24, title);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        assert(!taken.has(`${i},${j}`), `${title} covers another panel`);
        taken.add(`${i},${j}`);
      }
    }
  }
  assertEquals(DASHBOARD.templating.list.map(({ name }) => name), ["datasource", "instance"]);
});

Deno.test("alerts.yaml asks for metrics and labels that there are, and says what to do", () => {
  assert(RULES.length >= 10);
  for (const { alert, expr, labels, annotations } of RULES) {
    assertEquals(problems(expr), [], alert);
    assert(/^BlueskyFirehose[A-Z]/.test(alert), alert);
    assert(["page", "ticket"].includes(labels.severity), alert);
    assertEquals(Object.keys(annotations), ["summary", "description", "runbook_url"], alert);
  }
  assertEquals(new Set(RULES.map(({ alert }) => alert)).size, RULES.length);
});

Deno.test("alerts.yaml is read by the Prometheus of compose.yaml, and knows the jobs by their names", async () => {
  const { rule_files, scrape_configs: [job] } = await yaml<{
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly { readonly job_name: string }[];
  }>("deploy/prometheus.yaml");
  assertEquals(rule_files, ["/etc/bluesky/alerts*.yaml"]);
  const pattern = /^up\{job=~"([^"]+)"\}/m.exec(RULES.map(({ expr }) => expr).join("\n"))?.[1] ?? "";
  const monitor = await yaml<{ readonly metadata: { readonly name: string } }>(
    "deploy/kubernetes/monitoring/podmonitor.yaml",
  );
  for (const name of [job?.job_name ?? "", `namespace/${monitor.metadata.name}`]) {
    assert(new RegExp(`^(?:${pattern})$`).test(name), name);
  }
});
