import { assertEquals } from "@std/assert";
import { readVarint } from "../../src/codec/varint.ts";

Deno.test("readVarint() reads numbers up to 2^53 - 1 from any offset", () => {
  assertEquals(readVarint(new Uint8Array([9, 0x7f]), 1, 2), { value: 127, end: 2 });
  const largest = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]);
  assertEquals(readVarint(largest, 0, 8), { value: Number.MAX_SAFE_INTEGER, end: 8 });
});

Deno.test("readVarint() gives null when the number is cut short, lies past the limit or is too large", () => {
  assertEquals(readVarint(new Uint8Array([0x80]), 0, 1), null);
  assertEquals(readVarint(new Uint8Array([0x80, 0x01]), 0, 1), null);
  assertEquals(readVarint(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f]), 0, 8), null);
  assertEquals(readVarint(new Uint8Array(20).fill(0x80), 0, 20), null);
});
