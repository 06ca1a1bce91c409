import { assertEquals } from "@std/assert";
import { RunState } from "../../src/telemetry/state.ts";
import { ReplayWindow } from "../../src/telemetry/replay_window.ts";

const HOUR = 3_600_000;

/** A window of ten hours, and what is logged as its clock goes on. */
function parts() {
  const state = new RunState();
  const lines: string[] = [];
  const clock = { hours: 0 };
  const window = new ReplayWindow(
    10 * HOUR,
    state,
    (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    () => clock.hours * HOUR,
  );
  const at = (hours: number): number | null => {
    clock.hours = hours;
    window.check();
    return state.secondsUntilLoss;
  };
  return { state, lines, at };
}

Deno.test("ReplayWindow.check() counts down from the last message, and tells nothing where none is known", () => {
  const { state, at } = parts();
  assertEquals(at(1), null);
  state.positionMs = HOUR;
  assertEquals([at(1), at(4), at(10.9995), at(20)], [36_000, 25_200, 1, 0]);
});

Deno.test("ReplayWindow.check() warns once when half of the window is used up, errs at its end, and tells of the return", () => {
  const { state, lines, at } = parts();
  state.positionMs = 0;
  for (const hours of [0, 4.9, 5, 5.1, 5.2, 6, 9, 10, 10.1, 11]) at(hours);
  state.positionMs = 3 * HOUR;
  for (const hours of [11, 11.1]) at(hours);
  state.positionMs = 10 * HOUR;
  for (const hours of [11, 11.1, 15.5, 15.6]) at(hours);
  assertEquals(lines.map((line) => line.split(" ")[0]), ["warn", "error", "info", "warn"]);
  assertEquals(lines[0]?.endsWith('{"secondsUntilLoss":17280}'), true, lines[0]);
});

Deno.test("ReplayWindow.check() tells at once what the cursor of a start says, and of all else what lasts for ten seconds", () => {
  const start = parts();
  start.state.positionMs = 0;
  start.at(6);
  assertEquals(start.lines.length, 1);

  const { state, lines, at } = parts();
  at(100);
  for (let second = 0; second < 60; second++) {
    state.positionMs = (second % 2 === 0 ? 92 : 100) * HOUR;
    at(100 + second / 3600);
  }
  assertEquals(lines, []);
  state.positionMs = 92 * HOUR;
  for (let second = 60; second <= 70; second++) at(100 + second / 3600);
  assertEquals(lines.length, 1);
});

Deno.test("ReplayWindow.check() tells the return from half only well above it", () => {
  const { state, lines, at } = parts();
  state.positionMs = 0;
  at(5.1);
  for (const [leftHours, told] of [[5.1, 1], [4.9, 1], [5.9, 1], [6.1, 2], [5.1, 2], [4.9, 3]] as const) {
    state.positionMs = (leftHours + 10) * HOUR;
    at(20);
    at(20.01);
    assertEquals(lines.length, told, `${leftHours} hours left`);
  }
});

Deno.test("ReplayWindow.check() tells nothing where the firehose sends what is older than the window", () => {
  const { state, lines, at } = parts();
  state.positionMs = 0;
  state.lagMs = 11 * HOUR;
  assertEquals([at(11), lines], [null, []]);
});
