import { assertEquals } from "@std/assert";
import { chartOf } from "../../bench/chart.ts";
import type { Figures } from "../../bench/measure.ts";
import { liveAims, optionAims, ratiosOf, summarize } from "../../bench/summary.ts";
import { type Report, reportText } from "../../scripts/performance_report.ts";

function figures(microseconds: number): Figures[] {
  return [{ frames: 1e6, wallSeconds: microseconds, cpuSeconds: microseconds, rssBytes: 1e8 }];
}

const RUNS = new Map([
  ["whole", figures(10)],
  ["socket", figures(4)],
  ["rust-peer", figures(25)],
  ["go-peer", figures(150)],
  ["javascript-peer", figures(400)],
]);

Deno.test("ratiosOf() compares the whole way with each peer and with a bare WebSocket", () => {
  assertEquals(ratiosOf(RUNS), [
    { name: "whole way, frames per CPU-second, to the Rust program", value: 2.5, aim: "at least 2.5", reached: true },
    { name: "whole way, frames per CPU-second, to the Go program", value: 15, aim: "at least 20", reached: false },
    {
      name: "whole way, frames per CPU-second, to the JavaScript program",
      value: 40,
      aim: "at least 40",
      reached: true,
    },
    { name: "whole way, frames/s, to the JavaScript program", value: 40, aim: "at least 10", reached: true },
    { name: "whole way, CPU a frame, to a bare native WebSocket", value: 2.5, aim: "at most 3", reached: true },
  ]);
});

Deno.test("ratiosOf() has no row for a peer that was left out", () => {
  const names = ratiosOf(new Map([...RUNS].filter(([name]) => name !== "rust-peer" && name !== "socket")))
    .map(({ name }) => name);
  assertEquals(names, [
    "whole way, frames per CPU-second, to the Go program",
    "whole way, frames per CPU-second, to the JavaScript program",
    "whole way, frames/s, to the JavaScript program",
  ]);
});

Deno.test("liveAims() allows 5 % of a core and 65 ms at 2,000 frames a second", () => {
  const live = { ...summarize("live at 2000/s", figures(1)), corePercent: 6, latencyMs: { p50: 36, p99: 65 } };
  assertEquals(liveAims([live]).map(({ value, aim, reached }) => [value, aim, reached]), [
    [6, "at most 5 %", false],
    [36, "at most 60 ms", true],
    [65, "at most 65 ms", true],
  ]);
});

Deno.test("optionAims() holds --whole-records to 1.4 times the default where that was measured", () => {
  const row = { microsecondsPerFrame: 30, spread: 1, eventsPerFrame: 1, nanosecondsPerByte: 20, rssMb: 140 };
  const name = "--whole-records";
  assertEquals(optionAims([{ ...row, name, toDefault: 1.41 }]), [
    { name: "--whole-records, CPU a frame, to the default", value: 1.41, aim: "at most 1.4", reached: false },
  ]);
  assertEquals(optionAims([{ ...row, name, toDefault: null }]), []);
  assertEquals(optionAims([{ ...row, name: "--x", toDefault: 1 }]), []);
});

Deno.test("reportText() and the chart name the stages that ran, and the text which were left out and why", () => {
  const stages = [...RUNS].map(([name, runs]) => ({ ...summarize(name, runs), doc: "" }));
  const report: Report = {
    machine: { deno: "2.0.0", os: "linux", cores: 2 },
    at: "2026-01-01",
    frames: { made: 1, meanBytes: 1 },
    rounds: 1,
    stages: stages.filter(({ name }) => name !== "go-peer"),
    leftOut: [{ name: "go-peer", why: "go is not on the PATH" }],
    ratios: [],
    live: [],
    options: [],
    shares: [],
    start: null,
  };
  const text = reportText(report);
  assertEquals(text.split("\n").filter((line) => line.includes("go-peer")), [
    "Left out: `go-peer`, as go is not on the PATH.",
  ]);
  assertEquals(["Rust: serde", "Go: indigo"].map((label) => chartOf(report).includes(label)), [true, false]);
});
