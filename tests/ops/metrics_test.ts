import { assertEquals } from "@std/assert";
import { count, Metrics } from "../../src/ops/metrics.ts";

Deno.test("Metrics adds up what was delivered and rejected over all types and reasons", () => {
  const metrics = new Metrics();
  count(metrics.delivered, "Bluesky.Feed.Like");
  count(metrics.delivered, "Bluesky.Feed.Like");
  count(metrics.delivered, "Bluesky.Feed.Post");
  count(metrics.rejected, "block-missing");
  assertEquals([metrics.deliveredTotal, metrics.rejectedTotal], [3, 1]);
  assertEquals(metrics.delivered.get("Bluesky.Feed.Like"), 2);
});
