import { assert, assertEquals } from "@std/assert";
import { Metrics } from "../../src/ops/metrics.ts";
import { reportKafka, reportRun, reportTransactions } from "../../src/ops/report.ts";
import { reject } from "../../src/rejected.ts";

function parts() {
  const lines: string[] = [];
  const metrics = new Metrics();
  const log = (level: string, message: string, fields: object = {}) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, metrics, log };
}

const RECORD = { key: new Uint8Array(), value: new Uint8Array(), uri: "at://did:a/b/c", type: "Bluesky.Feed.Like" };

Deno.test("reportRun() counts frames, outcomes and lag without a line for each", () => {
  const { lines, metrics, log } = parts();
  const report = reportRun(log, metrics, () => 0);
  report.frame(100);
  report.frame(50);
  report.lag(250);
  report.settled(RECORD, "delivered");
  report.settled(RECORD, "dropped");
  report.sampledOut(3);
  report.repeated({ seq: 1 });
  report.inFlight(7, 2);
  report.cursorSaved({ host: "h", seq: 9, time: null });
  const { frames, frameBytes, lagMs, deliveredTotal, dropped, sampledOut, repeated, cursor } = metrics;
  assertEquals([frames, frameBytes, lagMs, deliveredTotal, dropped], [2, 150, 250, 1, 1]);
  assertEquals([sampledOut, repeated, cursor, metrics.inFlightBytes, metrics.inFlightFrames], [3, 1, 9, 7, 2]);
  assertEquals(lines, []);
});

Deno.test("reportRun() warns of one rejected record of a reason in ten seconds, and counts all", () => {
  const { lines, metrics, log } = parts();
  let nowMs = 0;
  const report = reportRun(log, metrics, () => nowMs);
  const rejected = reject("block-missing", "bafy", { seq: 5, did: "did:plc:a", path: "app.bsky.feed.like/x" });
  for (nowMs of [0, 1, 9_999, 10_000]) report.rejected(rejected);
  assertEquals(metrics.rejected.get("block-missing"), 4);
  assertEquals(lines.map((line) => line.split(" ")[0]), ["warn", "debug", "debug", "warn"]);
  assert(lines[0]?.includes('"uri":"at://did:plc:a/app.bsky.feed.like/x"'), lines[0]);
});

Deno.test("reportRun() and reportKafka() say error for a loss alone", () => {
  const { lines, metrics, log } = parts();
  const run = reportRun(log, metrics, () => 0);
  const kafka = reportKafka(log, metrics);
  run.disconnected({ reason: "closed", retryInMs: 1 });
  run.paused({ after: 1 });
  run.newSequenceSpace({ after: 9, first: 1 });
  kafka.unreachable({ reason: "down", retryInMs: 1 });
  kafka.retrying({ partition: 0, records: 1, attempt: 1, retryInMs: 1, reason: "down" });
  assertEquals(lines.every((line) => line.startsWith("warn ")), true);
  assertEquals([metrics.disconnects, metrics.retries], [2, 2]);
  lines.length = 0;
  run.gap({ after: 1, first: 9, missing: 7 });
  run.undelivered({ frames: 1, bytes: 1 });
  kafka.oversize({ uri: "at://did:plc:a/b/c", bytes: 9 });
  assertEquals(lines.every((line) => line.startsWith("error ")), true);
  assert(lines[2]?.includes("at://did:plc:a/b/c"));
});

Deno.test("reportTransactions() warns of a transaction that begins anew, and counts it", () => {
  const { lines, metrics, log } = parts();
  const kafka = reportTransactions(log, metrics);
  kafka.standingBy({ active: "a" });
  kafka.claimed({ before: "a", cursor: 7 });
  kafka.restarting({ records: 1, attempt: 1, retryInMs: 1, reason: "down" });
  kafka.committedAgain({ attempts: 2 });
  assertEquals(lines.map((line) => line.split(" ")[0]), ["info", "info", "warn", "info"]);
  assertEquals(metrics.retries, 1);
  assert(lines[1]?.includes('"before":"a","cursor":7'), lines[1]);
});
