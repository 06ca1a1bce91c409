import { assert, assertEquals } from "@std/assert";
import { nextWrite, readStored, type SlotWrite, type Stored } from "../../src/cursor/slots.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const textOf = ({ text }: Stored) => new TextDecoder().decode(text);

/** The bytes of a file after `write`, of which `length` bytes came to the disk. */
function after(before: Uint8Array, write: SlotWrite, length: number): Uint8Array {
  if (length === 0) return before;
  const bytes = new Uint8Array(Math.max(before.length, write.at + length));
  bytes.set(before);
  bytes.set(write.bytes.subarray(0, length), write.at);
  return bytes;
}

Deno.test("readStored() takes a file without records as the text itself, up to what is no text", () => {
  for (
    const [whole, text] of [
      ['{"cursor": 5}', '{"cursor": 5}'],
      ["", ""],
      ['{"cursor":5}\n\0\0\0', '{"cursor":5}\n'],
      ["\0\0\0", ""],
      ['{"cursor":5}\x1e{"slot":', '{"cursor":5}'],
    ] as const
  ) {
    const stored = readStored(encode(whole));
    assertEquals([textOf(stored), stored.counter, stored.by], [text, 0, ""]);
  }
});

Deno.test("nextWrite() leaves what the file held wherever it is cut off, for texts of all lengths", () => {
  const lengths = [20, 30, 3000, 5000, 20_000, 100, 9000, 9000, 0, 4096, 50, 60];
  let bytes: Uint8Array = encode('{"cursor":0}');
  let stored = readStored(bytes);
  let cuts = 0;
  for (const [i, length] of lengths.entries()) {
    const text = `${i}`.repeat(length).slice(0, length);
    const write = nextWrite(stored, encode(text), "a writer");
    const [before, whole] = [textOf(stored), write.bytes.length];
    for (const cut of new Set([0, 1, 10, 50, 90, 512, 4096, length, whole - 4096, whole - 1])) {
      if (cut < 0 || cut >= whole) continue;
      const found = textOf(readStored(after(bytes, write, cut)));
      // A cut in the spaces at the end has the whole text before it.
      assert(found === before || (cut > length && found === text), `text ${i}, cut at ${cut}: ${found.slice(0, 50)}`);
      cuts++;
    }
    bytes = after(bytes, write, whole);
    const read = readStored(bytes);
    assertEquals(read, write.stored);
    assertEquals([textOf(read), read.counter, read.by], [text, i + 1, "a writer"]);
    stored = read;
  }
  assert(cuts > 60, `${cuts}`);
  assert(bytes.length <= 5 * 20_480, `${bytes.length}`);
});

Deno.test("readStored() passes over a record of which any byte is wrong", () => {
  const first = nextWrite(readStored(encode("old")), encode("first"), "me");
  let bytes: Uint8Array = after(encode("old"), first, first.bytes.length);
  const second = nextWrite(first.stored, encode("second"), "me");
  bytes = after(bytes, second, second.bytes.length);
  const length = new TextDecoder().decode(second.bytes).trimEnd().length;
  for (let i = 0; i < length; i++) {
    const wrong = bytes.slice();
    wrong[second.at + i] = (wrong[second.at + i] ?? 0) ^ 1;
    assertEquals(textOf(readStored(wrong)), "first", `byte ${i}`);
  }
  assertEquals(textOf(readStored(bytes)), "second");
});
