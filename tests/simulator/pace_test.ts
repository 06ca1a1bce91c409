import { assert, assertEquals } from "@std/assert";
import { Pace } from "../../src/simulator/pace.ts";

Deno.test("Pace.count() keeps to the rate on the whole, and catches up with short pauses", () => {
  const pace = new Pace(10, 5000);
  assertEquals([pace.count(5000), pace.count(5000), pace.count(5200)], [100, 200, 100]);
  // Half a second late: five come at once.
  assertEquals([0, 1, 2, 3, 4].map(() => pace.count(5900)), [-500, -400, -300, -200, -100]);
  assertEquals([pace.count(5900), pace.count(5900)], [0, 100]);
});

Deno.test("Pace.count() lets a second's worth come at once after a long pause, and no more", () => {
  const pace = new Pace(10, 0);
  pace.count(0);
  const waits = Array.from({ length: 14 }, () => pace.count(60_000));
  assertEquals(waits.filter((wait) => wait <= 0).length, 11);
  assertEquals(waits.slice(-3), [100, 200, 300]);
});

Deno.test("Pace.tooFew() tells a source that is too slow from one that paused", () => {
  const pace = new Pace(100, 0);
  for (let i = 0; i < 50; i++) pace.count(i * 20);
  // Half of the rate, but a second behind only later.
  assertEquals(pace.tooFew(1000), null);
  for (let i = 50; i < 200; i++) pace.count(i * 20);
  assertEquals(pace.tooFew(4000), 50);
  const paused = new Pace(100, 0);
  for (let i = 0; i < 2000; i++) paused.count(i * 10);
  assertEquals(paused.tooFew(22_000), null);
  assert((paused.tooFew(30_000) ?? 0) > 60);
});
