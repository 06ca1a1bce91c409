import { assert } from "@std/assert";
import * as b from "../fuzz/bytes.ts";
import { assertLeft, assertTaken, commitOfRecords, POST, record, textOf } from "../support/core.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

function isText(bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** A text is taken if it is UTF-8, in a field that is written and in one that nobody asks for; whether it is. */
function check(bytes: readonly number[], before: number, field: string, behind: string): boolean {
  const text = textOf("a".repeat(before), bytes, behind);
  const isValid = isText(Uint8Array.from(bytes)) && isText(text.subarray(text[0] === 0x78 ? 2 : 1));
  const message = commitOfRecords([[POST, record({ [field]: text })]]);
  if (isValid) assertTaken(message, undefined, 1, `${bytes}`);
  else assertLeft(message, 1, undefined, `${bytes}`);
  return isValid;
}

const SECONDS = [0x00, 0x22, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];

Deno.test("sequenceLength() takes the characters that UTF-8 has, and no others", () => {
  let valid = 0;
  for (let first = 0x80; first < 0x100; first++) {
    for (const second of SECONDS) {
      const rest = first >= 0xf0 ? [0x80, 0xbf] : first >= 0xe0 ? [0x80] : [];
      if (check([first, second, ...rest], 0, "text", "")) valid++;
    }
  }
  // 30 of two bytes, 16 of three and 5 of four begin well; each has some second bytes that fit.
  assert(valid > 250, `${valid}`);
});

Deno.test("sequenceLength() refuses what is cut short, also where the bytes behind it would fit", () => {
  const whole = [[0xc3, 0xa9], [0xe6, 0x9d, 0xb1], [0xf0, 0x9f, 0xa6, 0x8b]];
  for (const bytes of whole) {
    for (let length = 1; length <= bytes.length; length++) {
      // The text ends the record, the record the archive, the archive the message, and another one follows.
      check(bytes.slice(0, length), 0, "text", "");
      check(bytes.slice(0, length), 0, "text", "a");
    }
    for (let place = 1; place < bytes.length; place++) check(bytes.with(place, 0x41), 0, "text", "");
  }
});

Deno.test("isUtf8() and writeText() find characters at every place of sixteen bytes", () => {
  for (let before = 0; before <= 34; before++) {
    for (const bytes of [[0xc3, 0xa9], [0xf0, 0x9f, 0xa6, 0x8b], [0xff], [0xed, 0xa0, 0x80], [0xc3, 0xa9, 0xc3]]) {
      for (const field of ["text", "unknown", "$type"]) check(bytes, before, field, "a".repeat(before % 3 * 8));
    }
  }
});

Deno.test("names of fields must be UTF-8, those that nobody asks for too", () => {
  for (const bytes of [[0xff], [0xc3, 0xa9], [0x61, 0xe2, 0x82]]) {
    const block = b.concat(b.head(5, 1), textOf(bytes), b.NULL);
    const message = commitOfRecords([[POST, block]]);
    if (isText(Uint8Array.from(bytes))) assertTaken(message);
    else assertLeft(message, 1);
  }
});
