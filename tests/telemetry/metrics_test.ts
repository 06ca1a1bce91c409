import { assert, assertEquals } from "@std/assert";
import type { Metric } from "../../src/telemetry/metric.ts";
import type { Figures, Metrics } from "../../src/telemetry/metrics.ts";
import { newFigures } from "../support/figures.ts";

const NOW_MS = 61_000;

function figures(): Figures {
  return newFigures({ now: () => NOW_MS });
}

function read({ metrics }: Figures, name: keyof Metrics): Record<string, number> {
  const metric: Metric = metrics[name];
  return Object.fromEntries([...metric.samples()].map(({ labels, value }) => [Object.values(labels).join(), value]));
}

Deno.test("Metrics follow Prometheus's conventions: prefix, units, _total for counters alone", () => {
  const units =
    /_(?:seconds|bytes|total|info|seq|events|records|messages|repos|entries|requests|partitions|ready|unready|connected|standing_by)$/;
  const metrics = Object.values<Metric>(figures().metrics);
  for (const { name, kind, help } of metrics) {
    assert(/^(?:bluesky_firehose|process)_[a-z][a-z_]*$/.test(name), name);
    assert(units.test(name), name);
    assertEquals(name.endsWith("_total"), kind === "counter", name);
    assert(/^[A-Z0-9][^\n]+[^.\n]$/.test(help), name);
  }
  assertEquals(new Set(metrics.map(({ name }) => name)).size, metrics.length);
});

Deno.test("Metrics have a bounded number of series, with the labels that they name and all of a closed list from the start", () => {
  let series = 0;
  const begun = figures();
  for (const metric of Object.values<Metric>(begun.metrics).filter(({ kind }) => kind !== "histogram")) {
    const samples = [...metric.samples()];
    for (const { labels } of samples) {
      assertEquals(Object.keys(labels), metric.labels.slice(0, Object.keys(labels).length), metric.name);
    }
    assertEquals(new Set(samples.map(({ labels }) => JSON.stringify(labels))).size, samples.length, metric.name);
    series += samples.length;
  }
  assert(series > 40 && series < 170, `${series}`);
  assertEquals(read(begun, "rejected")["block-missing"], 0);
  assertEquals(read(begun, "reconnects")["backpressure"], 0);
});

Deno.test("Metrics claim nothing about what is not known yet", () => {
  for (const name of ["lag", "lastSeq", "lastFrameAge", "cursor", "cursorAge", "untilLoss"] as const) {
    assertEquals(read(figures(), name), {}, name);
  }
});

Deno.test("Metrics show the state of the run as it is when they are asked", () => {
  const run = figures();
  const { state, metrics } = run;
  Object.assign(state, { cursorMs: 1000, receivedMs: 60_500, lagMs: 250, sinkOpened: true, draining: true });
  metrics.retries.add("replicas");
  metrics.delivered.add("Bluesky.Feed.Like");
  assertEquals(read(run, "cursorAge"), { "": 60 });
  assertEquals(read(run, "lastFrameAge"), { "": 0.5 });
  assertEquals(read(run, "lag"), { "": 0.25 });
  assertEquals(read(run, "connected"), { upstream: 0, sink: 1 });
  assertEquals(read(run, "ready"), { "": 0 });
  assertEquals(read(run, "unready")["draining"], 1);
  assertEquals(read(run, "retries")["replicas"], 1);
  assertEquals(read(run, "delivered"), { "Bluesky.Feed.Like": 1 });
  assertEquals(read(run, "buildInfo"), { "1.2.3,2.9.6": 1 });
});
