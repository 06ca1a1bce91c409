import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createRandom, pickWeighted } from "../../src/simulator/random.ts";

const draw = (seed: number) => {
  const random = createRandom(seed);
  return Array.from({ length: 50 }, () => random.next());
};

Deno.test("createRandom() draws the same for the same seed, and something else for its neighbour", () => {
  assertEquals(draw(7), draw(7));
  assertNotEquals(draw(7), draw(8));
  assert(Math.abs((draw(7)[0] ?? 0) - (draw(8)[0] ?? 0)) > 1e-6);
});

Deno.test("createRandom() draws evenly within its bounds", () => {
  const random = createRandom(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const drawn = random.below(10);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  assert(counts.every((count) => count > 850 && count < 1150), counts.join());
  const share = Array.from({ length: 10_000 }, () => random.next()).filter((x) => x < 0.25).length / 10_000;
  assert(share > 0.22 && share < 0.28, String(share));
  assertEquals(new Set(Array.from({ length: 200 }, () => random.pick(["a", "b", "c"]))), new Set(["a", "b", "c"]));
  const bytes = random.bytes(5000);
  assertEquals([bytes.length, new Set(bytes).size], [5000, 256]);
});

Deno.test("pickWeighted() picks each in its share, none that has no weight, and null of nothing", () => {
  const random = createRandom(5);
  const picked = Array.from({ length: 2000 }, () => pickWeighted(random, [0, 3, 1], (weight) => weight));
  assertEquals(new Set(picked), new Set([3, 1]));
  const share = picked.filter((weight) => weight === 3).length / picked.length;
  assert(share > 0.7 && share < 0.8, `${share}`);
  assertEquals([pickWeighted(random, [0], () => 0), pickWeighted(random, [], () => 1)], [null, null]);
});
