import { assertEquals } from "@std/assert";
import type { StreamGap } from "../../src/upstream/gap.ts";
import { HeldGap } from "../../src/upstream/held.ts";

const GAP: StreamGap = {
  cause: "window-exceeded",
  from: { host: "a", seq: 10, time: null },
  to: { host: "a", seq: 14, time: null },
  missing: 3,
};

Deno.test("HeldGap.verdict() of missing numbers waits for the relay's own steps, five seconds at most", () => {
  const held = new HeldGap(GAP, "numbers", 0, 1000);
  assertEquals([held.verdict(null, true, 6000), held.verdict(null, false, 6001)], ["open", "gap"]);
  assertEquals([1, 3, 4, 7].map((step) => held.verdict(step, false, 1000)), ["gap", "gap", "none", "none"]);
});

Deno.test("HeldGap.verdict() of another host is none once half of the known messages came, 32 at most", () => {
  for (const [known, wanted] of [[1, 1], [5, 3], [64, 32], [100_000, 32]] as const) {
    const held = new HeldGap(GAP, "handled", known, 0);
    for (let i = 1; i < wanted; i++) held.met();
    assertEquals(held.verdict(1, false, 0), "open");
    held.met();
    assertEquals(held.verdict(1, true, 1e6), "none");
  }
});

Deno.test("HeldGap.verdict() of another host is a gap past the place, after silence, and in the end", () => {
  const held = () => new HeldGap(GAP, "handled", 4, 0);
  assertEquals([held().verdict(1, true, 1), held().verdict(1, false, 5000), held().verdict(1, false, 5001)], [
    ...["gap", "open", "gap"],
  ]);
  const busy = held();
  for (let ms = 0; ms <= 30_000; ms += 1000) {
    busy.arrived(ms);
    assertEquals(busy.verdict(1, false, ms), "open");
  }
  busy.arrived(30_001);
  assertEquals(busy.verdict(1, false, 30_001), "gap");
});
