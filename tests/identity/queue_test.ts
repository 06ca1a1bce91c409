import { assert, assertEquals } from "@std/assert";
import { type Asked, RequestQueue } from "../../src/identity/queue.ts";
import { StepClock } from "../support/step_clock.ts";

type Answer = (name: string, timeMs: number) => Asked | Promise<Asked>;

/** Runs a queue on a clock of its own until nothing is left; gives what was asked, with its time. */
async function runQueue(
  answer: Answer,
  fill: (queue: RequestQueue, clock: StepClock) => void,
  more: { readonly perSecond?: number; readonly mostAtOnce?: number; readonly mostWaiting?: number } = {},
) {
  const clock = new StepClock();
  const asked: [name: string, timeMs: number][] = [];
  let [dropped, open, mostOpen] = [0, 0, 0];
  const openNames = new Set<string>();
  const queue = new RequestQueue({
    perSecond: more.perSecond ?? 10,
    mostAtOnce: more.mostAtOnce ?? 4,
    mostWaiting: more.mostWaiting ?? 100,
    ask: async ({ name }) => {
      assert(!openNames.has(name), `${name} is asked about twice at once`);
      openNames.add(name);
      asked.push([name, clock.nowMs]);
      mostOpen = Math.max(mostOpen, ++open);
      const result = await answer(name, clock.nowMs);
      openNames.delete(name);
      open--;
      return result;
    },
    onDropped: () => dropped++,
    clock,
  });
  fill(queue, clock);
  const stop = new AbortController();
  const ran = queue.run(stop.signal);
  await clock.settle(() => queue.size > 0 || open > 0);
  stop.abort();
  await ran;
  return { asked, names: asked.map(([name]) => name), dropped, mostOpen, queue };
}

Deno.test("RequestQueue asks so many times a second, without a burst, and once for a name that is wanted often", async () => {
  const { asked } = await runQueue(() => "done", (queue) => {
    for (let i = 0; i < 90; i++) queue.request(`n${i % 30}`);
  });
  assertEquals(asked.map(([name]) => name), Array.from({ length: 30 }, (_, i) => `n${i}`));
  assertEquals(asked.map(([, timeMs]) => timeMs), Array.from({ length: 30 }, (_, i) => i * 100));
});

Deno.test("RequestQueue has only so many requests open, and one for a name, also when that is to be renewed", async () => {
  let renewed: Promise<void> | null = null;
  const { names, mostOpen } = await runQueue(
    (name) => name === "a" && renewed === null ? open.promise : "done",
    (queue, clock) => {
      for (const name of ["a", "b", "c"]) queue.request(name);
      clock.at(250, () => {
        renewed = queue.renew("a");
        queue.request("a");
      });
      clock.at(450, () => open.resolve("done"));
    },
  );
  assertEquals(names, ["a", "b", "c", "a"]);
  assertEquals(mostOpen, 2);
  await renewed;
});
const open = Promise.withResolvers<Asked>();

Deno.test("RequestQueue renews before it asks for the first time, but lets first ones through", async () => {
  const { names } = await runQueue(() => "done", (queue) => {
    for (let i = 0; i < 4; i++) queue.request(`first${i}`);
    for (let i = 0; i < 10; i++) void queue.renew(`again${i}`);
  });
  assertEquals(names.slice(0, 9), [...Array.from({ length: 7 }, (_, i) => `again${i}`), "first0", "again7"]);
  assertEquals([...names].sort(), [...new Set(names)].sort());
  assertEquals(names.length, 14);
});

Deno.test("RequestQueue drops the oldest first requests when too many wait, and ends what was waited for", async () => {
  let ended = 0;
  const { names, dropped } = await runQueue(() => "done", (queue) => {
    for (let i = 0; i < 8; i++) queue.request(`n${i}`);
    for (let i = 0; i < 6; i++) queue.renew(`r${i}`).then(() => ended++);
  }, { mostWaiting: 5 });
  assertEquals(names, ["r1", "r2", "r3", "r4", "r5", "n3", "n4", "n5", "n6", "n7"]);
  assertEquals([dropped, ended], [4, 6]);
});

Deno.test("RequestQueue waits as long as it is asked to, and then asks again", async () => {
  const refusedAt: number[] = [];
  const { asked } = await runQueue((_name, timeMs) => {
    if (refusedAt.length === 3) return "done";
    refusedAt.push(timeMs);
    return { afterMs: 5000 };
  }, (queue) => {
    queue.request("a");
    queue.request("b");
  }, { mostAtOnce: 1 });
  assertEquals(asked.length, 5);
  for (let i = 1; i <= 3; i++) {
    const gapMs = (asked[i]?.[1] ?? 0) - (refusedAt[i - 1] ?? 0);
    assert(gapMs >= 5000 && gapMs <= 5500, `${gapMs}`);
  }
});

Deno.test("RequestQueue waits ever longer when it is refused without a time, up to a minute, and gives up in the end", async () => {
  let ended = false;
  const { asked, dropped } = await runQueue(() => ({ afterMs: null }), (queue) => {
    queue.renew("a").then(() => ended = true);
  });
  const gaps = asked.slice(1).map(([, timeMs], i) => timeMs - (asked[i]?.[1] ?? 0));
  gaps.slice(0, 6).forEach((gap, i) => assert(gap >= 500 * 2 ** i && gap <= 1000 * 2 ** i, `${gaps}`));
  assert(gaps.every((gap) => gap <= 60_000));
  assertEquals([asked.length, dropped, ended], [20, 1, true]);
});

Deno.test("RequestQueue lets one request rest, ever longer, while others go on, and makes it once when it is wanted again", async () => {
  let ended = 0;
  const { asked } = await runQueue(
    (name, timeMs) => name === "a" && timeMs < 9000 ? { restMs: 1500 } : "done",
    (queue, clock) => {
      void queue.renew("a").then(() => ended++);
      for (let i = 0; i < 20; i++) queue.request(`n${i}`);
      for (let ms = 100; ms < 20_000; ms += 100) clock.at(ms, () => queue.request("a"));
      clock.at(20_000, () => assertEquals(ended, 1));
    },
  );
  assertEquals(asked.filter(([name]) => name !== "a").map(([, timeMs]) => timeMs <= 2200).every((each) => each), true);
  const gaps = asked.filter(([name]) => name === "a").map(([, timeMs]) => timeMs).map((timeMs, i, all) =>
    timeMs - (all[i - 1] ?? 0)
  ).slice(1, 4);
  assert(
    gaps.every((gap, i) => gap >= Math.max(1500, 500 * 2 ** i) && gap <= Math.max(1700, 1000 * 2 ** i + 200)),
    `${gaps}`,
  );
});

Deno.test("RequestQueue answers within a minute what is renewed while half of all requests are refused", async () => {
  let [turn, renewedMs] = [0, NaN];
  const { asked } = await runQueue(() => turn++ % 2 === 0 ? { afterMs: 1000 } : "done", (queue, clock) => {
    for (let i = 0; i < 100; i++) queue.request(`n${i}`);
    clock.at(3000, () => void queue.renew("renamed").then(() => renewedMs = clock.nowMs - 3000));
  });
  assert(renewedMs < 10_000, `${renewedMs}`);
  assert(asked.length >= 200);
});
