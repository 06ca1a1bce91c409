import { assert, assertEquals } from "@std/assert";
import * as memory from "../../src/plane/memory.ts";

Deno.test("bytes, words and floats are views of one memory, which has room for all that core/layout.ts names", () => {
  const { bytes, words, floats } = memory;
  assert(words.buffer === bytes.buffer);
  assert(floats.buffer === bytes.buffer);
  assertEquals(bytes.length, 51 * 1024 * 1024);
  assertEquals(memory.WIRE + memory.WIRE_BYTES + memory.SLACK, bytes.length);
  const regions = [
    [memory.CLASSES, 256],
    [memory.SHA, memory.SLOTS - memory.SHA],
    [memory.SLOTS, memory.MAX_SLOTS * 8],
    [memory.CRC, 12 * 1024],
    [memory.RECORDS, memory.MAX_RECORDS * memory.RECORD_ROW],
    [memory.FRAMES, memory.MAX_FRAMES * memory.FRAME_ROW],
    [memory.OPS, memory.MAX_OPS * memory.OP_ROW],
    [memory.CONFIG, memory.CONFIG_BYTES],
    [memory.JSON, memory.INPUT - memory.JSON],
    [memory.INPUT, memory.INPUT_BYTES + memory.SLACK],
    [memory.OUT, memory.OUT_BYTES],
    [memory.EVENTS, memory.EVENT_SLOTS * memory.SLOT_BYTES],
    [memory.STAGE, memory.STAGE_BYTES],
    [memory.WIRE, memory.WIRE_BYTES],
  ] as const;
  let last = 0;
  for (const [start, length] of regions) {
    assert(start >= last && start % 8 === 0, `${start}`);
    last = start + length;
  }
});

Deno.test("wordAt() reads the word of an address, little-endian", () => {
  memory.bytes.set([1, 2, 3, 0x84], memory.JSON);
  assertEquals(memory.wordAt(memory.JSON), 0x84030201);
  memory.words[memory.JSON >>> 2] = 7;
  assertEquals([memory.bytes[memory.JSON], memory.wordAt(memory.JSON)], [7, 7]);
});

Deno.test("decode() and encode() of no frames give no rows and no events", () => {
  memory.decode(0);
  memory.encode(0, 0);
  assertEquals([memory.opsEnd(), memory.outEnd()], [memory.OPS, memory.OUT]);
});
