import { assertEquals } from "@std/assert";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { UNREADY, unreadyReasons } from "../../src/telemetry/readiness.ts";

const LIMITS = { silenceMs: 100, unacknowledgedMs: 50 };

function reasons(change: (metrics: Metrics) => void, nowMs = 1000): readonly string[] {
  const metrics = new Metrics();
  metrics.upstreamConnected = true;
  metrics.sinkOpened = true;
  metrics.connectedMs = 500;
  metrics.receivedMs = 1000;
  change(metrics);
  return unreadyReasons(metrics, LIMITS, nowMs);
}

Deno.test("unreadyReasons() finds none while both ends are connected and make progress", () => {
  assertEquals(reasons(() => {}), []);
  assertEquals(reasons(() => {}, 1100), []);
  assertEquals(reasons((metrics) => metrics.stuckSinceMs = 950), []);
});

Deno.test("unreadyReasons() takes an instance that stands by for ready while brokers answer it", () => {
  const standingBy = (changes: Partial<Metrics>) =>
    reasons((metrics) => {
      const away = { sinkOpened: false, upstreamConnected: false, connectedMs: null, receivedMs: null };
      Object.assign(metrics, away, { standingBy: true }, changes);
    });
  assertEquals(standingBy({}), []);
  assertEquals(standingBy({ unreachableMs: 949 }), []);
  assertEquals(standingBy({ unreachableMs: 950 }), ["broker_unreachable"]);
  assertEquals(standingBy({ draining: true }), ["draining"]);
  assertEquals(standingBy({ standingBy: false }), ["broker_unreachable", "upstream_connecting"]);
});

Deno.test("unreadyReasons() names what is missing, the most telling first", () => {
  const fails = (kind: "connection" | "timeout" | "replicas") => (metrics: Metrics) => metrics.failing.set("t/3", kind);
  const cases: readonly (readonly [(metrics: Metrics) => unknown, readonly string[]])[] = [
    [(metrics) => metrics.upstreamConnected = false, ["upstream_connecting"]],
    [(metrics) => metrics.receivedMs = 899, ["upstream_stalled"]],
    [(metrics) => Object.assign(metrics, { receivedMs: null, connectedMs: 950 }), []],
    [(metrics) => Object.assign(metrics, { receivedMs: null, connectedMs: 899 }), ["upstream_stalled"]],
    [(metrics) => metrics.sinkOpened = false, ["broker_unreachable"]],
    [fails("connection"), ["broker_unreachable"]],
    [fails("timeout"), ["broker_unreachable"]],
    [fails("replicas"), ["broker_unacknowledged"]],
    [(metrics) => metrics.stuckSinceMs = 949, ["broker_unacknowledged"]],
    [(metrics) => Object.assign(metrics, { upstreamConnected: false, paused: true }), ["backpressure"]],
    [
      (metrics) => Object.assign(metrics, { draining: true, upstreamConnected: false }),
      ["draining", "upstream_connecting"],
    ],
    [
      (metrics) => Object.assign(metrics, { upstreamConnected: false, sinkOpened: false }),
      ["broker_unreachable", "upstream_connecting"],
    ],
  ];
  for (const [change, wanted] of cases) assertEquals(reasons(change), wanted);
  const named = new Set(cases.flatMap(([, wanted]) => wanted));
  assertEquals([...named].toSorted(), Object.keys(UNREADY).toSorted());
});
