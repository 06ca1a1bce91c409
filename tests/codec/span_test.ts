import { assertEquals, assertNotEquals } from "@std/assert";
import { sameSpans, spanFingerprint, spanText } from "../../src/codec/span.ts";

const BYTES = new TextEncoder().encode("abcXabcYabd");

Deno.test("spanText() is the text of a range", () => {
  assertEquals(spanText(BYTES, { start: 4, end: 8 }), "abcY");
  assertEquals(spanText(BYTES, { start: 4, end: 4 }), "");
});

Deno.test("sameSpans() compares bytes and lengths", () => {
  const first = { start: 0, end: 3 };
  assertEquals(sameSpans(BYTES, first, { start: 4, end: 7 }), true);
  assertEquals(sameSpans(BYTES, first, { start: 8, end: 11 }), false);
  assertEquals(sameSpans(BYTES, first, { start: 4, end: 8 }), false);
});

Deno.test("spanFingerprint() is the same for the same bytes alone, and an integer of 32 bits", () => {
  const print = spanFingerprint(BYTES, { start: 0, end: 3 });
  assertEquals(print, spanFingerprint(BYTES, { start: 4, end: 7 }));
  assertNotEquals(print, spanFingerprint(BYTES, { start: 8, end: 11 }));
  for (const end of [0, 3, 11]) {
    const each = spanFingerprint(BYTES, { start: 0, end });
    assertEquals(new Int32Array([each])[0], each);
  }
});
