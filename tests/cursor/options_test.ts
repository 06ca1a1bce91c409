import { assertEquals } from "@std/assert";
import { readCursor, readStart } from "../../src/cursor/options.ts";
import { assertWrong, valueOf } from "../support/read.ts";

Deno.test("readCursor() takes times and ages as consume's --from does, and a start that is no saved cursor takes no adopt", () => {
  const timeMs = Date.UTC(2026, 6, 1, 12);
  assertEquals(valueOf(readCursor("2026-07-01T12:00:00Z")), { kind: "time", timeMs });
  assertEquals(valueOf(readCursor("2h")), { kind: "age", ageMs: 7_200_000 });
  assertEquals(valueOf(readCursor("1.5D")), { kind: "age", ageMs: 129_600_000 });
  assertEquals(valueOf(readCursor("Adopt")), { kind: "adopt" });
  assertEquals(valueOf(readStart("90s")), { kind: "age", ageMs: 90_000 });
  assertWrong(readStart, ["adopt", "2w"]);
  assertEquals(readCursor("2026-13-01"), {
    kind: "wrong",
    is: "there is no such time",
    expected:
      "live, oldest, adopt, a sequence number, a time like 2026-07-01T12:00:00Z, or an age like 5m (s, m, h or d)",
  });
});

Deno.test("readCursor() takes live, oldest and sequence numbers that are exact", () => {
  assertEquals(valueOf(readCursor("live")), { kind: "live" });
  assertEquals(valueOf(readCursor("OLDEST")), { kind: "oldest" });
  assertEquals(valueOf(readCursor("0")), { kind: "seq", seq: 0 });
  assertEquals(valueOf(readCursor("26600000000")), { kind: "seq", seq: 26_600_000_000 });
  assertEquals(valueOf(readCursor("9007199254740991")), { kind: "seq", seq: Number.MAX_SAFE_INTEGER });
  assertWrong(readCursor, ["-1", "1.5", "now", "9007199254740992", "1e9", ""]);
});
