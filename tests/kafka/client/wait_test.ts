import { assertEquals, assertRejects } from "@std/assert";
import {
  CommonWait,
  retried,
  retryMs,
  unlessAborted,
  waitFor,
  waitUnlessAborted,
} from "../../../src/kafka/client/wait.ts";

Deno.test("waitFor() says whether it waited to the end", async () => {
  const stop = new AbortController();
  assertEquals(await waitFor(1, stop.signal), true);
  const long = waitFor(1e8, stop.signal);
  stop.abort();
  assertEquals(await long, false);
  assertEquals(await waitFor(1e8, stop.signal), false);
});

Deno.test("CommonWait ends the waits of now, none of later, and all on abort", async () => {
  const stop = new AbortController();
  const common = new CommonWait(stop.signal);
  assertEquals(await common.wait(1), true);
  const waits = [common.wait(1e8), common.wait(1e8)];
  common.end();
  assertEquals(await Promise.all(waits), [true, true]);
  const later = common.wait(1e8);
  assertEquals(await Promise.race([later, waitFor(20, stop.signal).then(() => "waits")]), "waits");
  stop.abort();
  assertEquals([await later, await common.wait(1e8)], [false, false]);
});

Deno.test("waitUnlessAborted() waits to the end, or throws the reason of the abort at once", async () => {
  const stop = new AbortController();
  await waitUnlessAborted(1, stop.signal);
  const long = waitUnlessAborted(1e8, stop.signal);
  stop.abort(new RangeError("over"));
  await assertRejects(() => long, RangeError, "over");
});

Deno.test("unlessAborted() gives what the promise gives, or throws the reason of the abort at once", async () => {
  const stop = new AbortController();
  assertEquals(await unlessAborted(Promise.resolve(5), stop.signal), 5);
  await assertRejects(() => unlessAborted(Promise.reject(new TypeError("no")), stop.signal), TypeError, "no");
  const { promise, reject } = Promise.withResolvers<never>();
  const waiting = unlessAborted(promise, stop.signal);
  stop.abort(new RangeError("over"));
  await assertRejects(() => waiting, RangeError, "over");
  await assertRejects(() => unlessAborted(promise, stop.signal), RangeError, "over");
  // What comes later concerns nobody, and ends no process.
  reject(new Error("late"));
});

Deno.test("retried() makes an action again while its errors pass by themselves, so many times", async () => {
  let made = 0;
  const failing = (times: number, error: Error) => () => ++made > times ? Promise.resolve(made) : Promise.reject(error);
  const passes = (error: unknown) => error instanceof RangeError;
  assertEquals(await retried(3, passes, failing(2, new RangeError("early"))), 3);
  made = 0;
  await assertRejects(() => retried(3, passes, failing(3, new RangeError("early"))), RangeError, "early");
  assertEquals(made, 3);
  made = 0;
  assertEquals(await retried(2, passes, failing(1, new RangeError("early")), 1), 2);
  made = 0;
  await assertRejects(() => retried(3, passes, failing(1, new TypeError("no"))), TypeError, "no");
  assertEquals(made, 1);
});

Deno.test("retryMs() grows to 30 s, with jitter above a tenth", () => {
  assertEquals([retryMs(1, 1), retryMs(4, 1), retryMs(99, 1)], [200, 1600, 30_000]);
  assertEquals([retryMs(1, 0), retryMs(99, 0)], [20, 3000]);
});
