import { assertEquals } from "@std/assert";
import { backoffMs } from "../../src/upstream/backoff.ts";

Deno.test("backoffMs() doubles from the first wait to the longest, with jitter down to nothing", () => {
  const options = { firstMs: 1000, longestMs: 60_000 };
  const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 2000].map((attempt) => backoffMs(attempt, 1, options));
  assertEquals(ceilings, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assertEquals(backoffMs(5, 0, options), 0);
});
