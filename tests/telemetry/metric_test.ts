import { assertEquals } from "@std/assert";
import { Counter, Counters, gauges, Histogram, reading } from "../../src/telemetry/metric.ts";

Deno.test("Counters has the series of a closed list from the start, and adds up", () => {
  const counters = new Counters<string>("c_total", "cause", ["a", "b"], "Help");
  counters.add("b");
  counters.add("new", 2);
  counters.add("a", 7);
  assertEquals(counters.samples(), [
    { labels: { cause: "a" }, value: 7 },
    { labels: { cause: "b" }, value: 1 },
    { labels: { cause: "new" }, value: 2 },
  ]);
  assertEquals([counters.total, counters.get("b"), counters.get("none")], [10, 1, 0]);
});

Deno.test("Counter counts from zero", () => {
  const counter = new Counter("c_total", "Help");
  counter.add();
  counter.add(4);
  assertEquals(counter.samples(), [{ labels: {}, value: 5 }]);
});

Deno.test("Histogram counts each value once, at the least bound that it does not exceed, and gives cumulative buckets", () => {
  const histogram = new Histogram("h", [1, 10], "Help");
  for (const value of [0, 1, 1.5, 10, 11, 1e9]) histogram.observe(value);
  assertEquals(histogram.samples().map(({ suffix, labels, value }) => [suffix, labels["le"], value]), [
    ["_bucket", "1", 2],
    ["_bucket", "10", 4],
    ["_bucket", "+Inf", 6],
    ["_sum", undefined, 1e9 + 23.5],
    ["_count", undefined, 6],
  ]);
});

Deno.test("reading() and gauges() read when they are asked, and say nothing of what is not known", () => {
  let value: number | null = null;
  const one = reading("gauge", "g", "Help", () => value);
  const many = gauges("m", "end", ["x", "y"], "Help", (end) => end === "y");
  assertEquals([...one.samples()], []);
  value = 3;
  assertEquals([...one.samples()], [{ labels: {}, value: 3 }]);
  assertEquals([...many.samples()].map(({ labels, value }) => [labels["end"], value]), [["x", 0], ["y", 1]]);
});
