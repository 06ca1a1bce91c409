import { assertEquals } from "@std/assert";
import { FILTERED, noOperations } from "../../src/filter/drops.ts";

Deno.test("noOperations() counts each reason from 0, apart from other counts", () => {
  const counts = noOperations();
  assertEquals(Object.keys(counts.filtered), Object.keys(FILTERED));
  counts.filtered.delete++;
  counts.operations++;
  assertEquals([noOperations().filtered.delete, noOperations().operations], [0, 0]);
});
