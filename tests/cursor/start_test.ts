import { assertEquals, assertMatch } from "@std/assert";
import { decideStart } from "../../src/cursor/start.ts";

const STORED = { host: "bsky.network", seq: 7, time: "2026-01-01T00:00:00.000Z" };

const NONE = new Map();

Deno.test("decideStart() follows the command before anything else", () => {
  assertEquals(decideStart({ kind: "live" }, STORED, NONE, ["bsky.network"], true).seq, null);
  assertEquals(decideStart({ kind: "oldest" }, STORED, NONE, ["bsky.network"], true).seq, 0);
  assertEquals(decideStart({ kind: "seq", seq: 99 }, STORED, NONE, ["elsewhere"], true).seq, 99);
});

Deno.test("decideStart() resumes at the cursor kept, also at one of the Python bridge that names no host", () => {
  const start = decideStart(null, STORED, NONE, ["bsky.network"], true);
  assertEquals([start.seq, start.time, start.left], [7, STORED.time, null]);
  assertEquals(decideStart(null, { ...STORED, host: null }, NONE, ["bsky.network"], true).seq, 7);
});

Deno.test("decideStart() starts live without a cursor, and says so", () => {
  const start = decideStart(null, null, NONE, ["bsky.network"], true);
  assertEquals([start.seq, start.warning], [null, null]);
  assertMatch(start.origin, /live/);
});

Deno.test("decideStart() goes on by the time of a cursor of another host, and warns of what comes again", () => {
  const start = decideStart(null, STORED, NONE, ["relay.example.com"], true);
  assertEquals([start.seq, start.time, start.left, start.byTime], [null, null, STORED, true]);
  assertMatch(start.origin, /2026-01-01/);
  for (const part of [/bsky\.network/, /relay\.example\.com/, /again/]) assertMatch(start.warning ?? "", part);
});

Deno.test("decideStart() starts live where another host's cursor has no time, or nothing may be repeated, and warns of both", () => {
  for (const [time, mayRepeat] of [[null, true], ["long ago", true], [STORED.time, false]] as const) {
    const stored = { ...STORED, time };
    const start = decideStart(null, stored, NONE, ["relay.example.com"], mayRepeat);
    assertEquals([start.seq, start.left, start.byTime], [null, stored, false]);
    for (const part of [/bsky\.network/, /relay\.example\.com/, /--cursor oldest/]) {
      assertMatch(start.warning ?? "", part);
    }
  }
});

Deno.test("decideStart() begins on the host of the cursor kept, wherever it stands among several", () => {
  const start = decideStart(null, STORED, NONE, ["relay.example.com", "bsky.network"], true);
  assertEquals([start.host, start.seq, start.left], ["bsky.network", 7, null]);
  assertEquals(
    decideStart({ kind: "live" }, STORED, NONE, ["relay.example.com", "bsky.network"], true).host,
    "relay.example.com",
  );
});

Deno.test("decideStart() goes on from a host's own cursor where that of the last host is of no use", () => {
  const others = new Map([["relay.example.com", { seq: 5, time: null }]]);
  const start = decideStart(null, STORED, others, ["other.example.com", "relay.example.com"], true);
  assertEquals([start.host, start.seq, start.time, start.left, start.warning], [
    "relay.example.com",
    5,
    null,
    null,
    null,
  ]);
  assertMatch(start.origin, /^5 .*relay\.example\.com/);
});
