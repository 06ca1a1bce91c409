import { assertEquals } from "@std/assert";
import { parseCursor } from "../src/cursor/file.ts";
import { storedCursorOf } from "../src/kafka/offsets/cursor_offset.ts";

/** What 0.1.0 wrote, to the byte. */
const FILE =
  '{"cursor":8541,"host":"bsky.network","time":"2026-11-25T10:00:00.000Z","savedAt":"2026-11-25T10:00:01.000Z",' +
  '"job":"bluesky_firehose-bluesky","hosts":{"relay.example":{"cursor":12,"time":null}}}\n';
const OFFSET =
  '{"cursor":8541,"host":"bsky.network","time":"2026-11-25T10:00:00.000Z","savedAt":"2026-11-25T10:00:01.000Z",' +
  '"by":"host-1","count":7}';
const CURSOR = {
  seq: 8541,
  host: "bsky.network",
  time: "2026-11-25T10:00:00.000Z",
  savedAt: "2026-11-25T10:00:01.000Z",
};

Deno.test("parseCursor() reads the cursor file of 0.1.0, as CHANGELOG.md promises, with the places on other relays", () => {
  const content = parseCursor(FILE);
  assertEquals(content?.cursor, CURSOR);
  assertEquals([...content?.others ?? []], [["relay.example", { seq: 12, time: null }]]);
});

Deno.test("storedCursorOf() reads the committed offset of 0.1.0, as CHANGELOG.md promises", () => {
  const kept = storedCursorOf({ offset: 8541n, metadata: OFFSET });
  assertEquals(kept, { cursor: CURSOR, by: "host-1", isForeign: false, isLost: false });
});

Deno.test("storedCursorOf() takes no offset that a tool has set for a cursor, as CHANGELOG.md says", () => {
  assertEquals(storedCursorOf({ offset: 8541n, metadata: "" }).cursor, null);
});
