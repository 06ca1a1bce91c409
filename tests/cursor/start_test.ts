import { assertEquals, assertMatch } from "@std/assert";
import { decideStart } from "../../src/cursor/start.ts";

const STORED = { host: "bsky.network", seq: 7, time: "2026-01-01T00:00:00.000Z" };

const NONE = new Map();

Deno.test("decideStart() follows the command before anything else", () => {
  assertEquals(decideStart({ kind: "live" }, STORED, NONE, ["bsky.network"]).seq, null);
  assertEquals(decideStart({ kind: "oldest" }, STORED, NONE, ["bsky.network"]).seq, 0);
  assertEquals(decideStart({ kind: "seq", seq: 99 }, STORED, NONE, ["elsewhere"]).seq, 99);
});

Deno.test("decideStart() resumes at the cursor kept, also at one of the Python bridge that names no host", () => {
  const start = decideStart(null, STORED, NONE, ["bsky.network"]);
  assertEquals([start.seq, start.time, start.left], [7, STORED.time, null]);
  assertEquals(decideStart(null, { ...STORED, host: null }, NONE, ["bsky.network"]).seq, 7);
});

Deno.test("decideStart() starts live without a cursor, and says so", () => {
  const start = decideStart(null, null, NONE, ["bsky.network"]);
  assertEquals([start.seq, start.warning], [null, null]);
  assertMatch(start.origin, /live/);
});

Deno.test("decideStart() starts live where the cursor is another host's, and warns of both", () => {
  const start = decideStart(null, STORED, NONE, ["relay.example.com"]);
  assertEquals([start.seq, start.left], [null, STORED]);
  for (const part of [/bsky\.network/, /relay\.example\.com/, /--cursor/]) assertMatch(start.warning ?? "", part);
});

Deno.test("decideStart() begins on the host of the cursor kept, wherever it stands among several", () => {
  const start = decideStart(null, STORED, NONE, ["relay.example.com", "bsky.network"]);
  assertEquals([start.host, start.seq, start.left], ["bsky.network", 7, null]);
  assertEquals(
    decideStart({ kind: "live" }, STORED, NONE, ["relay.example.com", "bsky.network"]).host,
    "relay.example.com",
  );
});

Deno.test("decideStart() goes on from a host's own cursor where that of the last host is of no use", () => {
  const others = new Map([["relay.example.com", { seq: 5, time: null }]]);
  const start = decideStart(null, STORED, others, ["other.example.com", "relay.example.com"]);
  assertEquals([start.host, start.seq, start.time, start.left, start.warning], [
    "relay.example.com",
    5,
    null,
    null,
    null,
  ]);
  assertMatch(start.origin, /^5 .*relay\.example\.com/);
});
