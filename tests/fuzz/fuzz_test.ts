import { assert, assertEquals } from "@std/assert";
import { make, verify } from "./check.ts";
import { CORE_CHECKS } from "./core.ts";
import { gatherSeeds, KINDS } from "./kinds.ts";
import { regressions } from "./regressions.ts";
import { Fuzzer, makeCase } from "./run.ts";

const SEEDS = await gatherSeeds();

Deno.test("messages that once broke a promise break none now", async () => {
  const kept = await regressions();
  for (const [name, bytes] of kept) {
    try {
      verify(make(bytes));
      for (const core of CORE_CHECKS) core.compare(bytes);
    } catch (error) {
      throw new Error(name, { cause: error });
    }
  }
  assert(kept.size >= 8, `${kept.size}`);
});

Deno.test("thousands of hostile messages break nothing, and enough of each kind become events, also by the core", () => {
  // A seed for each configuration of the core.
  const fuzzers = CORE_CHECKS.map((_, i) => new Fuzzer(20260701 + i, SEEDS, Infinity));
  for (const fuzzer of fuzzers) {
    // Those of 5 MB are for the long run.
    for (let index = 0; fuzzer.cases < 800; index++) fuzzer.run(index);
    assertEquals(fuzzer.failures.map(({ index, problem }) => `${index}: ${problem}`), []);
    assertEquals(fuzzer.missed(), []);
  }
  for (const name of Object.keys(KINDS).filter((each) => each !== "huge")) {
    const cases = fuzzers.reduce((sum, { tallies }) => sum + (tallies.get(name)?.cases ?? 0), 0);
    assert(cases > 2, `${name}: too few cases`);
  }
});

Deno.test("hostile messages in one batch are what they are alone", () => {
  for (const [i, core] of CORE_CHECKS.entries()) {
    const cases = Array.from({ length: 600 }, (_, index) => makeCase(20260710 + i, index, SEEDS));
    const messages = cases.filter(({ kind }) => kind !== "huge").map(({ bytes }) => bytes);
    let byCore = 0;
    for (let from = 0; from < messages.length; from += 300) byCore += core.compare(...messages.slice(from, from + 300));
    assert(byCore > 80, `${byCore}`);
  }
});

Deno.test("makeCase() makes the same message of the same seed and number, and another of another", () => {
  const bytesOf = (seed: number, index: number) => makeCase(seed, index, SEEDS).bytes;
  for (let index = 0; index < 50; index++) assertEquals(bytesOf(5, index), bytesOf(5, index));
  const made = new Set(Array.from({ length: 300 }, (_, index) => bytesOf(index % 3, index).join()));
  assert(made.size > 290, `${made.size}`);
});
