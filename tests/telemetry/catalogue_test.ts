import { assert, assertEquals } from "@std/assert";
import { type Figures, METRICS, type MetricSpec } from "../../src/telemetry/catalogue.ts";
import { count, Metrics } from "../../src/telemetry/metrics.ts";

const SPECS = Object.entries<MetricSpec>(METRICS);

function figures(metrics: Metrics): Figures {
  const process = { cpuSeconds: 1, residentBytes: 2, heapBytes: 3, startSeconds: 4 };
  return { metrics, unready: ["draining"], version: "1.2.3", runtime: "2.9.6", nowMs: 61_000, process };
}

function read(name: keyof typeof METRICS, metrics: Metrics): Record<string, number> {
  const spec: MetricSpec = METRICS[name];
  if (spec.kind === "histogram") throw new TypeError(`${name} is a histogram`);
  return Object.fromEntries(
    spec.read(figures(metrics)).map(({ labels, value }) => [Object.values(labels).join(), value]),
  );
}

Deno.test("METRICS follows Prometheus's conventions: prefix, units, _total for counters alone", () => {
  const units = /_(?:seconds|bytes|total|info|seq|events|records|partitions|ready|unready|connected|standing_by)$/;
  for (const [name, { kind, help }] of SPECS) {
    assert(/^(?:bluesky_firehose|process)_[a-z][a-z_]*$/.test(name), name);
    assert(units.test(name), name);
    assertEquals(name.endsWith("_total"), kind === "counter", name);
    assert(/^[A-Z0-9][^\n]+[^.\n]$/.test(help), name);
  }
});

Deno.test("METRICS has a bounded number of series, with the labels that it names and all of a closed list from the start", () => {
  let series = 0;
  for (const [name, spec] of SPECS) {
    if (spec.kind === "histogram") continue;
    const samples = spec.read(figures(new Metrics()));
    for (const { labels } of samples) assertEquals(Object.keys(labels).toSorted(), [...spec.labels].toSorted(), name);
    assertEquals(new Set(samples.map(({ labels }) => JSON.stringify(labels))).size, samples.length, name);
    series += samples.length;
  }
  assert(series > 40 && series < 120, `${series}`);
  assertEquals(read("bluesky_firehose_rejected_total", new Metrics())["block-missing"], 0);
  assertEquals(read("bluesky_firehose_reconnects_total", new Metrics())["backpressure"], 0);
});

Deno.test("METRICS claims nothing about what is not known yet", () => {
  for (
    const name of ["lag_seconds", "last_seq", "last_frame_age_seconds", "cursor_seq", "cursor_age_seconds"] as const
  ) assertEquals(read(`bluesky_firehose_${name}`, new Metrics()), {}, name);
});

Deno.test("METRICS reads the figures", () => {
  const metrics = new Metrics();
  Object.assign(metrics, {
    operations: 10,
    filtered: 6,
    sampledOut: 1,
    cursorMs: 1000,
    receivedMs: 60_500,
    lagMs: 250,
  });
  metrics.sinkOpened = true;
  count(metrics.troubles, "replicas");
  count(metrics.delivered, "Bluesky.Feed.Like");
  assertEquals(read("bluesky_firehose_operations_total", metrics), { wanted: 3, filtered: 6, sampled_out: 1 });
  assertEquals(read("bluesky_firehose_cursor_age_seconds", metrics), { "": 60 });
  assertEquals(read("bluesky_firehose_last_frame_age_seconds", metrics), { "": 0.5 });
  assertEquals(read("bluesky_firehose_lag_seconds", metrics), { "": 0.25 });
  assertEquals(read("bluesky_firehose_connected", metrics), { upstream: 0, sink: 1 });
  assertEquals(read("bluesky_firehose_ready", metrics), { "": 0 });
  assertEquals(read("bluesky_firehose_unready", metrics)["draining"], 1);
  assertEquals(read("bluesky_firehose_retries_total", metrics)["replicas"], 1);
  assertEquals(read("bluesky_firehose_delivered_events_total", metrics), { "Bluesky.Feed.Like": 1 });
  assertEquals(read("bluesky_firehose_build_info", metrics), { "1.2.3,2.9.6": 1 });
});
