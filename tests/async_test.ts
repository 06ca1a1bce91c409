import { assertEquals } from "@std/assert";
import { wait } from "../src/async.ts";

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
