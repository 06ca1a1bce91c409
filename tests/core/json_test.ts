import * as b from "../fuzz/bytes.ts";
import {
  assertLeft,
  assertTaken,
  commitOfRecords,
  EMPTY,
  eventsOf,
  OTHER,
  POST,
  record,
  textOf,
  utf8,
  WHOLE,
} from "../support/core.ts";

/** The same item as a whole record's field and within what becomes JSON in a text. */
function messagesOf(item: Uint8Array): Uint8Array[] {
  return [
    commitOfRecords([[OTHER, record({ x: item })]]),
    commitOfRecords([[POST, record({ facets: b.array([item]) })]]),
  ];
}

function taken(item: Uint8Array, what = ""): void {
  for (const message of messagesOf(item)) assertTaken(message, WHOLE, 1, what);
}

function left(item: Uint8Array, what = ""): void {
  for (const message of messagesOf(item)) assertLeft(message, 1, WHOLE, what);
}

const CID = b.cidOf(EMPTY);

Deno.test("writeNumber() writes integers up to what needs more than 32 bits", () => {
  for (const number of [0, 1, 9, 10, 23, 24, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2]) {
    for (const major of [0, 1]) {
      for (const width of [undefined, 4, 8]) taken(b.head(major, number, width), `${major} ${number}`);
    }
  }
  for (const number of [2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 53n, 2n ** 64n - 1n]) {
    for (const major of [0, 1]) left(b.head(major, number), `${major} ${number}`);
  }
});

Deno.test("writeSimple() writes false, true and null, and leaves floats and what is not allowed", () => {
  for (const item of [b.FALSE, b.TRUE, b.NULL]) taken(item);
  for (
    const item of [[0xf7], [0xe0], [0xf8, 0x20], [0xf9, 0x3c, 0], [0xfa, 0, 0, 0, 0], [0xff], [0xfc], [0xf9, 0x7e, 0]]
  ) {
    left(Uint8Array.from(item), `${item}`);
  }
});

Deno.test("writeJson() writes texts, bytes and links, and leaves other CIDs", () => {
  for (const item of [b.text(""), b.text('"\\\n'), b.byteString(EMPTY), b.byteString(utf8("")), b.link(CID)]) {
    taken(item);
  }
  const digest = CID.subarray(4);
  const others = [[0x12, 0x20], [1, 0x71, 0x13, 0x20], [1, 0x71, 0x12, 0x21], [0, 0x71, 0x12, 0x20], [
    1,
    0xf1,
    1,
    0x12,
    0x20,
  ]];
  for (const start of others) left(b.link(b.concat(Uint8Array.from(start), digest)), `${start}`);
  for (const item of [[0xd8, 0x2b, 0x40], [0xd8, 0x2a, 0x40], [0xd8, 0x2a, 0x41, 0], [0xd8, 0x2a, 0x60], [0xc1, 0]]) {
    left(Uint8Array.from(item), `${item}`);
  }
});

Deno.test("writeArray() and writeMap() write what is nested, up to 22 deep in a field", () => {
  for (const open of [[0x81], [0xa1, 0x61, 0x61], [0xa1, 0x60]]) {
    const nested = (depth: number) => b.concat(...Array.from({ length: depth }, () => Uint8Array.from(open)), b.NULL);
    for (const depth of [1, 2, 10, 22]) taken(nested(depth), `${open} ${depth}`);
    for (const depth of [25, 30, 31, 32, 40]) left(nested(depth), `${open} ${depth}`);
  }
  for (const size of [0, 1, 23, 24, 255, 256]) {
    taken(b.array(Array.from({ length: size }, () => b.NULL)));
    taken(b.map(Array.from({ length: Math.min(size, 99) }, (_, i) => [`k${String(i).padStart(2, "0")}`, b.NULL])));
  }
});

Deno.test("writeMap() writes maps in DAG-CBOR's order, and leaves others, and those with a key twice", () => {
  const keyed = (...keys: string[]) => b.map(keys.map((key) => [key, b.text(key)]));
  for (const keys of [["a", "b"], ["b", "aa"], ["", "a", "aa", "ab"], ["Z", "a"], ["z", "é"]]) {
    taken(keyed(...keys), `${keys}`);
  }
  for (const keys of [["b", "a"], ["aa", "b"], ["a", "a"], ["a", ""], ["a", "b", "a"]]) left(keyed(...keys), `${keys}`);
  for (const key of ["__proto__", "constructor", "toJSON", "$link", "$bytes"]) taken(keyed(key), key);
  left(b.concat(b.head(5, 1), b.head(0, 1), b.NULL));
  left(b.concat(b.head(5, 1), textOf([0xff]), b.NULL));
});

Deno.test("writeMap() writes keys that look like numbers in the order of the generic path, or leaves them", () => {
  for (const keys of [["1"], ["1", "2"], ["0", "a"], ["a", "10"], ["9", "10"], ["a", "b", "11"], ["01"], ["a", "-1"]]) {
    const item = b.map(keys.map((key) => [key, b.NULL]));
    // The comparison is within.
    for (const message of messagesOf(item)) eventsOf([message], WHOLE);
    for (const field of ["facets", "labels"]) {
      eventsOf([commitOfRecords([[POST, record({ [field]: field === "labels" ? item : b.array([item]) })]])]);
    }
  }
});
