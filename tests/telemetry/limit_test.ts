import { assertEquals } from "@std/assert";
import { limitLog } from "../../src/telemetry/limit.ts";

function limited() {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const log = (level: string, message: string, fields: object = {}) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, clock, ...limitLog(log, () => clock.ms) };
}

const RATE = { lines: 2, windowMs: 1000 };

Deno.test("limitLog() logs so many lines of a kind in each window, and then says how many it left out", () => {
  const { lines, clock, limited: log } = limited();
  for (let i = 0; i < 5; i++) log("a", RATE, "warn", "Again", { i });
  log("b", RATE, "warn", "Other");
  clock.ms = 1000;
  log("a", RATE, "warn", "Again", { i: 5 });
  log("a", RATE, "warn", "Again", { i: 6 });
  assertEquals(lines, [
    'warn Again {"i":0}',
    'warn Again {"i":1}',
    'debug Again {"i":2}',
    'debug Again {"i":3}',
    'debug Again {"i":4}',
    "warn Other {}",
    'warn Again {"i":5,"leftOut":3}',
    'warn Again {"i":6}',
  ]);
});

Deno.test("limitLog() tells the rest once, at the end", () => {
  const { lines, limited: log, tellRest } = limited();
  for (let i = 0; i < 9; i++) log("a", RATE, "warn", "Again");
  log("b", RATE, "warn", "Other");
  lines.length = 0;
  tellRest();
  tellRest();
  assertEquals(lines, ['info Log lines were suppressed {"kind":"a","leftOut":7}']);
});
