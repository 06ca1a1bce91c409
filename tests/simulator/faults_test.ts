import { assertEquals } from "@std/assert";
import { COMMIT_FAULTS, FAULTS, faultsAt, isCommitFault, parseFault } from "../../src/simulator/faults.ts";

Deno.test("parseFault() reads every fault, alone and with how often it strikes", () => {
  const names = Object.keys(FAULTS);
  assertEquals(names.length, 21);
  assertEquals(names.map((name) => parseFault(name)), names.map((name) => ({ name, every: 1000 })) as unknown[]);
  assertEquals(parseFault("garbage@7"), { name: "garbage", every: 7 });
});

Deno.test("parseFault() refuses what is no fault", () => {
  for (
    const text of ["", "garbge", "garbage@", "garbage@0", "garbage@-1", "garbage@1.5", "toString", "@5", "GARBAGE"]
  ) {
    assertEquals(parseFault(text), null, text);
  }
});

Deno.test("faultsAt() has each fault at every so many messages, counted from one", () => {
  const faults = [{ name: "stall", every: 2 }, { name: "garbage", every: 3 }] as const;
  assertEquals([1, 2, 3, 4, 6].map((count) => [...faultsAt(faults, count)]), [
    [],
    ["stall"],
    ["garbage"],
    ["stall"],
    ["stall", "garbage"],
  ]);
  assertEquals(faultsAt([], 1).size, 0);
});

Deno.test("isCommitFault() has those alone that are about commits", () => {
  const names = (Object.keys(FAULTS) as (keyof typeof FAULTS)[]).filter(isCommitFault);
  assertEquals(names, Object.keys(COMMIT_FAULTS) as typeof names);
  assertEquals(isCommitFault("garbage"), false);
});
