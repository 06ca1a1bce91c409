import { assert, assertEquals } from "@std/assert";
import { programOf } from "../../src/app/program.ts";

Deno.test("programOf() gives figures of the process, and takes half of the idle timeout for a silence", () => {
  const { process, limits, runtime } = programOf(20_000);
  const { cpuSeconds, residentBytes, heapBytes, startSeconds } = process();
  assert(cpuSeconds > 0 && residentBytes > heapBytes && heapBytes > 0);
  assert(startSeconds > 1.7e9 && startSeconds <= Date.now() / 1000);
  assertEquals([limits.silenceMs, runtime], [10_000, Deno.version.deno]);
});
