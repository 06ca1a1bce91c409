import { assert, assertEquals } from "@std/assert";
import { locate, type Moment } from "../../src/firehose/locate.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 6, 1);

/** A host whose messages stand at these numbers and times, and which is asked for some. */
class Host {
  asked: (number | null)[] = [];
  readonly #oldest: number;
  readonly #live: number;
  readonly #timeOf: (seq: number) => number;
  readonly #every: number;

  constructor(oldest: number, live: number, timeOf: (seq: number) => number, every = 1) {
    this.#oldest = oldest;
    this.#live = live;
    this.#timeOf = timeOf;
    this.#every = every;
  }

  readonly first = (cursor: number | null): Promise<Moment> => {
    this.asked.push(cursor);
    const after = cursor === null || cursor >= this.#live ? this.#live : Math.max(cursor + 1, this.#oldest);
    const seq = Math.ceil(after / this.#every) * this.#every;
    return Promise.resolve({ seq, timeMs: this.#timeOf(seq) });
  };

  timeOf(seq: number): number {
    return this.#timeOf(seq);
  }
}

/** A host with so many messages a second, and 72 hours of them. */
function steady(perSecond: number, live = 31_500_000_000): Host {
  return new Host(
    Math.max(1, live - perSecond * 72 * 3600),
    live,
    (seq) => NOW - (live - seq) / perSecond * 1000,
  );
}

/** A place that was found. */
async function placeOf(host: Host, targetMs: number, known: number | null) {
  const { cursor, covers } = await locate(host.first, targetMs, known);
  if (cursor === null) throw new Error("No place was found");
  return { cursor, covers };
}

Deno.test("locate() finds a place early enough and not much earlier, in a handful of connections, at any rate", async () => {
  for (const perSecond of [1, 50, 350, 800, 2500]) {
    for (const minutes of [1, 2, 10, 60, 600]) {
      const host = steady(perSecond);
      const target = NOW - minutes * MINUTE;
      const { cursor, covers } = await placeOf(host, target, null);
      assert(covers);
      const early = target - host.timeOf(cursor + 1);
      const where = `${perSecond}/s, ${minutes} min: ${early / MINUTE} min early in ${host.asked.length}`;
      const isNear = early <= Math.max(2 * MINUTE, minutes * MINUTE) || early / 1000 * perSecond <= 1000;
      assert(early >= 0 && isNear, where);
      assert(host.asked.length <= 14, where);
      assertEquals(host.asked[0], null);
    }
  }
});

Deno.test("locate() gives the oldest message where even that is too late, and says so", async () => {
  const live = 5_000_000;
  const host = new Host(4_900_000, live, (seq) => NOW - (live - seq) * 10);
  assertEquals(await locate(host.first, NOW - 3600 * MINUTE, null), { cursor: 4_899_999, covers: false });
  assert(host.asked.length <= 16, `${host.asked.length} connections`);
});

Deno.test("locate() goes back no further than to what was handled on the host before", async () => {
  const host = steady(500);
  const known = 31_500_000_000 - 20_000;
  assertEquals(await locate(host.first, NOW - 600 * MINUTE, known), { cursor: known, covers: true });
  const old = await placeOf(steady(500), NOW - MINUTE, 31_400_000_000);
  assert(old.covers && old.cursor > 31_499_900_000, String(old.cursor));
  // A number above the live one is of another sequence space.
  const other = await placeOf(steady(500), NOW - MINUTE, 40_000_000_000);
  assert(other.covers && other.cursor < 31_500_000_000, String(other.cursor));
});

Deno.test("locate() begins at the live message of a host that is itself behind", async () => {
  const host = steady(500);
  assertEquals(await locate(host.first, NOW + MINUTE, null), { cursor: 31_499_999_999, covers: true });
  assertEquals(host.asked, [null]);
});

Deno.test("locate() finds its place where a host skipped many numbers, and where it has few", async () => {
  const jump = (seq: number) => seq > 30_000_000 ? NOW - (31_000_000 - seq) : NOW - 3600_000 - (9_000_000 - seq) * 2;
  const skipping = new Host(1, 31_000_000, jump);
  const at = await placeOf(skipping, NOW - 70 * MINUTE, null);
  assert(at.covers && jump(at.cursor + 1) <= NOW - 70 * MINUTE, `${at.cursor}`);

  const sparse = new Host(1, 50_000_000, (seq) => NOW - (50_000_000 - seq) * 0.01, 1_000_000);
  const found = await placeOf(sparse, NOW - 5 * MINUTE, null);
  assert(found.covers && sparse.timeOf(found.cursor + 1) <= NOW - 5 * MINUTE, `${found.cursor}`);

  const few = new Host(1, 10, (seq) => NOW - (10 - seq) * MINUTE);
  assertEquals(await locate(few.first, NOW - 5.5 * MINUTE, null), { cursor: 0, covers: true });
});

Deno.test("locate() finds no place where times say nothing, but for one that is known", async () => {
  const host = new Host(1, 1000, () => NaN);
  assertEquals(await locate(host.first, NOW, null), { cursor: null, covers: false });
  assertEquals(await locate(steady(500).first, NaN, null), { cursor: null, covers: false });
  assertEquals(await locate(host.first, NOW, 700), { cursor: 700, covers: true });
});
