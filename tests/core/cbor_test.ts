import * as b from "../fuzz/bytes.ts";
import {
  assertLeft,
  assertTaken,
  commitOfRecords,
  commitWith,
  EMPTY,
  LIKE,
  record,
  textOf,
  utf8,
} from "../support/core.ts";

/** A like with a field that nobody asks for, which is checked and stepped over. */
function withField(item: Uint8Array): Uint8Array {
  return commitOfRecords([[LIKE, record({ x: item })]]);
}

/** What a record may hold. */
const GOOD: readonly Uint8Array[] = [
  ...[
    b.NULL,
    b.TRUE,
    b.FALSE,
    b.head(0, 0),
    b.head(1, 2n ** 64n - 1n),
    b.head(0, 2n ** 64n - 1n),
    b.link(b.cidOf(EMPTY)),
  ],
  ...[[0xf9, 0x7e, 0], [0xfa, 0, 0, 0, 0], [0xfb, 0, 0, 0, 0, 0, 0, 0, 0]].map((bytes) => Uint8Array.from(bytes)),
  ...[b.map([["a", b.NULL], ["a", b.NULL]]), b.map([["b", b.NULL], ["a", b.NULL]]), b.array([b.map([]), b.array([])])],
  b.link(b.fill(100, 1)),
];
/** What it must not hold. */
const BAD: readonly (readonly number[])[] = [
  ...[[0xf7], [0xe0], [0xf3], [0xf8, 0x20], [0xf8, 0xff], [0xfc], [0xfd], [0xfe], [0xff], [0x1c], [0x1f], [0x3c], [
    0x5c,
  ]],
  ...[[0x5f, 0x40, 0xff], [0x7f, 0x60, 0xff], [0x9f, 0xff], [0xbf, 0xff], [0xc0, 0x60], [0xc2, 0x40], [
    0xd8,
    0x2b,
    0x40,
  ]],
  ...[[0xd8, 0x2a, 0x40], [0xd8, 0x2a, 0x41, 0], [0xd8, 0x2a, 0x42, 1, 1], [0xd8, 0x2a, 0x62, 0, 1], [
    0xd8,
    0x2a,
    0x80,
  ]],
  ...[[0xa1, 0, 0], [0xa1, 0x40, 0], [0xa1, 0xf6, 0], [0x61, 0xff], [0x81, 0xf7], [0xa1, 0x61, 0x61, 0xf7]],
  [0xd8, 0x2a, 0x58, 0x66, 0, ...b.fill(101, 1)],
];

Deno.test("check() takes what DAG-CBOR may hold, however it is written", () => {
  for (const item of GOOD) assertTaken(withField(item), undefined, 1, `${item}`);
  for (const width of [1, 2, 4, 8]) {
    assertTaken(withField(b.concat(b.head(3, 2, width), utf8("ab"))), undefined, 1, `text, ${width}`);
    assertTaken(withField(b.concat(b.head(2, 2, width), utf8("ab"))), undefined, 1, `bytes, ${width}`);
    assertTaken(withField(b.concat(b.head(4, 1, width), b.NULL)), undefined, 1, `array, ${width}`);
    assertTaken(withField(b.concat(b.head(5, 1, width), b.text("a"), b.NULL)), undefined, 1, `map, ${width}`);
    assertTaken(withField(b.concat(b.head(6, 42, width), b.byteString(b.concat(b.fill(1, 0), b.cidOf(EMPTY))))));
  }
});

Deno.test("check() leaves what DAG-CBOR must not hold", () => {
  for (const item of BAD) assertLeft(withField(Uint8Array.from(item)), 1, undefined, `${item}`);
});

Deno.test("check() leaves lengths that lie, however large they are", () => {
  for (const major of [2, 3, 4, 5]) {
    for (
      const claim of [5, 100, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2n ** 63n, 2n ** 64n - 1n]
    ) {
      for (const width of [4, 8]) {
        if (width === 4 && claim >= 2 ** 32) continue;
        assertLeft(withField(b.head(major, claim, width)), 1, undefined, `${major} ${claim}`);
        assertLeft(
          withField(b.concat(b.head(major, claim, width), b.fill(4, 0x60))),
          1,
          undefined,
          `${major} ${claim}`,
        );
      }
    }
  }
});

Deno.test("check() leaves nesting from 24 on, and more than some 90,000 items", () => {
  const nested = (depth: number) => b.concat(b.fill(depth, 0x81), b.NULL);
  for (const depth of [1, 22]) assertTaken(withField(nested(depth)), undefined, 1, `${depth}`);
  for (const depth of [24, 31, 32, 33, 1000]) assertLeft(withField(nested(depth)), 1, undefined, `${depth}`);
  const items = (count: number) => b.concat(b.head(4, count), b.fill(count, 0xf6));
  assertTaken(withField(items(16_000)));
  // A larger block is left for its size.
  assertLeft(withField(items(100_001)), 1);
});

Deno.test("skip() steps over what a message holds beside its fields, which need not be DAG-CBOR", () => {
  for (const item of [...GOOD, b.map([["a", b.array([b.text("b"), b.byteString(EMPTY)])]])]) {
    assertTaken(commitWith({ more: item }), undefined, 1, `${item}`);
  }
  for (const item of [[0xf7], [0xe0], [0xf8, 0x20], [0xc0, 0x60], [0xd8, 0x2a, 0x40], [0xa1, 0, 0], [0x61, 0xff]]) {
    assertTaken(commitWith({ more: Uint8Array.from(item) }), undefined, 1, `${item}`);
  }
  for (const item of [[0x1c], [0x5f, 0x40, 0xff], [0x9f, 0xff], [0xff], [0xfc]]) {
    assertLeft(commitWith({ more: Uint8Array.from(item) }), 0, undefined, `${item}`);
  }
  for (const depth of [1, 23]) assertTaken(commitWith({ more: b.concat(b.fill(depth, 0x81), b.NULL) }));
  assertLeft(commitWith({ more: b.concat(b.fill(25, 0x81), b.NULL) }), 1);
  assertLeft(commitWith({ more: b.concat(b.fill(40, 0x81), b.NULL) }), 0);
  assertTaken(commitWith({ more: b.concat(b.head(4, 89_000), b.fill(89_000, 0)) }));
  assertLeft(commitWith({ more: b.concat(b.head(4, 95_000), b.fill(95_000, 0)) }), 1);
  assertLeft(commitWith({ more: b.concat(b.head(4, 100_001), b.fill(100_001, 0)) }), 0);
});

Deno.test("textAt() takes names of every length, those that are not UTF-8 too where nobody asks", () => {
  for (const length of [0, 1, 7, 8, 9, 23, 24, 255, 256, 1000]) {
    assertTaken(commitWith({ ["n".repeat(length)]: b.NULL }), undefined, 1, `${length}`);
    assertTaken(commitOfRecords([[LIKE, record({ ["n".repeat(length)]: b.NULL })]]), undefined, 1, `${length}`);
  }
  assertTaken(commitWith({ more: textOf([0xff, 0xfe]) }));
});
