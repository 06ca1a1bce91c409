import { assertEquals } from "@std/assert";
import { newerOf } from "../../src/cursor/newer.ts";

const EARLY = { host: "a", seq: 9, time: "2026-01-05T00:00:00.000Z", savedAt: "2026-01-01T00:00:00.000Z" };
const LATE = { host: "a", seq: 5, time: "2026-01-04T00:00:00.000Z", savedAt: "2026-01-02T00:00:00.000Z" };

Deno.test("newerOf() takes the one there is", () => {
  assertEquals(newerOf(null, null), { cursor: null, from: null });
  assertEquals(newerOf(EARLY, null), { cursor: EARLY, from: "file" });
  assertEquals(newerOf(null, EARLY), { cursor: EARLY, from: "group" });
});

Deno.test("newerOf() takes the one that was kept later, though a new relay may count lower, and whatever the messages' times", () => {
  assertEquals(newerOf(EARLY, LATE), { cursor: LATE, from: "group" });
  assertEquals(newerOf(LATE, EARLY), { cursor: LATE, from: "file" });
  assertEquals(newerOf(LATE, LATE).from, "group");
});

Deno.test("newerOf() takes the higher number where of one it is not known when it was saved", () => {
  const python = { host: null, seq: 7, time: null };
  assertEquals(newerOf(python, LATE), { cursor: python, from: "file" });
  assertEquals(newerOf(python, EARLY), { cursor: EARLY, from: "group" });
});
