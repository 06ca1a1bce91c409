import { assert, assertEquals } from "@std/assert";
import { isUtf8, sequenceLength } from "../../../src/atproto/bytes/utf8.ts";
import { createRandom } from "../../../src/simulator/random.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

Deno.test("isUtf8() says what a strict decoder says of every sequence of up to three bytes at the borders", () => {
  const borders = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed]
    .concat([0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]);
  let taken = 0;
  for (const a of borders) {
    for (const b of borders) {
      for (const c of borders) {
        for (const bytes of [[a], [a, b], [a, b, c], [a, b, c, 0x80]].map((each) => new Uint8Array(each))) {
          assertEquals(isUtf8(bytes, 0, bytes.length), decodes(bytes), `${bytes}`);
          if (decodes(bytes)) taken++;
        }
      }
    }
  }
  assert(taken > 1000, `${taken}`);
});

Deno.test("isUtf8() says what a strict decoder says of changed text", () => {
  const random = createRandom(17);
  const text = new TextEncoder().encode("Straße 東京 мир 🦋 \u0000 \ufeff end");
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const changed = text.slice();
    changed[random.below(changed.length)] = random.below(256);
    assertEquals(isUtf8(changed, 0, changed.length), decodes(changed));
    if (decodes(changed)) taken++;
  }
  assert(taken > 2000, `${taken}`);
});

Deno.test("sequenceLength() does not look past the end", () => {
  const bytes = new TextEncoder().encode("🦋🦋");
  assertEquals([0, 1, 2, 3].map((cut) => sequenceLength(bytes, 0, 4 - cut)), [4, 0, 0, 0]);
});
