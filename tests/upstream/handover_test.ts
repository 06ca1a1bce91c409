import { assertEquals } from "@std/assert";
import { Handover, type TakeSample } from "../../src/upstream/handover.ts";
import type { HandledPlace, StartAt } from "../../src/upstream/upstream.ts";

const A = "a.example";
const B = "b.example";
const LEFT_MS = Date.UTC(2026, 6, 1);
const LEFT = { host: A, seq: 900, time: new Date(LEFT_MS).toISOString() };
const TO = { host: B, seq: 51, time: null };

function handover(at: StartAt, known: readonly (readonly [string, HandledPlace])[] = []): Handover {
  return new Handover({ at, recent: [], usualStep: null, known: new Map(known) }, A, new Set(), 60_000, false);
}

/** A relay that sends one message a second, whatever came before it: `handled` of the 10 messages that are looked at. */
function relay(handled: number): TakeSample {
  const liveSeq = 100_000;
  return (cursor) => {
    const seq = cursor === null ? liveSeq : cursor + 1;
    return Promise.resolve({ seq, timeMs: LEFT_MS + (seq - 50_000) * 1000, messages: 10, handled });
  };
}

/** One that was left after it had handled some messages, for another. */
function left(...known: (readonly [string, HandledPlace])[]): Handover {
  const from = handover({ kind: "live" }, known);
  for (const print of [1, 2, 3]) from.handled(print);
  from.leave(LEFT);
  return from;
}

Deno.test("Handover.seek() goes back by the rewind and more, and messages that were handled prove the place", async () => {
  const from = left();
  assertEquals([from.isOpen, from.mustSeek, from.expected], [true, true, 3]);
  const { cursor, isExact } = await from.seek(B, relay(10));
  // The place is that of the time a minute before, or up to a minute earlier.
  assertEquals([(cursor ?? 0) < 49_940, isExact, from.mustSeek], [true, true, false]);
  assertEquals(from.arrive(TO, true), { gap: null, isCertain: true });
  assertEquals([from.isOpen, from.arrive(TO, true)], [false, null]);
});

Deno.test("Handover.arrive() gives a gap where nothing proves the place, which what follows may disprove", async () => {
  const gap = { cause: "host-changed", from: LEFT, to: TO, missing: null } as const;
  const from = left();
  await from.seek(B, relay(0));
  assertEquals(from.arrive(TO, true), { gap, isCertain: false });
  assertEquals([1, 4].map((print) => from.isExpected(print)), [true, false]);
  from.decided();
  assertEquals([from.isExpected(1), from.expected], [false, 0]);
  // The relay does not have the message after the cursor.
  const other = left();
  await other.seek(B, relay(0));
  assertEquals(other.arrive(TO, false), { gap, isCertain: true });
});

Deno.test("Handover.seek() takes the place up to which all was handled of the relay itself, unless it is later", async () => {
  const known = { seq: 49_990, time: new Date(LEFT_MS - 10_000).toISOString() };
  const from = left([B, known]);
  assertEquals(await from.seek(B, relay(0)), { cursor: 49_990, isExact: false });
  assertEquals(from.arrive(TO, true), null);
  const later = left([B, { ...known, time: new Date(LEFT_MS + 10_000).toISOString() }]);
  assertEquals((await later.seek(B, relay(0))).cursor === 49_990, false);
});

Deno.test("Handover.arrive() of a time that was chosen is a gap where the relay has nothing that old", async () => {
  const time = LEFT.time;
  const early = handover({ kind: "time", time });
  await early.seek(A, relay(0));
  assertEquals([early.arrive(TO, true), early.isOpen], [null, false]);
  const late = handover({ kind: "time", time });
  const young: TakeSample = (cursor) =>
    Promise.resolve({ seq: cursor === null ? 900 : 800, timeMs: LEFT_MS + 1000, messages: 1, handled: 0 });
  assertEquals((await late.seek(A, young)).cursor, 799);
  const gap = { cause: "window-exceeded", from: { host: B, seq: 0, time }, to: TO, missing: null } as const;
  assertEquals(late.arrive(TO, true), { gap, isCertain: true });
});

Deno.test("Handover.leave() keeps the place before where the relay brought nothing", () => {
  const from = left();
  from.leave({ host: B, seq: 5, time: null });
  assertEquals(from.arrive(TO, true)?.gap?.from, LEFT);
  const fresh = handover({ kind: "live" });
  fresh.leave(null);
  assertEquals([fresh.isOpen, fresh.mustSeek], [false, false]);
});
