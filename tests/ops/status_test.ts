import { assert, assertEquals } from "@std/assert";
import type { Fields } from "../../src/ops/log.ts";
import { Metrics } from "../../src/ops/metrics.ts";
import { Screen, showStatus, statusText } from "../../src/ops/status.ts";
import { until } from "../support/wait.ts";

function metrics(): Metrics {
  const figures = new Metrics();
  figures.delivered.set("Bluesky.Feed.Post", 20);
  figures.delivered.set("Bluesky.Feed.Like", 100);
  figures.cursor = 31_500_000_000;
  figures.inFlightBytes = 1_250_000;
  figures.lagMs = 1234;
  return figures;
}

Deno.test("statusText() tells rate, counts by type, cursor, what is unacknowledged, and lag", () => {
  assertEquals(
    statusText(metrics(), { atMs: 1000, delivered: 20 }, 3000, 500, true),
    "50 events/s | cursor 31500000000 | unacknowledged 1.3 MB | lag 1.2 s | 120 delivered | like 100 post 20",
  );
});

Deno.test("statusText() tells how long until loss, where that is known", () => {
  const figures = metrics();
  for (const [seconds, shown] of [[259_199, "loss in 3 d"], [36_000, "loss in 10 h"], [0, "loss in 0.0 s"]] as const) {
    figures.secondsUntilLoss = seconds;
    const text = statusText(figures, { atMs: 0, delivered: 0 }, 1000, 500, true);
    assert(text.includes(`| lag 1.2 s | ${shown} | 120 delivered`), text);
  }
});

Deno.test("statusText() is plain ASCII where asked, and never wider than the terminal", () => {
  for (const width of [10, 40, 80]) {
    const plain = statusText(metrics(), { atMs: 0, delivered: 0 }, 1000, width, true);
    assertEquals(plain.length, width);
    assert(/^[\x20-\x7e]*$/.test(plain), plain);
    assertEquals(statusText(metrics(), { atMs: 0, delivered: 0 }, 1000, width, false).length, width);
  }
});

Deno.test("statusText() has dashes for what is not known yet", () => {
  const text = statusText(new Metrics(), { atMs: 0, delivered: 0 }, 0, 500, true);
  assert(text.includes("cursor -") && text.includes("lag -"), text);
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

Deno.test("statusText() shows lag, cursor and what is unacknowledged on a terminal of 80 columns", () => {
  const text = statusText(metrics(), { atMs: 0, delivered: 0 }, 1000, 79, false);
  for (const part of ["events/s", "cursor 31500000000", "unacknowledged 1.3 MB", "lag 1.2 s"]) {
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
    figures.lagMs = lagMs;
    const text = statusText(figures, { atMs: 0, delivered: 0 }, 1000, 500, true);
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
    figures.delivered.set("Bluesky.Feed.Like", 1000);
  }
  assert(written.endsWith("| 1020 delivered | like 1000 post 20\n"), written);
});

Deno.test("showStatus() logs a line now and then where there is no terminal, with the rate since the one before", async () => {
  const lines: string[] = [];
  const fields: Fields[] = [];
  const screen = new Screen(() => {
    throw new Error("nothing is to be drawn");
  }, "never");
  let nowMs = 0;
  const figures = new Metrics();
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
        figures.delivered.set("Bluesky.Feed.Post", lines.length * 50);
      },
      redrawMs: 1,
      logMs: 1,
    });
    nowMs = 10_000;
    await until("three lines", () => lines.length >= 3);
  }
  const { eventsPerSecond, lagSeconds, delivered } = fields[1] ?? {};
  assertEquals([eventsPerSecond, lagSeconds, delivered], [5, null, 50]);
  assertEquals(lines.slice(0, 3).map((line) => line.split(" | ")[0]), ["0 events/s", "5 events/s", "5 events/s"]);
  assertEquals(/^[\x20-\x7e]*$/.test(lines.join("")), true);
});
