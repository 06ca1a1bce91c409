import { assert, assertEquals } from "@std/assert";
import { make, verify } from "./check.ts";
import { gatherSeeds, KINDS } from "./kinds.ts";
import { regressions } from "./regressions.ts";
import { Fuzzer, makeCase } from "./run.ts";

const SEEDS = await gatherSeeds();

Deno.test("messages that once broke a promise break none now", async () => {
  const kept = await regressions();
  for (const [name, bytes] of kept) {
    try {
      verify(make(bytes));
    } catch (error) {
      throw new Error(name, { cause: error });
    }
  }
  assert(kept.size >= 8, `${kept.size}`);
});

Deno.test("thousands of hostile messages break nothing, and enough of each kind become events", () => {
  const fuzzer = new Fuzzer(20260701, SEEDS, Infinity);
  // Those of 5 MB are for the long run.
  for (let index = 0; fuzzer.cases < 3000; index++) fuzzer.run(index);
  assertEquals(fuzzer.failures.map(({ index, problem }) => `${index}: ${problem}`), []);
  assertEquals(fuzzer.missed(), []);
  for (const name of Object.keys(KINDS).filter((each) => each !== "huge")) {
    assert((fuzzer.tallies.get(name)?.cases ?? 0) > 2, `${name}: too few cases`);
  }
});

Deno.test("makeCase() makes the same message of the same seed and number, and another of another", () => {
  const bytesOf = (seed: number, index: number) => makeCase(seed, index, SEEDS).bytes;
  for (let index = 0; index < 50; index++) assertEquals(bytesOf(5, index), bytesOf(5, index));
  const made = new Set(Array.from({ length: 300 }, (_, index) => bytesOf(index % 3, index).join()));
  assert(made.size > 290, `${made.size}`);
});
