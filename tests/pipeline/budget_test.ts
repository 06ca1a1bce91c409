import { assertEquals } from "@std/assert";
import { Budget } from "../../src/pipeline/budget.ts";

Deno.test("Budget is full at its bound, and drained when half is left", async () => {
  const budget = new Budget(100);
  budget.admit(99);
  assertEquals(budget.full, false);
  budget.admit(1);
  assertEquals(budget.full, true);
  let woken = false;
  const drained = budget.drained(new AbortController().signal).then(() => woken = true);
  budget.release(49);
  await Promise.resolve();
  assertEquals([budget.full, woken], [false, false]);
  budget.release(1);
  await drained;
  assertEquals([woken, budget.bytes], [true, 50]);
});

Deno.test("Budget.drained() ends on abort, and at once where nothing is to wait for", async () => {
  const budget = new Budget(10);
  await budget.drained(new AbortController().signal);
  budget.admit(10);
  const stop = new AbortController();
  const waiting = budget.drained(stop.signal);
  stop.abort();
  await waiting;
  await budget.drained(stop.signal);
  assertEquals(budget.bytes, 10);
});
