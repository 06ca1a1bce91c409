import { assert, assertEquals, assertThrows } from "@std/assert";
import { readCar } from "@atproto/repo";
import { ByteBuffer } from "../../src/atproto/bytes/byte_buffer.ts";
import { CborError, MAX_DEPTH, MAX_ITEMS } from "../../src/atproto/cbor.ts";
import { cborItemToJson, cborToJson, findItem } from "../../src/atproto/cbor_to_json.ts";
import { decodeFrame } from "../../src/atproto/frame.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { createWorld } from "../../src/simulator/world.ts";
import * as b from "../fuzz/bytes.ts";
import { Grammar } from "../fuzz/grammar.ts";
import { mutate } from "../fuzz/mutate.ts";
import { compare, plainJson, toJson } from "../support/record_json.ts";
import { RECORDED, recorded } from "../support/messages.ts";

const utf8 = new TextDecoder();

async function recordedBlocks(messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (const bytes of messages) {
    const frame = decodeFrame(bytes);
    if (frame.kind !== "commit" || frame.spans.blocks.start === frame.spans.blocks.end) continue;
    const { blocks } = await readCar(bytes.subarray(frame.spans.blocks.start, frame.spans.blocks.end));
    found.push(...blocks.entries().map((each) => each.bytes));
  }
  return found;
}

Deno.test("cborToJson() makes of every recorded and simulated block what @atproto makes of it", async () => {
  const messages: Uint8Array[] = [];
  for (const file of RECORDED) messages.push(...await recorded(file));
  const start = { seed: 4, firstSeq: 1, startMs: 1_767_225_600_000, stepMs: 5 };
  const world = await createWorld({ ...start, accounts: 10, pastRecords: 300 });
  for (let i = 0; i < 100; i++) messages.push((await world.next()).bytes);
  const blocks = await recordedBlocks(messages);
  for (const block of blocks) assertEquals(compare(block), { isTaken: true, isTakenByAtproto: true });
  assert(blocks.length > 500, `only ${blocks.length} blocks`);
});

Deno.test("cborToJson() makes of every conformance vector what @atproto makes of it", () => {
  const folder = new URL("../golden/dasl/", import.meta.url);
  let taken = 0;
  for (const { name } of Deno.readDirSync(folder)) {
    const vectors: { readonly data: string }[] = JSON.parse(Deno.readTextFileSync(new URL(name, folder)));
    for (const { data } of vectors) if (compare(Uint8Array.fromHex(data)).isTakenByAtproto) taken++;
  }
  assert(taken >= 20, `only ${taken} taken by @atproto`);
});

Deno.test("cborToJson() makes of the official records the official JSON", () => {
  const file = new URL("../golden/interop/data-model-fixtures.json", import.meta.url);
  const fixtures: { readonly json: unknown; readonly cbor_base64: string }[] = JSON.parse(Deno.readTextFileSync(file));
  for (const { json, cbor_base64 } of fixtures) {
    const block = Uint8Array.fromBase64(cbor_base64);
    assertEquals(JSON.parse(toJson(block)), json);
    assertEquals(compare(block), { isTaken: true, isTakenByAtproto: true });
  }
  assertEquals(fixtures.length, 3);
});

Deno.test("cborToJson() makes of records by chance, whole and damaged, what the others make of them", () => {
  const seed = 20260702;
  const random = createRandom(seed);
  const collections = ["app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.actor.profile"] as const;
  let taken = 0;
  let official = 0;
  for (let i = 0; i < 6000; i++) {
    const grammar = new Grammar(random, i % 3 === 0 ? 0.1 : 0);
    const item = i % 4 === 0 ? grammar.value(0) : grammar.record(random.pick(collections));
    const bytes = i % 2 === 0 ? item : mutate(item, random, false);
    try {
      const { isTaken, isTakenByAtproto } = compare(bytes);
      if (isTaken) taken++;
      if (isTakenByAtproto) official++;
    } catch (error) {
      throw new Error(`Case ${i} of seed ${seed}, ${bytes.toHex()}: ${error}`, { cause: error });
    }
  }
  assert(taken > 1500 && official > 500, `only ${taken} taken, ${official} by @atproto`);
});

Deno.test("cborToJson() keeps all digits of integers, and writes floats as JavaScript does", () => {
  const cases: readonly (readonly [hex: string, json: string])[] = [
    ["1b001fffffffffffff", "9007199254740991"],
    ["1b0020000000000001", "9007199254740993"],
    ["1bffffffffffffffff", "18446744073709551615"],
    ["20", "-1"],
    ["3b001ffffffffffffd", "-9007199254740990"],
    ["3b001ffffffffffffe", "-9007199254740991"],
    ["3b001fffffffffffff", "-9007199254740992"],
    ["3bffffffffffffffff", "-18446744073709551616"],
    ["1b0000000000000005", "5"],
    ["f93e00", "1.5"],
    ["f98000", "0"],
    ["fa47c35000", "100000"],
    ["fb444b1ae4d6e2ef50", "1e+21"],
  ];
  for (const [hex, json] of cases) assertEquals(toJson(Uint8Array.fromHex(hex)), json);
  for (const hex of ["f97e00", "f97c00", "fbfff0000000000000"]) assertEquals(toJson(Uint8Array.fromHex(hex)), "null");
});

Deno.test("cborToJson() keeps keys in the order of the bytes", () => {
  const [one, two] = [b.head(0, 1), b.head(0, 2)];
  assertEquals(toJson(b.map([["9", one], ["10", two], ["a", one]])), '{"9":1,"10":2,"a":1}');
  assertEquals(toJson(b.map([["b", one], ["a", two], ["10", one], ["9", two]])), '{"b":1,"a":2,"10":1,"9":2}');
  assertEquals(toJson(b.map([["__proto__", b.map([["x", one]])]])), '{"__proto__":{"x":1}}');
});

Deno.test("cborToJson() takes of a key that stands twice the last value, in the place of the first", () => {
  const [one, two] = [b.head(0, 1), b.map([["x", b.head(0, 2)], ["x", b.NULL]])];
  assertEquals(toJson(b.map([["a", one], ["b", one], ["a", two]])), '{"a":{"x":null},"b":1}');
  assertEquals(toJson(b.map([["a", one], ["a", two], ["a", one]])), '{"a":1}');
  assertEquals(toJson(b.array([b.map([["é", one], ["é", b.NULL]]), one])), '[{"é":null},1]');
  // The value that does not count must be one all the same.
  const broken = b.concat(b.head(3, 1), Uint8Array.of(0xff));
  assertThrows(() => toJson(b.map([["a", broken], ["a", one]])), CborError, "no UTF-8");
});

Deno.test("cborToJson() looks at each of many maps in one another a bounded number of times, when keys have no order", () => {
  let item = b.NULL;
  for (let i = 0; i < MAX_DEPTH; i++) item = b.map([["b", item], ["a", b.NULL]]);
  // Were each map written twice, this would take 2^32 steps.
  assertEquals(toJson(item), plainJson(item));
});

Deno.test("cborToJson() writes CIDs of version 0 in base58", () => {
  const cid = b.concat(Uint8Array.of(0x12, 0x20), b.fill(32, 7));
  assertEquals(toJson(b.link(cid)), plainJson(b.link(cid)));
  assert(toJson(b.link(cid)).startsWith('{"$link":"Qm'));
});

Deno.test("cborToJson() bounds nesting, items and sizes as decodeCbor() does", () => {
  const nested = (depth: number) => b.concat(b.fill(depth, 0x81), b.NULL);
  assertEquals(toJson(nested(MAX_DEPTH)), `${"[".repeat(MAX_DEPTH)}null${"]".repeat(MAX_DEPTH)}`);
  assertThrows(() => toJson(nested(MAX_DEPTH + 1)), CborError, "nested deeper");
  const list = (items: number) => b.concat(b.head(4, items), b.fill(items, 0));
  assertEquals(toJson(list(MAX_ITEMS)).length, 1 + 2 * MAX_ITEMS);
  assertThrows(() => toJson(list(MAX_ITEMS + 1)), CborError, "items");
  const half = list(MAX_ITEMS / 2);
  assertThrows(() => toJson(b.array([half, half])), CborError, "items");
  const table = (entries: number) => b.concat(b.head(5, entries), b.fill(entries * 2, 0x60));
  for (const entries of [MAX_ITEMS / 2, MAX_ITEMS / 2 + 1]) compare(table(entries));
  for (
    const hex of ["9bffffffffffffffff", "bb00ffffffffffffff", "5b7fffffffffffffff", "7affffffff", "9affffffff00", ""]
  ) {
    assertThrows(() => toJson(Uint8Array.fromHex(hex)), CborError);
  }
});

Deno.test("cborItemToJson() writes one value of a record, reads no further than its limit, and returns its end", () => {
  const facets = b.array([b.map([["b", b.NULL], ["a", b.text('"')]])]);
  const record = b.map([["facets", facets], ["text", b.text("x")]]);
  const start = record.length - facets.length - b.text("text").length - b.text("x").length;
  const out = new ByteBuffer();
  out.ascii("before");
  assertEquals(cborItemToJson(record, start, record.length, out, 1), start + facets.length);
  assertEquals(utf8.decode(out.written()), 'before[{"b":null,"a":"\\""}]');
  for (let limit = start; limit < start + facets.length; limit++) {
    assertThrows(() => cborItemToJson(record, start, limit, out, 1), CborError, "the input ends");
    assertEquals(utf8.decode(out.written()), 'before[{"b":null,"a":"\\""}]');
  }
});

Deno.test("cborItemToJson() counts the depth from the record on", () => {
  let nested: Uint8Array = b.array([]);
  for (let depth = 1; depth < MAX_DEPTH; depth++) nested = b.array([nested]);
  const out = new ByteBuffer();
  assertEquals(cborItemToJson(nested, 0, nested.length, out, 0), nested.length);
  assertThrows(() => cborItemToJson(nested, 0, nested.length, out, 1), CborError, "nested deeper");
});

Deno.test("findItem() finds the value at a path, of a name that stands twice the last, and nothing in what is no map", () => {
  const inner = b.map([["a", b.text("1")], ["a", b.text("2")]]);
  const bytes = b.map([["x", b.text("a")], ["y", inner]]);
  const find = (...path: string[]) => findItem(bytes, { start: 0, end: bytes.length }, path);
  const at = find("y", "a");
  assertEquals(at === null ? null : [bytes[at.start + 1], at.depth], [0x32, 2]);
  assertEquals(find(), { start: 0, depth: 0 });
  for (const path of [["z"], ["x", "a"], ["y", "b"], ["y", "a", "a"]]) assertEquals(find(...path), null);
});

Deno.test("cborToJson() leaves what was written before as it is when it refuses", () => {
  const out = new ByteBuffer();
  out.ascii("before");
  for (const hex of ["0000", "820061ff", "a1616161", "a200"]) {
    const bytes = Uint8Array.fromHex(hex);
    assertThrows(() => cborToJson(bytes, { start: 0, end: bytes.length }, out), CborError);
    assertEquals(utf8.decode(out.written()), "before");
  }
});
