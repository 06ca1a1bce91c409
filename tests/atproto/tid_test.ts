import { assert, assertEquals } from "@std/assert";
import { compareTids, readTid, tidMs, tidText } from "../../src/atproto/tid.ts";
import { tidOf } from "../../src/simulator/tid.ts";

const words = new Uint32Array(4);

function read(text: string, at = 0): boolean {
  const bytes = new TextEncoder().encode(`x${text}y`);
  return readTid(bytes, { start: 1, end: bytes.length - 1 }, words, at);
}

Deno.test("readTid() keeps every TID as it is, its time and its order", () => {
  const times = [0, 1, Date.UTC(2026, 10, 28, 12), Date.UTC(2150, 1, 1)];
  for (const [i, timeMs] of times.entries()) {
    for (const count of [0, 999, 1_000, 31_007]) {
      const text = tidOf(timeMs, count);
      assertEquals([read(text), tidText(words, 0)], [true, text]);
      assert(Math.abs(tidMs(words, 0) - timeMs) < 1, text);
      read(tidOf(times[i + 1] ?? timeMs + 1, 0), 2);
      assert(compareTids(words, 0, words, 2) < 0 && compareTids(words, 2, words, 0) > 0);
      assertEquals(compareTids(words, 0, words, 0), 0);
    }
  }
  assertEquals([read("jzzzzzzzzzzzz"), tidText(words, 0)], [true, "jzzzzzzzzzzzz"]);
});

Deno.test("readTid() takes nothing that is no TID", () => {
  for (
    const text of [
      "",
      "3lzzzzzzzzz2",
      "3lzzzzzzzzz2aa",
      "3lzzzzzzzzz1a",
      "3Lzzzzzzzzz2a",
      "k222222222222",
      "3lzzzzz.zzz2a",
    ]
  ) {
    assertEquals(read(text), false, text);
  }
});
