import { assert, assertEquals, assertThrows } from "@std/assert";
import { decode } from "@atproto/lex-cbor";
import { CborError, CborReader, decodeCbor, MAX_DEPTH, MAX_ITEMS } from "../../src/atproto/cbor.ts";
import { Cid } from "../../src/atproto/cid.ts";
import { RECORDED, recorded } from "../support/messages.ts";
import { createRandom } from "../../src/simulator/random.ts";

interface Vector {
  readonly type: string;
  readonly data: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** What DAG-CBOR forbids and servers or records in the wild have all the same; these decode. */
const LENIENT =
  /unnecessar|needless|short form|shorter|not minimal|incorrect order|unsorted|reduc|half|single|float|duplicate|integer|NaN|\binf\b|long CID tag/i;

function vectors(): Vector[] {
  const folder = new URL("../golden/dasl/", import.meta.url);
  return [...Deno.readDirSync(folder)].flatMap(({ name }) =>
    JSON.parse(Deno.readTextFileSync(new URL(name, folder))) as Vector[]
  );
}

Deno.test("decodeCbor() decodes every vector that DAG-CBOR allows", () => {
  let count = 0;
  for (const { type, data, name, tags } of vectors()) {
    const isOurs = tags.includes("dag-cbor") || tags.includes("basic");
    if (type !== "roundtrip" || !isOurs) continue;
    try {
      decodeCbor(fromHex(data));
    } catch (error) {
      throw new Error(`${name}: ${error}`);
    }
    count++;
  }
  assert(count >= 22, `only ${count} vectors`);
});

Deno.test("decodeCbor() refuses what DAG-CBOR forbids, but for what the wild holds", () => {
  let refused = 0;
  const accepted: string[] = [];
  for (const { type, data, name, tags } of vectors()) {
    if (type !== "invalid_in" || !tags.includes("dag-cbor")) continue;
    try {
      decodeCbor(fromHex(data));
      accepted.push(name);
    } catch (error) {
      assert(error instanceof CborError, `${name}: ${error}`);
      refused++;
    }
  }
  assert(refused >= 11, `only ${refused} refused`);
  assertEquals(accepted.filter((name) => !LENIENT.test(name)), []);
});

Deno.test("decodeCbor() takes keys in any order, and the last of two that are the same", () => {
  assertEquals(decodeCbor(fromHex("a2616201616100")), { b: 1, a: 0 });
  assertEquals(decodeCbor(fromHex("a2616100616101")), { a: 1 });
});

Deno.test("decodeCbor() keeps all digits of integers beyond 2^53", () => {
  assertEquals(decodeCbor(fromHex("1b001fffffffffffff")), 9007199254740991);
  assertEquals(decodeCbor(fromHex("1b0020000000000001")), 9007199254740993n);
  assertEquals(decodeCbor(fromHex("1bffffffffffffffff")), 18446744073709551615n);
  assertEquals(decodeCbor(fromHex("3b001ffffffffffffe")), -9007199254740991);
  assertEquals(decodeCbor(fromHex("3bffffffffffffffff")), -18446744073709551616n);
});

Deno.test("decodeCbor() decodes floats of all widths", () => {
  assertEquals(decodeCbor(fromHex("f93e00")), 1.5);
  assertEquals(decodeCbor(fromHex("f90001")), 5.960464477539063e-8);
  assertEquals(decodeCbor(fromHex("fa47c35000")), 100000);
  assertEquals(decodeCbor(fromHex("fb3ff199999999999a")), 1.1);
  assertEquals(decodeCbor(fromHex("f97c00")), Infinity);
});

Deno.test("decodeCbor() makes __proto__ an ordinary key", () => {
  const value = decodeCbor(fromHex("a1695f5f70726f746f5f5fa161780 1".replace(" ", "")));
  assertEquals(Object.getPrototypeOf(value), Object.prototype);
  assertEquals(Object.keys(value as object), ["__proto__"]);
});

Deno.test("decodeCbor() refuses nesting beyond the bound", () => {
  const nested = (depth: number) => new Uint8Array([...new Uint8Array(depth).fill(0x81), 0x00]);
  assert(Array.isArray(decodeCbor(nested(MAX_DEPTH))));
  assertThrows(() => decodeCbor(nested(MAX_DEPTH + 1)), CborError, "nested deeper");
  assertThrows(() => new CborReader(nested(100_000)).skip(), CborError, "nested deeper");
});

Deno.test("CborReader refuses more items than the bound, whichever way they are read", () => {
  const list = (items: number) => Uint8Array.from([0x9a, 0, items >> 16, items >> 8, items, ...new Uint8Array(items)]);
  const ways: readonly ((reader: CborReader) => unknown)[] = [
    (reader) => reader.readValue(),
    (reader) => reader.skip(),
    (reader) => reader.check(),
    (reader) => reader.readArraySize(),
  ];
  for (const read of ways) {
    read(new CborReader(list(MAX_ITEMS)));
    assertThrows(() => read(new CborReader(list(MAX_ITEMS + 1))), CborError, "items");
    // Two lists of half as many are too many together with the list of them.
    const half = list(MAX_ITEMS / 2);
    const reader = new CborReader(new Uint8Array([0x82, ...half, ...half]));
    reader.readArraySize();
    read(reader);
    reader.offset = 1 + half.length;
    assertThrows(() => read(reader), CborError, "items");
  }
});

Deno.test("decodeCbor() checks a claimed size before it believes it", () => {
  for (const hex of ["9bffffffffffffffff", "bb00ffffffffffffff", "5b7fffffffffffffff", "7affffffff", "9affffffff00"]) {
    assertThrows(() => decodeCbor(fromHex(hex)), CborError, "the input ends");
  }
});

Deno.test("decodeCbor() refuses text that is no UTF-8, short or long", () => {
  assertThrows(() => decodeCbor(fromHex("61ff")), CborError, "no UTF-8");
  assertThrows(() => decodeCbor(new Uint8Array([0x78, 40, ...new Uint8Array(39).fill(0x61), 0xff])), CborError);
});

Deno.test("decodeCbor() reads NUL, BOM and control characters as they are", () => {
  assertEquals(decodeCbor(new Uint8Array([0x65, 0xef, 0xbb, 0xbf, 0x00, 0x1b])), "\ufeff\0\x1b");
});

Deno.test("decodeCbor() agrees with @atproto's decoder on every block of the recorded messages", async () => {
  const { readCar } = await import("@atproto/repo");
  const { frameOf } = await import("../support/messages.ts");
  const { decodeFrame } = await import("../../src/atproto/frame.ts");
  let count = 0;
  for (const file of RECORDED) {
    for (const bytes of await recorded(file)) {
      if (decodeFrame(bytes).kind !== "commit") continue;
      const { spans } = frameOf(bytes, "commit");
      const blocks = bytes.subarray(spans.blocks.start, spans.blocks.end);
      if (blocks.length === 0) continue;
      for (const { bytes: block } of (await readCar(blocks)).blocks.entries()) {
        assertEquals(plain(decodeCbor(block)), plain(decode(block)));
        count++;
      }
    }
  }
  assert(count > 200, `only ${count} blocks`);
});

Deno.test("decodeCbor() throws nothing but CborError on any bytes", () => {
  const random = createRandom(20260701);
  let decoded = 0;
  for (let i = 0; i < 20_000; i++) {
    try {
      decodeCbor(random.bytes(1 + random.below(24)));
      decoded++;
    } catch (error) {
      assert(error instanceof CborError, String(error));
    }
  }
  assert(decoded > 200, `only ${decoded} decoded`);
});

/** CIDs as text, so that two libraries' values can be compared. */
function plain(value: unknown): unknown {
  if (value instanceof Cid) return `cid:${value}`;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if ("code" in value && "multihash" in value) return `cid:${value}`;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
