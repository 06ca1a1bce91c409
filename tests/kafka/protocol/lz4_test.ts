import { assert, assertEquals, assertThrows } from "@std/assert";
import { decompressLz4 } from "../../../src/kafka/protocol/lz4.ts";
import { createRandom } from "../../../src/simulator/random.ts";

const HEAD = [0x04, 0x22, 0x4d, 0x18];
/** Version 1, blocks that stand alone; blocks of 64 KB at most; a checksum that nobody looks at. */
const PLAIN = [0x60, 0x40, 0x82];
const END = [0, 0, 0, 0];

function uint32(value: number): number[] {
  return [value & 255, value >>> 8 & 255, value >>> 16 & 255, value >>> 24];
}

function block(...bytes: number[]): number[] {
  return [...uint32(bytes.length), ...bytes];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

function read(...bytes: number[]): string {
  return new TextDecoder().decode(decompressLz4(Uint8Array.from(bytes)));
}

Deno.test("decompressLz4() reads literals, matches, and matches that repeat themselves", () => {
  // "abc", 9 bytes from 3 back, "!"
  const repeated = block(0x35, ...text("abc"), 3, 0, 0x10, ...text("!"));
  assertEquals(read(...HEAD, ...PLAIN, ...repeated, ...END), "abcabcabcabc!");
  // Lengths of 15 and more go on in further bytes: 300 literals, then 4 + 15 + 255 + 7 of the last one.
  const long = block(0xff, 255, 30, ...text("x".repeat(300)), 1, 0, 255, 7, 0x10, ...text("y"));
  assertEquals(read(...HEAD, ...PLAIN, ...long, ...END), `${"x".repeat(300 + 281)}y`);
  assertEquals(read(...HEAD, ...PLAIN, ...END), "");
  assertEquals(read(), "");
});

Deno.test("decompressLz4() reads plain blocks, blocks that look back, every optional field, and several frames", () => {
  const plain = [...uint32((0x80000000 | 4) >>> 0), ...text("abcd")];
  const linked = block(0x00, 4, 0, 0x10, ...text("!"));
  // Linked blocks with their checksums, the size of the content, and its checksum.
  const full = [0x5c, 0x40, ...uint32(9), ...uint32(0), 1];
  const sum = [1, 2, 3, 4];
  const first = [...HEAD, ...full, ...plain, ...sum, ...linked, ...sum, ...END, ...sum];
  const skipped = [0x53, 0x2a, 0x4d, 0x18, ...uint32(3), 9, 9, 9];
  assertEquals(read(...first, ...skipped, ...HEAD, ...PLAIN, ...plain, ...END), "abcdabcd!abcd");
});

Deno.test("decompressLz4() refuses what is damaged, wherever it is cut, and never reads on", () => {
  const whole = [...HEAD, ...PLAIN, ...block(0x35, ...text("abc"), 3, 0, 0x10, ...text("!")), ...END];
  for (let end = 1; end < whole.length; end++) {
    assertThrows(() => read(...whole.slice(0, end)), RangeError, "Damaged LZ4");
  }
  assertThrows(() => read(1, 2, 3, 4), RangeError, "a frame begins with");
  assertThrows(() => read(...HEAD, 0x20, 0x40, 0), RangeError, "version 0");
  assertThrows(() => read(...HEAD, 0x61, 0x40, 0), RangeError, "dictionary");
  for (const distance of [0, 4]) {
    assertThrows(() => read(...HEAD, ...PLAIN, ...block(0x35, ...text("abc"), distance, 0), ...END), RangeError);
  }
  const random = createRandom(7);
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const damaged = whole.map((byte) => random.below(8) === 0 ? random.below(256) : byte);
    try {
      assert(read(...damaged).length < 100_000);
    } catch (error) {
      assert(error instanceof RangeError, String(error));
      refused++;
    }
  }
  assert(refused > 500, String(refused));
});
