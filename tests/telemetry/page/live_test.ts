import { assert, assertEquals } from "@std/assert";
import { LiveClients } from "../../../src/telemetry/page/live.ts";
import { until } from "../../support/wait.ts";

const OPTIONS = { clients: 2, updateMs: 5, heartbeatMs: 1000 };

/** A client of `live`, which takes what is written unless it is `held`. */
function client(live: LiveClients) {
  const stream = live.join();
  assert(stream !== null);
  const stop = new AbortController();
  const got: string[] = [];
  const state = { held: null as Promise<void> | null };
  const running = stream(async (text) => {
    got.push(text);
    await state.held;
  }, stop.signal);
  const end = async () => {
    stop.abort();
    await running;
  };
  return { got, state, end, [Symbol.asyncDispose]: end };
}

Deno.test("LiveClients sends all at first, then what changed, as one line of data", async () => {
  const parts = { a: "1\n2", b: "x" };
  const clock = { ms: 0 };
  const live = new LiveClients(() => ({ ...parts }), OPTIONS, () => clock.ms++);
  await using one = client(live);
  await until("the first parts", () => one.got.length === 2);
  parts.b = "y";
  await until("the change", () => one.got.length === 3);
  assertEquals(one.got, ["retry: 3000\n\n", 'data: {"a":"1\\n2","b":"x"}\n\n', 'data: {"b":"y"}\n\n']);
});

Deno.test("LiveClients gives a heartbeat where nothing changes", async () => {
  const clock = { ms: 0 };
  const live = new LiveClients(() => ({ a: "1" }), OPTIONS, () => clock.ms);
  await using one = client(live);
  await until("the first parts", () => one.got.length === 2);
  clock.ms = 1000;
  await until("a heartbeat", () => one.got.length === 3);
  clock.ms = 1999;
  assertEquals(one.got[2], ": heartbeat\n\n");
});

Deno.test("LiveClients queues nothing for a client that does not read, which then gets the newest", async () => {
  const parts = { a: "0" };
  const clock = { ms: 0 };
  const live = new LiveClients(() => ({ ...parts }), OPTIONS, () => clock.ms += 10);
  await using slow = client(live);
  await using quick = client(live);
  await until("the first parts", () => slow.got.length === 2 && quick.got.length === 2);
  const held = Promise.withResolvers<void>();
  slow.state.held = held.promise;
  for (let at = 1; at <= 5; at++) {
    parts.a = String(at);
    await until("a change", () => quick.got.at(-1) === `data: {"a":"${at}"}\n\n`);
  }
  const before = slow.got.length;
  held.resolve();
  await until("the newest", () => slow.got.at(-1) === 'data: {"a":"5"}\n\n');
  assert(before <= 3 && slow.got.length <= before + 1);
});

Deno.test("LiveClients takes so many clients, renders once for all, and nothing where nobody looks", async () => {
  let rendered = 0;
  const clock = { ms: 0 };
  const live = new LiveClients(() => ({ a: String(++rendered) }), OPTIONS, () => clock.ms);
  assertEquals(rendered, 0);
  const late = live.join();
  const [one, two] = [client(live), client(live)];
  await until("the first parts", () => one.got.length === 2 && two.got.length === 2);
  assertEquals([rendered, live.join()], [1, null]);
  // It joined when there was room, and begins when there is none.
  const written: string[] = [];
  await late?.((text) => Promise.resolve(void written.push(text)), new AbortController().signal);
  assertEquals(written, []);
  await one.end();
  assert(live.join() !== null);
  await two.end();
});

Deno.test("LiveClients frees the place of a client whose connection breaks", async () => {
  const live = new LiveClients(() => ({ a: "1" }), { ...OPTIONS, clients: 1 }, () => 0);
  const failed = await live.join()?.(() => Promise.reject(new Error("reset")), new AbortController().signal)
    .catch((error: Error) => error.message);
  assertEquals(failed, "reset");
  assert(live.join() !== null);
});
