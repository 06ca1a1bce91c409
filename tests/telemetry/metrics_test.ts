import { assertEquals } from "@std/assert";
import { count, Distribution, Metrics } from "../../src/telemetry/metrics.ts";

Deno.test("Metrics adds up what was delivered and rejected over all types and reasons", () => {
  const metrics = new Metrics();
  count(metrics.delivered, "Bluesky.Feed.Like");
  count(metrics.delivered, "Bluesky.Feed.Like");
  count(metrics.delivered, "Bluesky.Feed.Post");
  count(metrics.rejected, "block-missing");
  assertEquals([metrics.deliveredTotal, metrics.rejectedTotal], [3, 1]);
  assertEquals(metrics.delivered.get("Bluesky.Feed.Like"), 2);
});

Deno.test("Distribution counts each value once, at the least bound that it does not exceed", () => {
  const distribution = new Distribution([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1e9]) distribution.observe(value);
  assertEquals([distribution.counts, distribution.sum], [[2, 2, 2], 1e9 + 23.5]);
});
