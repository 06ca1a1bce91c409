import { assert, assertEquals } from "@std/assert";
import { expositionText } from "../../src/telemetry/exposition.ts";
import { Counters, Histogram, type Metric, reading } from "../../src/telemetry/metric.ts";
import { newFigures } from "../support/figures.ts";

Deno.test("expositionText() writes help and type of every metric, and its series, as they are when asked", () => {
  const { state, metrics } = newFigures();
  const all = Object.values<Metric>(metrics);
  const before = expositionText(all);
  for (const { name, kind, help } of all) {
    assert(before.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`), name);
  }
  assert(before.includes('bluesky_firehose_build_info{version="1.2.3",runtime="2.9.6"} 1\n'), before);
  assert(before.includes("\nprocess_cpu_seconds_total 1.5\n"));
  assertEquals(/^bluesky_firehose_(?:lag_seconds|cursor_seq) /m.test(before), false);
  metrics.frames.add(7);
  state.lagMs = 1500;
  metrics.delivered.add("Bluesky.Feed.Post");
  const after = expositionText(all);
  assert(after.includes("\nbluesky_firehose_frames_total 7\n"));
  assert(after.includes("\nbluesky_firehose_lag_seconds 1.5\n"));
  assert(after.includes('\nbluesky_firehose_delivered_events_total{type="Bluesky.Feed.Post"} 1\n'));
});

Deno.test("expositionText() writes histograms with cumulative buckets, sum and count", () => {
  const histogram = new Histogram("h", [1, 5], "Help");
  for (const value of [1, 2, 900]) histogram.observe(value);
  assertEquals(
    expositionText([histogram]),
    '# HELP h Help\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="5"} 2\nh_bucket{le="+Inf"} 3\nh_sum 903\nh_count 3\n',
  );
});

Deno.test("expositionText() escapes what would end a line or a label, and writes the infinities as Prometheus reads them", () => {
  const counters = new Counters<string>("c_total", "name", ['a\\b"c\nd'], "One\\two\nthree");
  assertEquals(
    expositionText([counters, reading("gauge", "g", "Help", () => -Infinity)]),
    '# HELP c_total One\\\\two\\nthree\n# TYPE c_total counter\nc_total{name="a\\\\b\\"c\\nd"} 0\n' +
      "# HELP g Help\n# TYPE g gauge\ng -Inf\n",
  );
});
