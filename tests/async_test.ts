import { assertEquals } from "@std/assert";
import { backoffMs, wait } from "../src/async.ts";

Deno.test("wait() resolves after the time, and leaves no timer and no listener behind", async () => {
  const signal = new AbortController().signal;
  await wait(1, signal);
  await wait(0, signal);
});

Deno.test("wait() resolves on abort, also one without end and one that was aborted before", async () => {
  const stop = new AbortController();
  let ended = 0;
  const waits = [wait(Infinity, stop.signal), wait(1e12, stop.signal)].map((each) => each.then(() => ended++));
  await Promise.resolve();
  assertEquals(ended, 0);
  stop.abort();
  await Promise.all(waits);
  await wait(Infinity, stop.signal);
  assertEquals(ended, 2);
});

Deno.test("backoffMs() doubles from the first wait to the longest, with jitter down to nothing", () => {
  const options = { firstMs: 1000, longestMs: 60_000 };
  const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 2000].map((attempt) => backoffMs(attempt, 1, options));
  assertEquals(ceilings, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assertEquals(backoffMs(5, 0, options), 0);
});
