import { assert, assertEquals, assertThrows } from "@std/assert";
import { Account, makePast } from "../../src/simulator/account.ts";
import { Population } from "../../src/simulator/population.ts";
import { createRandom } from "../../src/simulator/random.ts";

const PAST = await makePast(1, Date.UTC(2026, 0, 1), createRandom(1));

async function populate(count: number, seed: number): Promise<Population> {
  const random = createRandom(seed);
  const population = new Population(random);
  for (let i = 0; i < count; i++) population.join(await Account.create(i, random, PAST));
  return population;
}

Deno.test("Population.change() lets accounts go silent and come back, and none back that is deleted", async () => {
  const population = await populate(60, 2);
  const isActive = new Map<string, boolean>();
  const states = new Map<string, number>();
  const deleted = new Set<string>();
  let returned = 0;
  for (let i = 0; i < 300; i++) {
    const { account: { did }, active, status, isDeleted } = population.change();
    assert(!deleted.has(did), "one that is deleted changed");
    if (isDeleted) deleted.add(did);
    if (active && isActive.get(did) === false) returned++;
    isActive.set(did, active);
    states.set(`${active} ${status}`, (states.get(`${active} ${status}`) ?? 0) + 1);
    assert(population.pickActive().active && !population.pickAny().isDeleted);
  }
  assert(deleted.size > 5 && returned > 20, `${deleted.size} deleted, ${returned} came back`);
  for (const state of ["deactivated", "takendown", "suspended", "deleted"]) assert(states.has(`false ${state}`), state);
  assert(states.has("true null"), [...states.keys()].join());
});

Deno.test("Population.change() never silences the last account that can write", async () => {
  for (const count of [1, 2, 3]) {
    const population = await populate(count, count);
    for (let i = 0; i < 200; i++) {
      population.change();
      assertEquals(population.pickActive().active, true);
    }
  }
});

Deno.test("Population.pickActive() needs somebody", () => {
  assertThrows(() => new Population(createRandom(1)).pickActive(), RangeError, "without accounts");
});
