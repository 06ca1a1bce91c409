import { assert, assertEquals } from "@std/assert";
import { MAX_ESCAPED_BYTES, writeBase64, writeInteger, writeJsonText } from "../../../src/atproto/bytes/json.ts";
import { createRandom } from "../../../src/simulator/random.ts";

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What is written of some UTF-8 that stands within other bytes, or null if it is none. */
function written(text: Uint8Array): string | null {
  const source = new Uint8Array([0x22, ...text, 0x80, 0x80, 0x80]);
  const target = new Uint8Array(1 + text.length * MAX_ESCAPED_BYTES + 2);
  const end = writeJsonText(target, 1, source, 1, 1 + text.length);
  return end < 0 ? null : strict.decode(target.subarray(1, end));
}

Deno.test("writeJsonText() writes what JSON.stringify writes, for every character up to U+0800 and some above", () => {
  for (let code = 0; code < 0x800; code++) {
    const text = `a${String.fromCharCode(code)}b`;
    assertEquals(written(utf8.encode(text)), JSON.stringify(text));
  }
  for (const text of ["", "\u2028\u2029", "\ufeffx", "東京🦋", "\ud7ff\ue000\uffff", "\u{10ffff}", "\0".repeat(100)]) {
    assertEquals(written(utf8.encode(text)), JSON.stringify(text));
  }
});

Deno.test("writeJsonText() copies runs of any length between characters that it escapes or looks at", () => {
  for (const mark of ['"', "\0", "é", "🦋"]) {
    for (let before = 0; before < 140; before += 3) {
      const text = `${"a".repeat(before)}${mark}${mark}${"b".repeat(140 - before)}${mark}`;
      assertEquals(written(utf8.encode(text)), JSON.stringify(text));
    }
  }
});

Deno.test("writeJsonText() refuses what is no UTF-8, short or long, and nothing else", () => {
  const random = createRandom(31);
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = utf8.encode(`é"東\n🦋x${"é東y".repeat(i % 2 === 0 ? 0 : 20)}`);
    bytes[random.below(bytes.length)] = random.below(256);
    let text: string | null = null;
    try {
      text = strict.decode(bytes);
      taken++;
    } catch {
      // It is no UTF-8.
    }
    assertEquals(written(bytes), text === null ? null : JSON.stringify(text));
  }
  assert(taken > 2000, `${taken}`);
});

Deno.test("writeInteger() writes whole numbers of every length", () => {
  const target = new Uint8Array(20);
  for (const value of [0, 1, 9, 10, 99, 100, 4_294_967_296, 31_500_000_001, 999_999_999_999_999, 2 ** 53 - 1]) {
    const end = writeInteger(target, 2, value);
    assertEquals(strict.decode(target.subarray(2, end)), String(value));
  }
});

Deno.test("writeBase64() writes what the engine writes, without padding", () => {
  const random = createRandom(32);
  for (let length = 0; length < 70; length++) {
    const source = random.bytes(length + 4);
    const target = new Uint8Array(200);
    const end = writeBase64(target, 1, source, 2, 2 + length);
    assertEquals(
      strict.decode(target.subarray(1, end)),
      source.subarray(2, 2 + length).toBase64({ omitPadding: true }),
    );
  }
});
