import { createRandom } from "../../src/simulator/random.ts";
import * as b from "../fuzz/bytes.ts";
import {
  assertLeft,
  assertTaken,
  BINARY,
  commitOfRecords,
  commitWith,
  LIKE,
  OTHER,
  POST,
  record,
  textOf,
  WHOLE,
} from "../support/core.ts";

const random = createRandom(3);

Deno.test("writeText() escapes what JSON escapes, wherever it stands", () => {
  for (let code = 0; code < 128; code++) {
    for (const before of [0, 1, 14, 15, 16, 17, 31]) {
      const text = textOf("a".repeat(before), [code], "b".repeat(before % 5));
      assertTaken(commitOfRecords([[POST, record({ text, langs: b.array([text]) })]]), undefined, 1, `${code}`);
    }
  }
});

Deno.test("writeText() writes texts of every length, of escapes alone and of plain letters alone", () => {
  for (let length = 0; length <= 70; length++) {
    for (const code of [0x00, 0x22, 0x61, 0x7f]) {
      assertTaken(commitOfRecords([[POST, record({ text: textOf(b.fill(length, code)) })]]), undefined, 1, `${length}`);
    }
  }
});

Deno.test("writeText() writes what JSON within JSON holds", () => {
  const facet = (text: string) => record({ a: b.text(text) });
  for (const text of ['"', "\\", '\\"', "\n", "\u0001", "é", "🦋", "\u2028", "</script>", '"'.repeat(40)]) {
    const fields = { facets: b.array([facet(text)]), labels: facet(text) };
    assertTaken(commitOfRecords([[POST, record(fields)]]), undefined, 1, text);
  }
});

Deno.test("writeInteger() writes sequence numbers of every number of digits", () => {
  const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
  const around = powers.flatMap((power) => [power - 1, power, power + 1]);
  for (const seq of [...around, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    assertTaken(commitWith({ seq: b.head(0, seq) }), undefined, 1, `${seq}`);
    assertTaken(commitWith({ seq: b.head(0, seq, 8) }), undefined, 1, `${seq} in eight bytes`);
  }
  for (const seq of [2n ** 53n, 2n ** 64n - 1n]) assertLeft(commitWith({ seq: b.head(0, seq) }), 0);
});

Deno.test("writeCid() writes links as the text that they are, whatever their bits and their codec", () => {
  for (let i = 0; i < 200; i++) {
    const codec = [0x71, 0x55, 0x70, 0x00, 0x7f][i % 5] ?? 0;
    const digest = i < 8 ? b.fill(32, [0, 255, 1, 128, 170, 85, 254, 127][i] ?? 0) : random.bytes(32);
    const cid = b.concat(Uint8Array.of(1, codec, 0x12, 0x20), digest);
    const blob = record({ ref: b.link(cid) });
    assertTaken(commitOfRecords([["app.bsky.actor.profile", record({ avatar: blob, banner: blob })]]));
    assertTaken(commitOfRecords([[OTHER, record({ x: b.link(cid) })]]), WHOLE);
  }
});

Deno.test("writeBase64() writes bytes of every length, and every value of six bits", () => {
  for (let length = 0; length <= 100; length++) {
    const bytes = length % 2 === 0 ? random.bytes(length) : b.fill(length, length * 7 & 255);
    assertTaken(commitOfRecords([[OTHER, record({ x: b.byteString(bytes) })]]), WHOLE, 1, `${length}`);
    assertTaken(
      commitOfRecords([[POST, record({ facets: b.array([b.byteString(bytes)]) })]]),
      undefined,
      1,
      `${length}`,
    );
  }
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertTaken(commitOfRecords([[OTHER, record({ x: b.byteString(all) })]]), WHOLE);
});

Deno.test("zigzag varints before binary headers are of every length", () => {
  for (const length of [1, 55, 56, 57, 63, 64, 100, 500, 2000]) {
    const did = b.text(`did:web:${"x".repeat(length)}`);
    assertTaken(commitOfRecords([[LIKE, record({ createdAt: b.text("x") })]], { repo: did }), BINARY, 1, `${length}`);
  }
});
