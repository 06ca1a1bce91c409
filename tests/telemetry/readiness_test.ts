import { assertEquals } from "@std/assert";
import { RunState } from "../../src/telemetry/state.ts";
import { UNREADY, unreadyReasons } from "../../src/telemetry/readiness.ts";

const LIMITS = { silenceMs: 100, unacknowledgedMs: 50 };

function reasons(change: (state: RunState) => void, nowMs = 1000): readonly string[] {
  const state = new RunState();
  state.upstreamConnected = true;
  state.sinkOpened = true;
  state.connectedMs = 500;
  state.receivedMs = 1000;
  change(state);
  return unreadyReasons(state, LIMITS, nowMs);
}

Deno.test("unreadyReasons() finds none while both ends are connected and make progress", () => {
  assertEquals(reasons(() => {}), []);
  assertEquals(reasons(() => {}, 1100), []);
  assertEquals(reasons((state) => state.unacknowledgedMs = 50), []);
});

Deno.test("unreadyReasons() takes an instance that stands by for ready while brokers answer it", () => {
  const standingBy = (changes: Partial<RunState>) =>
    reasons((state) => {
      const away = { sinkOpened: false, upstreamConnected: false, connectedMs: null, receivedMs: null };
      Object.assign(state, away, { standingBy: true }, changes);
    });
  assertEquals(standingBy({}), []);
  assertEquals(standingBy({ unreachableMs: 949 }), []);
  assertEquals(standingBy({ unreachableMs: 950 }), ["broker_unreachable"]);
  assertEquals(standingBy({ draining: true }), ["draining"]);
  assertEquals(standingBy({ standingBy: false }), ["broker_unreachable", "upstream_connecting"]);
});

Deno.test("unreadyReasons() names what is missing, the most telling first", () => {
  const fails = (kind: "connection" | "timeout" | "replicas") => (state: RunState) => state.failing.set("t/3", kind);
  const cases: readonly (readonly [(state: RunState) => unknown, readonly string[]])[] = [
    [(state) => state.upstreamConnected = false, ["upstream_connecting"]],
    [(state) => state.receivedMs = 899, ["upstream_stalled"]],
    [(state) => Object.assign(state, { receivedMs: null, connectedMs: 950 }), []],
    [(state) => Object.assign(state, { receivedMs: null, connectedMs: 899 }), ["upstream_stalled"]],
    [(state) => state.sinkOpened = false, ["broker_unreachable"]],
    [fails("connection"), ["broker_unreachable"]],
    [fails("timeout"), ["broker_unreachable"]],
    [fails("replicas"), ["broker_unacknowledged"]],
    [(state) => state.unacknowledgedMs = 51, ["broker_unacknowledged"]],
    [(state) => Object.assign(state, { upstreamConnected: false, paused: true }), ["backpressure"]],
    [(state) => Object.assign(state, { receivedMs: 899, paused: true }), ["backpressure"]],
    [
      (state) => Object.assign(state, { draining: true, upstreamConnected: false }),
      ["draining", "upstream_connecting"],
    ],
    [
      (state) => Object.assign(state, { upstreamConnected: false, sinkOpened: false }),
      ["broker_unreachable", "upstream_connecting"],
    ],
  ];
  for (const [change, wanted] of cases) assertEquals(reasons(change), wanted);
  const named = new Set(cases.flatMap(([, wanted]) => wanted));
  assertEquals([...named].toSorted(), Object.keys(UNREADY).toSorted());
});
