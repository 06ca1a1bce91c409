import { setTimeout as after } from "node:timers/promises";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { OffsetStore } from "../../../src/kafka/offsets/offset_store.ts";
import { committedOf, type OffsetAndMetadata } from "../../../src/kafka/offsets/cursor_offset.ts";
import { aliveGroup, awaitTurn, beatOf, Heartbeat, Silence } from "../../../src/kafka/producer/liveness.ts";

/** Groups in memory; they fail while told so. */
class MemoryGroups implements OffsetStore {
  readonly kept = new Map<string, OffsetAndMetadata>();
  failing: Error | null = null;

  read(group: string): Promise<OffsetAndMetadata | null> {
    return this.failing === null ? Promise.resolve(this.kept.get(group) ?? null) : Promise.reject(this.failing);
  }
  peek(group: string): Promise<OffsetAndMetadata | null> {
    return this.read(group);
  }
  write(group: string, committed: OffsetAndMetadata): Promise<void> {
    this.kept.set(group, committed);
    return Promise.resolve();
  }
  exists(group: string): Promise<boolean> {
    return Promise.resolve(this.kept.has(group));
  }
  findTransactionCoordinator(): Promise<void> {
    return Promise.resolve();
  }
  missingTransactionRequests(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
  reset(): void {}
  close(): void {}
}

const CURSOR = committedOf(null, "a", 0);

function sign(count: number, by = "a", state = ""): OffsetAndMetadata {
  return { offset: BigInt(count), metadata: JSON.stringify({ by, state }) };
}

/** The look, of those at these times, with which the silence is over; null if it never is. */
function overAt(timesMs: readonly number[], signAt: (look: number) => OffsetAndMetadata | null): number | null {
  const silence = new Silence(0);
  const look = timesMs.findIndex((ms, i) => silence.isOver({ cursor: CURSOR, sign: signAt(i) }, ms));
  return look < 0 ? null : look;
}

const EVERY_SECOND = Array.from({ length: 60 }, (_, i) => i * 1000);

Deno.test("Silence is over after ten seconds without a change, and never while there are changes", () => {
  assertEquals(overAt(EVERY_SECOND, () => sign(1)), 10);
  assertEquals(overAt(EVERY_SECOND, () => null), 10);
  assertEquals(overAt(EVERY_SECOND, (look) => sign(Math.floor(look / 2))), null);
  assertEquals(overAt(EVERY_SECOND, (look) => sign(Math.floor(look / 9))), null);
  // The active instance dies at the fifth look.
  assertEquals(overAt(EVERY_SECOND, (look) => sign(Math.min(look, 5))), 15);
});

Deno.test("Silence counts the cursor as a sign of life too", () => {
  const silence = new Silence(0);
  const over = EVERY_SECOND.filter((ms, i) => silence.isOver({ cursor: committedOf(null, "a", i), sign: sign(1) }, ms));
  assertEquals(over, []);
});

Deno.test("Silence lets no time pass while the standby itself stood still, or could not ask", () => {
  // An hour of sleep counts as two seconds.
  assertEquals(overAt([0, 1000, 3_601_000, 3_602_000, 3_603_000], () => sign(1)), null);
  const silence = new Silence(0);
  for (const ms of EVERY_SECOND.slice(0, 10)) {
    assertEquals(silence.isOver({ cursor: CURSOR, sign: sign(1) }, ms), false);
  }
  silence.blind();
  assertEquals(silence.isOver({ cursor: CURSOR, sign: sign(1) }, 60_000), false);
  assertEquals(silence.isOver({ cursor: CURSOR, sign: sign(1) }, 61_000), false);
});

Deno.test("Silence is over at once where nobody ever was, or the owner has released the cursor", () => {
  assertEquals(new Silence(1).isOver({ cursor: null, sign: null }, 0), true);
  assertEquals(overAt([0], () => sign(5, "a", "released")), 0);
  // A predecessor that ended after it was replaced releases nothing.
  assertEquals(overAt([0], () => sign(5, "b", "released")), null);
});

Deno.test("Heartbeat gives a sign, and releases only where told so", async () => {
  const groups = new MemoryGroups();
  const heartbeat = new Heartbeat(groups, "job", "a");
  await heartbeat.start();
  assertEquals([...groups.kept.keys()], [aliveGroup("job")]);
  assertEquals(groups.kept.get("job-alive"), sign(0));
  await heartbeat.stop(true);
  assertEquals(groups.kept.get("job-alive"), sign(1, "a", "released"));
  await heartbeat.start();
  await heartbeat.stop(true);

  const fenced = new Heartbeat(groups, "job", "b");
  await fenced.start();
  await fenced.stop(false);
  assertEquals(groups.kept.get("job-alive"), sign(0, "b"));
});

Deno.test("Heartbeat is silent while it is paused", async () => {
  const groups = new MemoryGroups();
  const heartbeat = new Heartbeat(groups, "job", "a");
  const { setInterval } = globalThis;
  let tick = () => {};
  Reflect.set(globalThis, "setInterval", (beat: () => void) => {
    tick = beat;
    return 0;
  });
  try {
    await heartbeat.start();
  } finally {
    Reflect.set(globalThis, "setInterval", setInterval);
  }
  const afterTick = async () => {
    tick();
    await after(0);
    return groups.kept.get("job-alive");
  };
  assertEquals(await afterTick(), sign(1));
  heartbeat.pause();
  assertEquals(await afterTick(), sign(1));
  heartbeat.resume();
  assertEquals(await afterTick(), sign(2));
  // A standby that was replaced begins anew later.
  heartbeat.pause();
  await heartbeat.start();
  assertEquals([groups.kept.get("job-alive"), await afterTick()], [sign(3), sign(4)]);
  await heartbeat.stop(false);
});

Deno.test("beatOf() reads a sign of life, and of what a tool committed that it is nobody's", () => {
  assertEquals(beatOf(sign(3)), { by: "a", count: 3n, released: false });
  assertEquals(beatOf(sign(4, "b", "released")), { by: "b", count: 4n, released: true });
  for (const metadata of ["", "null", "{", '{"by":7}']) {
    assertEquals(beatOf({ offset: 5n, metadata }), { by: null, count: 5n, released: false }, metadata);
  }
});

Deno.test("awaitTurn() tells whom it waits for, goes on asking through an outage, and takes its turn", async () => {
  const groups = new MemoryGroups();
  groups.kept.set("job", CURSOR);
  const told: (string | null)[] = [];
  const troubles: unknown[] = [];
  let ms = 0;
  const turn = await awaitTurn({
    groups,
    cursorGroup: "job",
    random: () => 0,
    now: () => ms,
    wait: () => {
      ms += 1000;
      if (ms < 100_000) groups.kept.set("job-alive", sign(ms));
      groups.failing = ms >= 50_000 && ms < 80_000 ? new Error("down") : null;
      return Promise.resolve(true);
    },
    standingBy: ({ active }) => told.push(active),
    unreachable: (error) => troubles.push(error),
  });
  // Again when the brokers answer again.
  assertEquals([turn, told, troubles.length], [true, ["a", "a"], 30]);
  assert(ms >= 109_000, `${ms}`);
});

Deno.test("awaitTurn() ends when it is to wait no longer, and with what is no outage", async () => {
  const groups = new MemoryGroups();
  groups.kept.set("job", CURSOR);
  const options = {
    groups,
    cursorGroup: "job",
    random: () => 0,
    now: () => 0,
    wait: () => Promise.resolve(false),
    standingBy: () => {},
    unreachable: (error: unknown) => {
      throw error;
    },
  };
  assertEquals(await awaitTurn(options), false);
  groups.failing = new TypeError("refused");
  await assertRejects(() => awaitTurn(options), TypeError);
});
