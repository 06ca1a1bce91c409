import { assertEquals } from "@std/assert";
import { verdictOf, VERDICTS, VERIFIED } from "../../src/atproto/verify.ts";
import { VerdictCounts } from "../../src/telemetry/verdict_counts.ts";

Deno.test("VerdictCounts has a series for every verdict from the start, and counts each by itself", () => {
  const counts = new VerdictCounts("verdicts_total", "help");
  assertEquals(counts.samples().length, VERDICTS.length);
  assertEquals(counts.samples().every(({ value }) => value === 0), true);
  const forged = verdictOf("signature-invalid");
  for (const verdict of [VERIFIED, forged, forged]) counts.add(verdict);
  assertEquals([counts.get(VERIFIED), counts.get(forged)], [1, 2]);
  assertEquals(counts.samples().filter(({ value }) => value > 0), [
    { labels: { verified: "true" }, value: 1 },
    { labels: { verified: "false", reason: "signature-invalid" }, value: 2 },
  ]);
});
