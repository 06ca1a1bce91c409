import { assertEquals } from "@std/assert";
import * as b from "../fuzz/bytes.ts";
import { assertLeft, assertTaken, commitOfRecords, EMPTY, eventsOf, LIKE, record, utf8 } from "../support/core.ts";

const RECORD = record({ createdAt: b.text("2026-07-01T11:00:00Z") });
const CID = b.cidOf(RECORD);
const SECTION = b.section(CID, RECORD);
const OTHER = record({ createdAt: b.text("other") });
const OTHER_CID = b.cidOf(OTHER);

/** A commit that creates these records from an archive of any bytes. */
function ofArchive(archive: Uint8Array, ...cids: Uint8Array[]): Uint8Array {
  return b.commit(cids.map((cid, i) => b.op("create", `${LIKE}/${i}`, cid)), archive);
}

/** The same from sections. */
function ofSections(sections: readonly Uint8Array[], ...cids: Uint8Array[]): Uint8Array {
  return ofArchive(b.car(CID, sections), ...cids);
}

Deno.test("findBlocks() finds blocks in every order, among others", () => {
  const more = Array.from({ length: 50 }, (_, i) => b.section(b.cidOf(utf8(`${i}`)), utf8(`${i}`)));
  assertTaken(ofSections([SECTION], CID));
  assertTaken(ofSections([...more, SECTION, ...more], CID));
  assertTaken(ofSections([SECTION, b.section(OTHER_CID, OTHER)], OTHER_CID, CID), undefined, 2);
  assertTaken(ofSections([b.section(OTHER_CID, OTHER), ...more, SECTION], OTHER_CID, CID), undefined, 2);
});

Deno.test("findBlocks() takes the first block of a CID, and gives it to each operation that names it", () => {
  assertTaken(ofSections([SECTION, SECTION], CID));
  assertTaken(ofSections([SECTION, b.section(CID, OTHER)], CID));
  assertLeft(ofSections([b.section(CID, OTHER), SECTION], CID), 0);
  for (const count of [2, 3, 9, 100]) assertTaken(ofSections([SECTION], ...Array(count).fill(CID)), undefined, count);
});

Deno.test("findBlocks() leaves a commit without one of its blocks", () => {
  assertLeft(ofSections([], CID), 0);
  assertLeft(ofSections([b.section(OTHER_CID, OTHER)], CID), 0);
  assertLeft(ofSections([SECTION], CID, OTHER_CID), 1);
});

Deno.test("findBlocks() compares all of a CID", () => {
  for (let place = 0; place < CID.length; place++) {
    const other = CID.with(place, (CID[place] ?? 0) ^ (place === 1 ? 0x01 : 0x80));
    // What is no SHA-256 any more is for the host, which finds the right one behind it.
    const isSha256 = place === 1 || place >= 4;
    const message = ofSections([b.section(other, OTHER), SECTION], CID);
    if (isSha256) assertTaken(message, undefined, 1, `${place}`);
    else assertEquals(eventsOf([message]).byCore, 0, `${place}`);
  }
});

Deno.test("findBlocks() leaves archives that are cut short, and lengths that lie", () => {
  const archive = b.car(CID, [b.section(OTHER_CID, OTHER), SECTION]);
  for (let length = 0; length < archive.length; length++) assertLeft(ofArchive(archive.subarray(0, length), CID), 0);
  for (
    const length of [0, 1, 35, 36 + RECORD.length + 1, 2 ** 28 - 1, 2 ** 31, 2 ** 32 + 36 + RECORD.length, 2 ** 52]
  ) {
    const lied = b.concat(b.varint(length), CID, RECORD);
    assertLeft(ofSections([lied], CID), 0, undefined, `${length}`);
    if (length > 0) {
      assertLeft(ofArchive(b.concat(b.varint(length), SECTION), CID), 0, undefined, `header of ${length}`);
    }
  }
  // What follows the last wanted block is not read.
  assertTaken(ofSections([SECTION, b.fill(10, 0xff)], CID));
  assertLeft(ofSections([b.fill(10, 0xff), SECTION], CID), 0);
});

Deno.test("findBlocks() takes lengths in more bytes than they need, up to four", () => {
  const length = CID.length + RECORD.length;
  const long = (bytes: number) => [...b.fill(bytes - 1, 0x80), 0].with(0, length | 0x80);
  for (const bytes of [2, 3, 4]) assertTaken(ofSections([b.concat(Uint8Array.from(long(bytes)), CID, RECORD)], CID));
  assertLeft(ofSections([b.concat(Uint8Array.from(long(5)), CID, RECORD)], CID), 1);
});

Deno.test("findBlocks() takes blocks of up to 16 KiB, and a million bytes of a commit", () => {
  const sized = (bytes: number, n = 0) => record({ n: b.head(0, n, 2), x: b.byteString(b.fill(bytes - 11, 0)) });
  for (const bytes of [16_383, 16_384]) assertTaken(commitOfRecords([[LIKE, sized(bytes)]]), undefined, 1, `${bytes}`);
  assertLeft(commitOfRecords([[LIKE, sized(16_385)]]), 1);
  const many = (count: number) =>
    commitOfRecords(Array.from({ length: count }, (_, i) => [LIKE, sized(16_384, i)] as const));
  assertTaken(many(60), undefined, 60);
  assertLeft(many(70), 70);
});

Deno.test("findBlocks() reads up to 20,000 sections", () => {
  const small = b.section(b.cidOf(EMPTY), EMPTY);
  for (const count of [19_999, 20_000]) {
    const message = ofSections([...Array.from({ length: count }, () => small), SECTION], CID);
    if (count < 20_000) assertTaken(message, undefined, 1, `${count}`);
    else assertLeft(message, 0, undefined, `${count}`);
  }
});
