import { assert, assertEquals } from "@std/assert";
import { tidOf } from "../../src/simulator/tid.ts";

Deno.test("tidOf() gives identifiers of the right form, in the order of time and count", () => {
  const tids = [[0, 0], [0, 1], [0, 999], [5, 0], [5, 1], [1_767_225_600_000, 0], [1_767_225_600_000, 999]]
    .map(([timeMs = 0, count = 0]) => tidOf(timeMs, count));
  assertEquals(tids.toSorted(), tids);
  for (const tid of tids) assert(/^[234567abcdefghij][2-7a-z]{12}$/.test(tid), tid);
});

Deno.test("tidOf() keeps those of one millisecond apart", () => {
  const counts = Array.from({ length: 20_000 }, (_, count) => tidOf(1_767_225_600_000, count));
  assertEquals(new Set(counts).size, counts.length);
});
