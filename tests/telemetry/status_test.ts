import { assert, assertEquals } from "@std/assert";
import type { Fields } from "../../src/telemetry/log.ts";
import type { Figures } from "../../src/telemetry/metrics.ts";
import { Screen, showStatus, stateText, statusText } from "../../src/telemetry/status.ts";
import { newFigures } from "../support/figures.ts";
import { until } from "../support/wait.ts";

function metrics(): Figures {
  const figures = newFigures();
  figures.metrics.delivered.add("Bluesky.Feed.Post", 20);
  figures.metrics.delivered.add("Bluesky.Feed.Like", 100);
  figures.state.cursor = 31_500_000_000;
  figures.state.inFlightBytes = 1_250_000;
  figures.state.inFlightEvents = 6355;
  figures.state.maxInFlightBytes = 33_554_432;
  figures.state.sinkOpened = true;
  figures.state.upstreamConnected = true;
  figures.state.lagMs = 1234;
  return figures;
}

const START = { atMs: 0, delivered: 0, lagMs: null };

Deno.test("statusText() tells state, rate, what is delivered and waits, lag, cursor and counts by type", () => {
  assertEquals(
    statusText(metrics(), { ...START, atMs: 1000, delivered: 20 }, 3000, 500, true),
    "OK | 50 events/s | 120 delivered | waiting 6,355 events, 1.2 of 33 MB | lag 1.2 s | cursor 31500000000 | " +
      "like 100 | post 20",
  );
});

Deno.test("statusText() tells how long until loss, where that is known", () => {
  const figures = metrics();
  for (const [seconds, shown] of [[259_199, "loss in 3 d"], [36_000, "loss in 10 h"], [0, "loss in 0.0 s"]] as const) {
    figures.state.secondsUntilLoss = seconds;
    const text = statusText(figures, START, 1000, 500, true);
    assert(text.includes(`| lag 1.2 s | ${shown} | cursor`), text);
  }
});

Deno.test("statusText() is plain ASCII where asked, and leaves out whole parts from the end where the terminal is narrow", () => {
  const whole = statusText(metrics(), START, 1000, 500, true).split(" | ");
  for (let width = 2; width <= 140; width++) {
    const plain = statusText(metrics(), START, 1000, width, true);
    assert(plain.length <= width && /^[\x20-\x7e]*$/.test(plain), plain);
    assertEquals(plain.split(" | "), whole.slice(0, plain.split(" | ").length));
    assertEquals(statusText(metrics(), START, 1000, width, false).length, plain.length);
  }
  const figures = metrics();
  figures.state.lagMs = 720_000;
  const before = { atMs: 0, delivered: 0, lagMs: 721_000 };
  assertEquals(
    [24, 23, 12, 8, 3].map((width) => statusText(figures, before, 1000, width, true)),
    ["CATCHING UP, 12 min left", "CATCHING UP, 12 min", "CATCHING UP", "CATCHING", ""],
  );
});

Deno.test("statusText() has dashes for what is not known yet", () => {
  const text = statusText(newFigures(), START, 0, 500, true);
  assert(text.startsWith("CONNECTING |") && text.includes("cursor -") && text.includes("lag -"), text);
});

Deno.test("statusText() shows the delivery lag where something waits longer than messages took to arrive", () => {
  const figures = metrics();
  figures.state.deliveryLagMs = 125_000;
  assert(statusText(figures, START, 1000, 500, true).includes("| lag 2 min |"));
});

Deno.test("stateText() names the state, the most urgent first", () => {
  const figures = metrics();
  const state = (before: number | null = null) =>
    stateText(figures.state, { atMs: 0, delivered: 0, lagMs: before }, 10_000);
  assertEquals(state(), "OK");
  figures.state.lagMs = 3_600_000;
  assertEquals(state(), "BEHIND");
  assertEquals(state(3_600_000), "BEHIND");
  assertEquals(state(3_650_000), "CATCHING UP, 12 min left");
  figures.state.paused = true;
  assertEquals(state(), "KAFKA SLOW");
  figures.state.unacknowledgedMs = 12_000;
  assertEquals(state(), "KAFKA SLOW 12 s");
  figures.state.cursorOutage = { isUnreachable: true, seconds: 3 };
  assertEquals(state(), "CURSOR NOT SAVED 3 s");
  figures.state.relayOutage = { isUnreachable: true, seconds: 7 };
  assertEquals(state(), "RELAY DOWN 7 s");
  figures.state.relayOutage = { isUnreachable: false, seconds: 130 };
  assertEquals(state(), "RELAY REFUSES 2 min");
  figures.state.kafkaOutage = { isUnreachable: true, seconds: 40 };
  assertEquals(state(), "KAFKA DOWN 40 s");
  figures.state.kafkaOutage = { isUnreachable: false, seconds: 40 };
  figures.state.failing.set("/1", "leadership").set("/2", "leadership");
  assertEquals(state(), "KAFKA REFUSES 40 s, 2 partitions");
  figures.state.draining = true;
  assertEquals(state(), "DRAINING");
});

Deno.test("stateText() of a standby is that it stands by, unless it cannot reach the brokers", () => {
  const figures = newFigures();
  figures.state.standingBy = true;
  assertEquals(stateText(figures.state, START, 0), "STANDING BY");
  figures.state.kafkaOutage = { isUnreachable: true, seconds: 1 };
  assertEquals(stateText(figures.state, START, 0), "KAFKA DOWN 1 s");
});

Deno.test("stateText() is not OK while a broker hangs, before its first request fails", () => {
  const figures = metrics();
  figures.state.unacknowledgedMs = 10_000;
  assertEquals(stateText(figures.state, START, 10_000), "OK");
  figures.state.unacknowledgedMs = 11_000;
  assertEquals(stateText(figures.state, START, 10_000), "KAFKA SLOW 11 s");
});

Deno.test("Screen keeps the status below the lines that scroll", () => {
  let written = "";
  const screen = new Screen((text) => written += text, "escapes");
  screen.line("first");
  screen.status("50 events/s");
  screen.line("second");
  screen.end();
  screen.line("third");
  assertEquals(written, "first\n\r\x1b[K50 events/s\r\x1b[Ksecond\n50 events/s\nthird\n");
});

Deno.test("Screen draws nothing where there is no terminal", () => {
  let written = "";
  const screen = new Screen((text) => written += text, "never");
  screen.status("50 events/s");
  screen.line("line");
  screen.end();
  assertEquals(written, "line\n");
});

Deno.test("Screen clears a longer status by blanks where the terminal takes no escape codes", () => {
  let written = "";
  const screen = new Screen((text) => written += text, "plain");
  screen.status("100 events/s");
  screen.status("9 events/s");
  screen.line("line");
  screen.end();
  assertEquals(written, "\r100 events/s\r9 events/s  \rline      \n9 events/s\n");
});

Deno.test("statusText() shows state, rate, what is delivered, what waits and lag on a terminal of 80 columns", () => {
  const figures = metrics();
  figures.metrics.delivered.add("Bluesky.Feed.Post", 12_345_658);
  const text = statusText(figures, { ...START, delivered: figures.metrics.delivered.total - 500 }, 1000, 79, false);
  for (const part of ["OK", "500 events/s", "12,345,778 delivered", "waiting 6,355 events, 1.2 of 33 MB"]) {
    assert(text.includes(part), text);
  }
});

Deno.test("statusText() tells the lag in a unit that suits it", () => {
  const figures = metrics();
  for (
    const [lagMs, shown] of [
      [-5, "lag 0.0 s"],
      [119_900, "lag 119.9 s"],
      [120_000, "lag 2 min"],
      [7_200_000, "lag 2 h"],
      [28_343_010_600, "lag 328 d"],
    ] as const
  ) {
    figures.state.lagMs = lagMs;
    const text = statusText(figures, START, 1000, 500, true);
    assert(text.includes(`| ${shown} |`), text);
  }
});

Deno.test("showStatus() redraws on a terminal, and leaves the last status standing when it ends", async () => {
  let written = "";
  const screen = new Screen((text) => written += text, "escapes");
  let nowMs = 0;
  const figures = metrics();
  {
    using _status = showStatus(figures, screen, {
      live: true,
      ascii: true,
      columns: () => 200,
      now: () => nowMs += 1000,
      log: () => {},
      redrawMs: 1,
      logMs: 1,
    });
    await until("three redraws", () => written.split("\r").length > 3);
    figures.metrics.delivered.add("Bluesky.Feed.Like", 900);
  }
  assert(written.endsWith("| like 1,000 | post 20\n"), written);
});

Deno.test("showStatus() logs a line now and then where there is no terminal, with the rate since the one before", async () => {
  const lines: string[] = [];
  const fields: Fields[] = [];
  const screen = new Screen(() => {
    throw new Error("nothing is to be drawn");
  }, "never");
  let nowMs = 0;
  const figures = newFigures();
  {
    using _status = showStatus(figures, screen, {
      live: false,
      ascii: false,
      columns: () => 80,
      now: () => nowMs,
      log: (text, shown) => {
        lines.push(text);
        fields.push(shown);
        nowMs += 10_000;
        figures.metrics.delivered.add("Bluesky.Feed.Post", 50);
      },
      redrawMs: 1,
      logMs: 1,
    });
    nowMs = 10_000;
    await until("three lines", () => lines.length >= 3);
  }
  const { eventsPerSecond, lagSeconds, delivered } = fields[1] ?? {};
  assertEquals([eventsPerSecond, lagSeconds, delivered], [5, null, 50]);
  assertEquals(lines.slice(0, 3).map((line) => line.split(" | ")[1]), ["0 events/s", "5 events/s", "5 events/s"]);
  assertEquals(/^[\x20-\x7e]*$/.test(lines.join("")), true);
});
