import { assert, assertEquals } from "@std/assert";
import { type Figures, METRICS } from "../../src/telemetry/catalogue.ts";
import { count, Metrics } from "../../src/telemetry/metrics.ts";
import { createRegistry } from "../../src/telemetry/registry.ts";

function registryOf(metrics: Metrics) {
  const process = { cpuSeconds: 1.5, residentBytes: 2, heapBytes: 3, startSeconds: 4 };
  const read = (): Figures => ({ metrics, unready: [], version: "1.2.3", runtime: "2.9.6", nowMs: 0, process });
  return createRegistry(read);
}

Deno.test("createRegistry() writes help and type of every metric, and its series, as they are when asked", async () => {
  const metrics = new Metrics();
  const registry = registryOf(metrics);
  const before = await registry.metrics();
  for (const [name, { kind, help }] of Object.entries(METRICS)) {
    assert(before.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`), name);
  }
  assert(before.includes('bluesky_firehose_build_info{version="1.2.3",runtime="2.9.6"} 1\n'), before);
  assert(before.includes("\nprocess_cpu_seconds_total 1.5\n"));
  assertEquals(/^bluesky_firehose_(?:lag_seconds|cursor_seq) /m.test(before), false);
  metrics.frames = 7;
  metrics.lagMs = 1500;
  count(metrics.delivered, "Bluesky.Feed.Post");
  for (let scrape = 0; scrape < 2; scrape++) {
    const after = await registry.metrics();
    assert(after.includes("\nbluesky_firehose_frames_total 7\n"));
    assert(after.includes("\nbluesky_firehose_lag_seconds 1.5\n"));
    assert(after.includes('\nbluesky_firehose_delivered_events_total{type="Bluesky.Feed.Post"} 1\n'));
  }
});

Deno.test("createRegistry() writes histograms with cumulative buckets", async () => {
  const metrics = new Metrics();
  for (const records of [1, 2, 30, 500, 900]) metrics.batchRecords.observe(records);
  const text = await registryOf(metrics).metrics();
  const name = "bluesky_firehose_produce_batch_records";
  for (const line of ['_bucket{le="1"} 1', '_bucket{le="5"} 2', '_bucket{le="500"} 4', '_bucket{le="+Inf"} 5']) {
    assert(text.includes(`\n${name}${line}\n`), line);
  }
  assert(text.includes(`\n${name}_sum 1433\n${name}_count 5\n`));
});
