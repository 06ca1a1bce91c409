import { assertEquals } from "@std/assert";
import type { Cursor } from "../../src/cursor/cursor.ts";
import { cursorFields, readCursor, readPlace } from "../../src/cursor/json.ts";

const CURSOR: Cursor = {
  host: "bsky.network",
  seq: 31_500_000_000,
  time: "2026-01-01T00:00:00.000Z",
  savedAt: "2026-01-01T00:00:01.000Z",
  epoch: 3,
  owner: { job: "j", cluster: "c", topic: "t", topicId: null, options: "o" },
  usualStep: 7,
  recent: ["did:plc:a/1", "did:plc:b/2"],
};

function written(cursor: Cursor, most: number): unknown {
  return JSON.parse(JSON.stringify(cursorFields(cursor, most)));
}

Deno.test("readCursor() reads what cursorFields() wrote, of the recent messages the last", () => {
  assertEquals(readCursor(written(CURSOR, 64)), CURSOR);
  assertEquals(readCursor(written(CURSOR, 1)), { ...CURSOR, recent: ["did:plc:b/2"] });
  const { recent: _recent, ...without } = CURSOR;
  assertEquals(readCursor(written(CURSOR, 0)), without);
  const least = { host: null, seq: 0, time: null };
  assertEquals(readCursor(written(least, 64)), least);
});

Deno.test("readCursor() takes a file of the Python bridge, and passes over fields of another kind", () => {
  assertEquals(readCursor({ cursor: 7 }), { host: null, seq: 7, time: null });
  const strange = {
    cursor: 7,
    host: 1,
    time: 2,
    savedAt: 3,
    epoch: "4",
    usualStep: 0,
    owner: {},
    recent: [5, "did/rev"],
  };
  assertEquals(readCursor(strange), { host: null, seq: 7, time: null, recent: ["did/rev"] });
  for (const value of [null, 7, "7", {}, { cursor: "7" }, { cursor: -1 }, { cursor: 1.5 }, { cursor: 2 ** 53 }]) {
    assertEquals([readCursor(value), readPlace(value)], [null, null]);
  }
});
