import { assertEquals } from "@std/assert";
import { Numbering } from "../../src/upstream/numbering.ts";

/** What is learned of these steps, so many times over. */
function learned(steps: readonly number[], times: number, prior: number | null = null): Numbering {
  const numbering = new Numbering(prior);
  for (let i = 0; i < times; i++) for (const step of steps) numbering.learn(step);
  return numbering;
}

Deno.test("Numbering.usualStep is the largest that one in a thousand messages brings", () => {
  assertEquals(learned([1], 16).usualStep, 1);
  assertEquals(learned([1, 1, 1, 5], 32).usualStep, 7);
  // Of few holes the largest one is yet to come.
  assertEquals(learned([1, 1, 1, 5], 10).usualStep, 63);
  assertEquals(learned([1, 2 ** 40], 100).usualStep, 2 ** 41 - 1);
  const rare = learned([1], 5000);
  rare.learn(1_000_000);
  assertEquals(rare.usualStep, 1);
});

Deno.test("Numbering.usualStep is unknown at first, or what an earlier run has learned, for a while", () => {
  assertEquals([learned([1], 15).usualStep, learned([1], 15, 3).usualStep], [null, 3]);
  assertEquals([learned([1], 1023, 3).usualStep, learned([1], 1024, 3).usualStep], [3, 1]);
});

Deno.test("Numbering follows a relay that changes its ways", () => {
  const numbering = learned([1, 100], 5000);
  assertEquals(numbering.usualStep, 127);
  for (let i = 0; i < 1_000_000; i++) numbering.learn(1);
  assertEquals(numbering.usualStep, 1);
});

Deno.test("Numbering.isUnusual() holds for larger steps than the usual one of a relay that is well known, until those are its own", () => {
  assertEquals(learned([1], 999).isUnusual(2), false);
  const dense = learned([1], 2000);
  assertEquals([dense.isUnusual(1), dense.isUnusual(2), dense.isUnusual(1_000_000)], [false, true, true]);
  assertEquals(learned([1, 3], 1000).isUnusual(2), false);
  assertEquals(learned([1, 3], 1000).isUnusual(4), true);
  for (let i = 0; i < 3; i++) dense.confirm(9);
  assertEquals(dense.isUnusual(9), false);
});
