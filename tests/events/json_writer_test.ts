import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { createRandom } from "../../src/simulator/random.ts";
import { ascii, JsonWriter } from "../../src/events/json_writer.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function written(write: (writer: JsonWriter) => unknown, texts = 0): string {
  const writer = new JsonWriter();
  writer.begin(1000, texts);
  write(writer);
  return strict.decode(writer.buffer.bytes.subarray(writer.start, writer.end));
}

function asText(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return written((writer) => writer.text(bytes, 0, bytes.length), bytes.length);
}

Deno.test("JsonWriter.text() writes what JSON.stringify writes, for every character up to U+0800 and some above", () => {
  for (let code = 0; code < 0x800; code++) {
    const text = `a${String.fromCharCode(code)}b`;
    assertEquals(asText(text), JSON.stringify(text));
  }
  for (const text of ["\u2028\u2029", "\ufeffx", "東京🦋", "\ud7ff\ue000\uffff", "\u{10ffff}"]) {
    assertEquals(asText(text), JSON.stringify(text));
  }
});

Deno.test("JsonWriter.isUtf8 tells texts that are none, and nothing else, until the next event", () => {
  const random = createRandom(31);
  const writer = new JsonWriter();
  let taken = 0;
  for (let i = 0; i < 20_000; i++) {
    const bytes = new TextEncoder().encode('é"東\n🦋x');
    bytes[random.below(bytes.length)] = random.below(256);
    writer.begin(10, bytes.length);
    writer.text(bytes, 0, bytes.length);
    let text: string | null = null;
    try {
      text = strict.decode(bytes);
    } catch {
      // It is no UTF-8.
    }
    assertEquals(writer.isUtf8, text !== null);
    if (text === null) continue;
    assertEquals(strict.decode(writer.buffer.bytes.subarray(writer.start, writer.end)), JSON.stringify(text));
    taken++;
  }
  assert(taken > 2000, `${taken}`);
});

Deno.test("JsonWriter.integer() writes whole numbers of every length", () => {
  for (const value of [0, 1, 9, 10, 99, 100, 4_294_967_296, 31_500_000_001, 999_999_999_999_999, 2 ** 53 - 1]) {
    assertEquals(written((writer) => writer.integer(value)), String(value));
  }
});

Deno.test("JsonWriter writes lists, CIDs, JSON and null", async () => {
  const cid = await cidForLex({ a: 1 });
  const source = ascii("abcd");
  const items = Int32Array.of(9, 9, 0, 1, 1, 1, 2, 4, 9, 9);
  assertEquals(written((writer) => writer.texts(source, items, 2, 8), 4), '["a","","cd"]');
  assertEquals(written((writer) => writer.texts(source, items, 2, 2)), "[]");
  assertEquals(written((writer) => writer.cid(cid.bytes, { start: 0, end: 36 })), cid.toString());
  assertEquals(written((writer) => writer.json('"é"')), '"é"');
  assertEquals(written((writer) => writer.quotedCid(cid.bytes, { start: 0, end: 36 })), `"${cid}"`);
  assertEquals(written((writer) => writer.null()), "null");
  assertEquals(written((writer) => writer.optional(source, -1, -1)), "null");
  assertEquals(written((writer) => writer.optional(source, 0, 1), 1), '"a"');
});

Deno.test("JsonWriter keeps what it wrote before when it begins again, also in a new buffer", () => {
  const writer = new JsonWriter();
  const source = new Uint8Array(50_000).fill(0x61);
  const slices = Array.from({ length: 40 }, (_, i) => {
    writer.begin(10, source.length);
    writer.text(source, 0, i * 1000);
    writer.buffer.hold();
    return writer.buffer.bytes.subarray(writer.start + 1, writer.end - 1);
  });
  slices.forEach((slice, i) => assertEquals(slice, source.subarray(0, i * 1000)));
});
