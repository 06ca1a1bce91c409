import { assert, assertEquals } from "@std/assert";
import { committedOf, keptCursorOf } from "../../../src/sink/kafka/kept_cursor.ts";

const CURSOR = { host: "relay.example", seq: 31_500_000_001, time: "2026-07-01T12:00:00.000Z" };

Deno.test("committedOf() has the cursor's number as the offset, and is read back whole", () => {
  const committed = committedOf(CURSOR, "host pid 1", 7);
  assertEquals(committed.offset, 31_500_000_001n);
  assertEquals(keptCursorOf(committed), { cursor: CURSOR, by: "host pid 1" });
  const saved = { ...CURSOR, savedAt: "2026-07-01T12:00:01.000Z" };
  assertEquals(keptCursorOf(committedOf(saved, "b", 8)).cursor, saved);
  assertEquals(keptCursorOf(committedOf(null, "b", 0)), { cursor: null, by: "b" });
});

Deno.test("committedOf() keeps as many of the last messages as brokers take", () => {
  const recent = Array.from(
    { length: 64 },
    (_, i) => `did:plc:${"a".repeat(24)}/3lzzzzzzzzz${String(i).padStart(2, "2")}`,
  );
  const committed = committedOf({ ...CURSOR, recent, usualStep: 1 }, "host pid 1", 7);
  assert(new TextEncoder().encode(committed.metadata).length < 3500, `${committed.metadata.length}`);
  const { cursor } = keptCursorOf(committed);
  const kept = cursor?.recent?.length ?? 0;
  assert(kept >= 32, `${kept} are kept`);
  assertEquals(cursor, { ...CURSOR, usualStep: 1, recent: recent.slice(-kept) });
  const long = committedOf({ ...CURSOR, recent: ["x".repeat(5000)] }, "a", 1);
  assertEquals(keptCursorOf(long).cursor, CURSOR);
});

Deno.test("committedOf() makes each commit of an instance another one", () => {
  assert(committedOf(CURSOR, "a", 1).metadata !== committedOf(CURSOR, "a", 2).metadata);
});

Deno.test("keptCursorOf() takes the number alone where a tool has set the offset", () => {
  for (const metadata of ["", "null", "[1]", "text", '{"by":1,"host":2}']) {
    assertEquals(keptCursorOf({ offset: 17n, metadata }), { cursor: { host: null, seq: 17, time: null }, by: null });
  }
});
