import { assertEquals, assertThrows } from "@std/assert";
import { CursorClaim, storedExactlyOnce } from "../../src/app/cursor_claim.ts";
import { committedOf } from "../../src/kafka/offsets/cursor_offset.ts";
import { TestFolder } from "../support/folder.ts";
import { resolved } from "../support/resolved.ts";

const CURSOR = { host: "a", seq: 7, time: null };

// What brokers know of the job, and so whose the cursor is, tests/e2e has.
Deno.test("CursorClaim claims the cursor that the group has, and keeps what was found", async () => {
  await using folder = new TestFolder();
  const claim = new CursorClaim(resolved({ output: "-", firehoseUrl: "wss://a", cursorFile: folder.file("c") }));
  assertThrows(() => claim.claim(null), TypeError, "nothing was prepared");
  assertThrows(() => claim.stored, TypeError, "nothing was claimed yet");
  await claim.prepare();
  assertEquals(claim.claim(null), { cursor: null, isLost: false });
  assertEquals(claim.stored.own.kind, "none");
  assertEquals(claim.claim(committedOf(CURSOR, "host pid 1", 0, false)), { cursor: CURSOR, isLost: false });
  assertEquals(claim.stored.own.kind === "cursor" && claim.stored.own.cursor.seq, 7);
});

Deno.test("CursorClaim claims no cursor of an offset of another consumer, and says that there may have been one", async () => {
  await using folder = new TestFolder();
  const claim = new CursorClaim(resolved({ output: "-", firehoseUrl: "wss://a", cursorFile: folder.file("c") }));
  await claim.prepare();
  assertEquals(claim.claim({ offset: 9n, metadata: "" }), { cursor: null, isLost: true });
  assertEquals(claim.stored.own.kind, "foreign");
});

Deno.test("storedExactlyOnce() has the cursor file beside the group, also one that cannot be read", async () => {
  await using folder = new TestFolder();
  const cursorFile = folder.file("c");
  const settings = resolved({ output: "-", firehoseUrl: "wss://a", cursor: "oldest", cursorFile });
  assertEquals((await storedExactlyOnce(settings, (_what, ask) => ask())).other.kind, "none");
  await Deno.writeTextFile(cursorFile, "{");
  assertEquals((await storedExactlyOnce(settings, (_what, ask) => ask())).other.kind, "foreign");
});
