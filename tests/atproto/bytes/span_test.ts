import { assert, assertEquals } from "@std/assert";
import { pairFingerprint, sameSpans, spanText, textFingerprint } from "../../../src/atproto/bytes/span.ts";

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

Deno.test("pairFingerprint() is that of the text, an integer that a number holds, and of another pair another", () => {
  const print = pairFingerprint(BYTES, { start: 0, end: 3 }, { start: 8, end: 11 });
  assertEquals(print, pairFingerprint(BYTES, { start: 4, end: 7 }, { start: 8, end: 11 }));
  assertEquals(print, textFingerprint("abc/abd"));
  const texts = Array.from({ length: 20_000 }, (_, i) => `did:plc:${i % 100}/3l${i.toString(36)}`);
  const prints = [...texts, "abd/abc", "ab/cabd", "abc/", "", "é/ü"].map(textFingerprint);
  for (const each of prints) assert(Number.isSafeInteger(each) && each > 0, String(each));
  assertEquals(new Set([...prints, print]).size, prints.length + 1);
});
