import { assert, assertEquals } from "@std/assert";
import { ByteBuffer } from "../../../src/atproto/bytes/byte_buffer.ts";

const ascii = new TextDecoder();

Deno.test("ByteBuffer keeps what was written when it grows", () => {
  const buffer = new ByteBuffer();
  let expected = "";
  for (let i = 0; i < 2000; i++) {
    buffer.ascii(`${i},`);
    expected += `${i},`;
  }
  assertEquals(ascii.decode(buffer.written()), expected);
});

Deno.test("ByteBuffer.reserve() makes room for any number of bytes, and keeps the memory that suffices", () => {
  const buffer = new ByteBuffer();
  buffer.ascii("ab");
  buffer.reserve(1_000_000);
  assert(buffer.bytes.length >= 1_000_002);
  assertEquals(ascii.decode(buffer.written()), "ab");
  const { bytes } = buffer;
  buffer.length = 0;
  buffer.reserve(1_000_000);
  assert(buffer.bytes === bytes);
});
