import { assertEquals } from "@std/assert";
import { reject } from "../../../src/atproto/rejected.ts";
import { watchRun } from "../../../src/telemetry/page/watch.ts";
import { reportRun } from "../../../src/telemetry/report.ts";
import { limitLog } from "../../../src/telemetry/limit.ts";
import { producerRecord } from "../../support/records.ts";
import { ENDS, NOW_MS, pageParts } from "../../support/status_page.ts";

Deno.test("watchRun() tells the page what is reported, and the report still gets it", () => {
  const { figures, outages } = pageParts();
  const now = () => NOW_MS;
  const log = () => {};
  const advise = { relay: () => null, brokers: () => null, error: () => null, on: () => "" };
  const report = reportRun({ ...figures, outages, now, log, advise, ...limitLog(log, now) });
  using watch = watchRun({ ...figures, outages, now }, {
    ends: ENDS,
    maxEvents: 2,
    hide: (text) => text,
    clock: () => 0,
  });
  const { parts, watching } = watch;
  const seen = watching(report);
  assertEquals(parts.relay(), null);
  seen.connecting({ url: "wss://user:secret@relay.example/x?cursor=1", cursor: null, attempt: 1 });
  const place = { host: "h", seq: 1, time: null };
  seen.gap({ cause: "host-changed", from: place, to: place, missing: null });
  seen.rejected(reject("record-undecodable", "d"));
  seen.settled(producerRecord("k", "v"), "delivered", 5);
  seen.settled(producerRecord("k", "large"), "dropped", 5);
  const { gaps, rejected, delivered, dropped } = figures.metrics;
  assertEquals([gaps.total, rejected.total, delivered.total, dropped.value], [1, 1, 1, 1]);
  assertEquals([parts.recent.gaps.length, parts.recent.rejected.length, parts.recent.events.length], [1, 1, 1]);
  assertEquals(parts.relay(), "wss://relay.example/x");
});
