import { assertEquals } from "@std/assert";
import { History, type HistorySample, SAMPLE_MS, SAMPLES } from "../../../src/telemetry/page/history.ts";

function sample(atMs: number, posts: number): HistorySample {
  return { atMs, delivered: posts, lagMs: posts, counts: new Map(posts === 0 ? [] : [["post", posts]]) };
}

Deno.test("History gives rates between samples, also of a type that comes later, and up to now", () => {
  const history = new History();
  history.add(sample(0, 0));
  history.add(sample(5000, 50));
  const rates = history.rates(sample(7000, 90));
  assertEquals(rates.map(({ atMs, of }) => [atMs, of.get("post")]), [[5000, 10], [7000, 20]]);
  assertEquals(history.rates(sample(5500, 90)).length, 1);
});

Deno.test("History keeps ten minutes, and no more", () => {
  const history = new History();
  for (let i = 0; i < 3 * SAMPLES; i++) history.add(sample(i * SAMPLE_MS, i));
  const rates = history.rates(sample(3 * SAMPLES * SAMPLE_MS - SAMPLE_MS, 3 * SAMPLES));
  assertEquals(rates.length, SAMPLES - 1);
  assertEquals((rates.at(-1)?.atMs ?? 0) - (rates[0]?.atMs ?? 0), 600_000 - SAMPLE_MS);
});

Deno.test("History has a sample of 20 seconds ago for the speed of catching up, or the first, or this one", () => {
  const history = new History();
  const now = sample(100_000, 7);
  assertEquals(history.before(now), now);
  history.add(sample(0, 0));
  assertEquals(history.before(now).atMs, 0);
  for (let i = 1; i < 20; i++) history.add(sample(i * SAMPLE_MS, i));
  assertEquals(history.before(now).atMs, 75_000);
});
