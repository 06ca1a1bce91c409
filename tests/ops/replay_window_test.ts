import { assertEquals } from "@std/assert";
import { Metrics } from "../../src/ops/metrics.ts";
import { ReplayWindow } from "../../src/ops/replay_window.ts";

const HOUR = 3_600_000;

/** A window of ten hours, and what is logged as its clock goes on. */
function parts() {
  const metrics = new Metrics();
  const lines: string[] = [];
  const clock = { hours: 0 };
  const window = new ReplayWindow(
    10 * HOUR,
    metrics,
    (level, message, fields) => void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    () => clock.hours * HOUR,
  );
  const at = (hours: number): number | null => {
    clock.hours = hours;
    window.check();
    return metrics.secondsUntilLoss;
  };
  return { metrics, lines, at };
}

Deno.test("ReplayWindow.check() counts down from the last message, and tells nothing where none is known", () => {
  const { metrics, at } = parts();
  assertEquals(at(1), null);
  metrics.positionMs = HOUR;
  assertEquals([at(1), at(4), at(10.9995), at(20)], [36_000, 25_200, 1, 0]);
});

Deno.test("ReplayWindow.check() warns once when half of the window is used up, errs at its end, and tells of the return", () => {
  const { metrics, lines, at } = parts();
  metrics.positionMs = 0;
  for (const hours of [0, 4.9, 5, 5.1, 6, 9, 10, 11]) at(hours);
  metrics.positionMs = 3 * HOUR;
  at(11);
  metrics.positionMs = 10 * HOUR;
  at(11);
  metrics.positionMs = 10 * HOUR;
  at(15.5);
  assertEquals(lines.map((line) => line.split(" ")[0]), ["warn", "error", "info", "warn"]);
  assertEquals(lines[0]?.endsWith('{"secondsUntilLoss":17640}'), true, lines[0]);
});

Deno.test("ReplayWindow.check() tells nothing where the firehose sends what is older than the window", () => {
  const { metrics, lines, at } = parts();
  metrics.positionMs = 0;
  metrics.lagMs = 11 * HOUR;
  assertEquals([at(11), lines], [null, []]);
});
