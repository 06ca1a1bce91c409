import { assert, assertEquals } from "@std/assert";
import { varintEnd, varintValue } from "../../../src/atproto/bytes/varint.ts";

function read(bytes: readonly number[], offset = 0, limit = bytes.length): [number, number] | null {
  const view = new Uint8Array(bytes);
  const end = varintEnd(view, offset, limit);
  return end < 0 ? null : [varintValue(view, offset, end), end];
}

Deno.test("varintValue() reads numbers up to 2^53 - 1 from any offset", () => {
  assertEquals(read([9, 0x7f], 1), [127, 2]);
  assertEquals(read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]), [Number.MAX_SAFE_INTEGER, 8]);
  assertEquals(read([0x80, 0x80, 0x00]), [0, 3]);
});

Deno.test("varintValue() of a number past 2^53 - 1 is still larger than any buffer", () => {
  assert((read([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])?.[0] ?? 0) > Number.MAX_SAFE_INTEGER);
});

Deno.test("varintEnd() gives -1 when the number is cut short, lies past the limit or is too long", () => {
  assertEquals(read([0x80]), null);
  assertEquals(read([0x80, 0x01], 0, 1), null);
  assertEquals(read([]), null);
  assertEquals(read([...new Array(8).fill(0x80), 0x01]), null);
  assertEquals(read(new Array(20).fill(0x80)), null);
});
