import { assertEquals } from "@std/assert";
import { reportIdentities } from "../../src/telemetry/report_identity.ts";
import { newFigures } from "../support/figures.ts";

Deno.test("reportIdentities() counts what happens, and warns of the directory alone", () => {
  const { metrics } = newFigures();
  const logged: unknown[] = [];
  const report = reportIdentities({ metrics, limited: (...line) => void logged.push(line[4]) });
  report.looked(true);
  report.looked(false);
  report.looked(false);
  for (const whom of ["directory", "host", "handle", "export"] as const) {
    report.requested(whom);
    report.refused(whom, "throttled");
  }
  report.dropped();
  assertEquals([metrics.identityLookups.get("known"), metrics.identityLookups.get("unknown")], [1, 2]);
  assertEquals([metrics.identityRequests.total, metrics.identityRefusals.get("throttled")], [4, 4]);
  assertEquals(metrics.identityDropped.value, 1);
  assertEquals(logged, [{ of: "directory", reason: "throttled" }, { of: "export", reason: "throttled" }]);
});
