import { assertEquals, assertMatch } from "@std/assert";
import { decideStart } from "../../src/cursor/start.ts";

const STORED = { host: "bsky.network", seq: 7, time: "2026-01-01T00:00:00.000Z" };

Deno.test("decideStart() follows the command before anything else", () => {
  assertEquals(decideStart({ kind: "live" }, STORED, "bsky.network").seq, null);
  assertEquals(decideStart({ kind: "oldest" }, STORED, "bsky.network").seq, 0);
  assertEquals(decideStart({ kind: "seq", seq: 99 }, STORED, "elsewhere").seq, 99);
});

Deno.test("decideStart() resumes at the cursor kept, also at one of the Python bridge that names no host", () => {
  const start = decideStart(null, STORED, "bsky.network");
  assertEquals([start.seq, start.time, start.left], [7, STORED.time, null]);
  assertEquals(decideStart(null, { ...STORED, host: null }, "bsky.network").seq, 7);
});

Deno.test("decideStart() starts live without a cursor, and says so", () => {
  const start = decideStart(null, null, "bsky.network");
  assertEquals([start.seq, start.warning], [null, null]);
  assertMatch(start.origin, /live/);
});

Deno.test("decideStart() starts live where the cursor is another host's, and warns of both", () => {
  const start = decideStart(null, STORED, "relay.example.com");
  assertEquals([start.seq, start.left], [null, STORED]);
  for (const part of [/bsky\.network/, /relay\.example\.com/, /--cursor/]) assertMatch(start.warning ?? "", part);
});
