import { assert, assertEquals } from "@std/assert";
import { type PlaceSample, seek, type SeekResult } from "../../src/upstream/seek.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 6, 1);

/** A host whose messages stand at these numbers and times, and which is asked for some. */
class Host {
  asked: (number | null)[] = [];
  /** Numbers of the messages that were handled before. */
  handled = { after: 0, upTo: 0 };
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

  readonly first = (cursor: number | null): Promise<PlaceSample> => {
    this.asked.push(cursor);
    const after = cursor === null || cursor >= this.#live ? this.#live : Math.max(cursor + 1, this.#oldest);
    const seq = Math.ceil(after / this.#every) * this.#every;
    const isHandled = seq > this.handled.after && seq <= this.handled.upTo;
    return Promise.resolve({ seq, timeMs: this.#timeOf(seq), messages: 32, handled: isHandled ? 32 : 0 });
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
async function placeOf(host: Host, targetMs: number, known: number | null, canProve = false) {
  const { cursor, proof } = await seek(host.first, targetMs, known, canProve);
  if (cursor === null) throw new Error("No place was found");
  return { cursor, proof };
}

Deno.test("seek() finds a place early enough and not much earlier, in a handful of connections, at any rate", async () => {
  for (const perSecond of [1, 50, 350, 800, 2500]) {
    for (const minutes of [1, 2, 10, 60, 600]) {
      const host = steady(perSecond);
      const target = NOW - minutes * MINUTE;
      const { cursor, proof } = await placeOf(host, target, null);
      assertEquals(proof, "time");
      const early = target - host.timeOf(cursor + 1);
      const where = `${perSecond}/s, ${minutes} min: ${early / MINUTE} min early in ${host.asked.length}`;
      const isNear = early <= Math.max(2 * MINUTE, minutes * MINUTE) || early / 1000 * perSecond <= 1000;
      assert(early >= 0 && isNear, where);
      assert(host.asked.length <= 14, where);
      assertEquals(host.asked[0], null);
    }
  }
});

Deno.test("seek() gives the oldest message where even that is too late, and says so", async () => {
  const live = 5_000_000;
  const host = new Host(4_900_000, live, (seq) => NOW - (live - seq) * 10);
  assertEquals(await placeOf(host, NOW - 3600 * MINUTE, null), { cursor: 4_899_999, proof: "nothing" });
  assert(host.asked.length <= 16, `${host.asked.length} connections`);
});

Deno.test("seek() goes back no further than to what was handled on the host before", async () => {
  const host = steady(500);
  const known = 31_500_000_000 - 20_000;
  assertEquals(await placeOf(host, NOW - 600 * MINUTE, known), { cursor: known, proof: "up-to" });
  const old = await placeOf(steady(500), NOW - MINUTE, 31_400_000_000);
  assert(old.proof === "time" && old.cursor > 31_499_900_000, String(old.cursor));
  // A number above the live one is of another sequence space.
  const other = await placeOf(steady(500), NOW - MINUTE, 40_000_000_000);
  assert(other.proof === "time" && other.cursor < 31_500_000_000, String(other.cursor));
});

Deno.test("seek() begins at the live message of a host that is itself behind", async () => {
  const host = steady(500);
  assertEquals(await placeOf(host, NOW + MINUTE, null), { cursor: 31_499_999_999, proof: "time" });
  assertEquals(host.asked, [null]);
});

Deno.test("seek() finds its place where a relay skipped many sequence numbers, and where it has few", async () => {
  const jump = (seq: number) => seq > 30_000_000 ? NOW - (31_000_000 - seq) : NOW - 3600_000 - (9_000_000 - seq) * 2;
  const skipping = new Host(1, 31_000_000, jump);
  const at = await placeOf(skipping, NOW - 70 * MINUTE, null);
  assert(at.proof === "time" && jump(at.cursor + 1) <= NOW - 70 * MINUTE, `${at.cursor}`);

  const sparse = new Host(1, 50_000_000, (seq) => NOW - (50_000_000 - seq) * 0.01, 1_000_000);
  const found = await placeOf(sparse, NOW - 5 * MINUTE, null);
  assert(found.proof === "time" && sparse.timeOf(found.cursor + 1) <= NOW - 5 * MINUTE, `${found.cursor}`);

  const few = new Host(1, 10, (seq) => NOW - (10 - seq) * MINUTE);
  assertEquals(await placeOf(few, NOW - 5.5 * MINUTE, null), { cursor: 0, proof: "time" });
});

Deno.test("seek() finds no place where times say nothing, but for one that is known", async () => {
  const host = new Host(1, 1000, () => NaN);
  const nowhere: SeekResult = { cursor: null, proof: "nothing", timeMs: NaN };
  assertEquals(await seek(host.first, NOW, null, true), nowhere);
  assertEquals(await seek(steady(500).first, NaN, null, true), nowhere);
  assertEquals(await placeOf(host, NOW, 700), { cursor: 700, proof: "up-to" });
});

Deno.test("seek() is proven right by messages that were handled before, from there on or later", async () => {
  const host = steady(500);
  host.handled = { after: 31_499_700_000, upTo: 31_499_900_000 };
  const { cursor, proof } = await placeOf(host, host.timeOf(31_499_870_000), null, true);
  assertEquals(proof, "records");
  assert(cursor <= 31_499_870_000, String(cursor));
});

Deno.test("seek() goes further back where times led too far, a few times, and says where that proved nothing", async () => {
  const host = steady(500);
  // The times of all messages are ahead by so much that the wanted one is live.
  host.handled = { after: 0, upTo: 31_499_600_000 };
  const { cursor, proof } = await placeOf(host, NOW - MINUTE, null, true);
  assertEquals(proof, "records");
  assert(cursor < 31_499_600_000 && cursor > 31_490_000_000, String(cursor));
  assert(host.asked.length <= 14, `${host.asked.length} connections`);

  const other = steady(500);
  const place = await placeOf(other, NOW - MINUTE, null, true);
  assertEquals(place, await placeOf(steady(500), NOW - MINUTE, null));
  assert(other.asked.length <= 14, `${other.asked.length} connections`);
});
