import { assert, assertEquals } from "@std/assert";
import type { Cursor } from "../../../src/cursor/cursor.ts";
import { committedOf, storedCursorOf } from "../../../src/kafka/offsets/cursor_offset.ts";

const CURSOR: Cursor = { host: "relay.example", seq: 31_500_000_001, time: "2026-07-01T12:00:00.000Z" };

Deno.test("committedOf() has the cursor's number as the offset, and is read back whole", () => {
  const committed = committedOf(CURSOR, "host pid 1", 7);
  assertEquals(committed.offset, 31_500_000_001n);
  assertEquals(storedCursorOf(committed), { cursor: CURSOR, by: "host pid 1", isForeign: false, isLost: false });
  const owner = { job: "j", cluster: "c", topic: "t", topicId: null, options: "o" };
  const saved = { ...CURSOR, savedAt: "2026-07-01T12:00:01.000Z", epoch: 7, owner, recent: ["did:plc:a/1"] };
  assertEquals(storedCursorOf(committedOf(saved, "b", 8)).cursor, saved);
  assertEquals(storedCursorOf(committedOf(null, "b", 0)), { cursor: null, by: "b", isForeign: false, isLost: false });
  assertEquals(storedCursorOf(committedOf(null, "b", 0, true)), {
    cursor: null,
    by: "b",
    isForeign: false,
    isLost: true,
  });
});

Deno.test("committedOf() keeps as many of the last messages as brokers take beside an offset", () => {
  const owner = {
    job: "j".repeat(60),
    cluster: "c".repeat(22),
    topic: "t".repeat(60),
    topicId: "i".repeat(32),
    options: "o",
  };
  const cases = [[(i: number) => `did:plc:${String(i).padStart(24, "a")}/3kabcdefghijk`, 32], [
    (i: number) => `did:web:${"x".repeat(400)}${i}/3kabcdefghijk`,
    4,
  ], [(i: number) => `${"x".repeat(5000)}${i}`, 0]] as const;
  for (const [idOf, least] of cases) {
    const recent = Array.from({ length: 64 }, (_, i) => idOf(i));
    const committed = committedOf({ ...CURSOR, owner, usualStep: 1, recent }, "host pid 1", 7);
    assert(new TextEncoder().encode(committed.metadata).length <= 3800, `${committed.metadata.length}`);
    const { cursor } = storedCursorOf(committed);
    const kept = cursor?.recent ?? [];
    assert(kept.length >= least, `${kept.length} are kept`);
    assertEquals(kept, recent.slice(recent.length - kept.length));
    assertEquals([cursor?.owner, cursor?.usualStep], [owner, 1]);
  }
});

Deno.test("committedOf() makes each commit of an instance another one", () => {
  assert(committedOf(CURSOR, "a", 1).metadata !== committedOf(CURSOR, "a", 2).metadata);
});

Deno.test("storedCursorOf() takes no offset for a cursor that another consumer has committed", () => {
  for (const metadata of ["", "null", "[1]", "text", '{"by":1,"host":2}', '{"cursor":"17"}']) {
    const kept = storedCursorOf({ offset: 17n, metadata });
    assertEquals(kept, { cursor: null, by: null, isForeign: true, isLost: false }, metadata);
  }
});
