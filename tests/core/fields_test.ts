import { assertEquals } from "@std/assert";
import * as b from "../fuzz/bytes.ts";
import {
  assertLeft,
  assertTaken,
  BINARY,
  commitOfRecords,
  EMPTY,
  eventsOf,
  LIKE,
  POST,
  record,
  TYPED,
  WHOLE,
} from "../support/core.ts";

type Entries = readonly (readonly [string, Uint8Array])[];

const CID = b.link(b.cidOf(EMPTY));
const TIME = b.text("2026-07-01T11:00:00Z");
/** All that an event of a post has, in DAG-CBOR's order. */
const POST_FIELDS: Entries = [
  ["tags", b.array([b.text("t")])],
  ["text", b.text("hello")],
  ["embed", b.map([["$type", b.text("app.bsky.embed.external")], ["external", b.map([["uri", b.text("u")]])]])],
  ["langs", b.array([b.text("en"), b.text("de")])],
  ["reply", b.map([["root", ref("r")], ["parent", ref("p")]])],
  ["facets", b.array([b.map([["index", b.head(0, 1)]])])],
  ["labels", b.map([["values", b.array([])]])],
  ["createdAt", TIME],
];
const PROFILE = "app.bsky.actor.profile";
const BLOB = b.map([["ref", CID], ["size", b.head(0, 1)]]);
const PROFILE_FIELDS: Entries = [
  ["avatar", BLOB],
  ["banner", b.map([["cid", b.text("bafy")]])],
  ["createdAt", TIME],
  ["description", b.text("d")],
  ["displayName", b.text("n")],
];
const COLLECTIONS: readonly (readonly [string, Entries])[] = [
  [POST, POST_FIELDS],
  [LIKE, [["subject", ref("s")], ["createdAt", TIME]]],
  ["app.bsky.feed.repost", [["subject", ref("s")], ["createdAt", TIME]]],
  ["app.bsky.graph.follow", [["subject", b.text("did:plc:b")], ["createdAt", TIME]]],
  ["app.bsky.graph.block", [["subject", b.text("did:plc:b")], ["createdAt", TIME]]],
  [PROFILE, PROFILE_FIELDS],
];
/** One item of each type. */
const ITEMS = [
  b.NULL,
  b.TRUE,
  b.head(0, 1),
  b.head(1, 1),
  b.byteString(EMPTY),
  b.text("x"),
  b.array([]),
  b.map([]),
  CID,
];

function ref(uri: string): Uint8Array {
  return b.map([["cid", b.text("bafy")], ["uri", b.text(uri)]]);
}

function of(collection: string, entries: Entries): Uint8Array {
  return commitOfRecords([[collection, b.map(entries)]]);
}

Deno.test("readFields() takes each type's records with all fields, with each alone, without each, and with none", () => {
  for (const options of [TYPED, BINARY, WHOLE]) {
    for (const [collection, entries] of COLLECTIONS) {
      assertTaken(of(collection, entries), options, 1, collection);
      assertTaken(of(collection, []), options, 1, collection);
      entries.forEach((entry, i) => {
        assertTaken(of(collection, [entry]), options, 1, `${collection} ${entry[0]}`);
        assertTaken(of(collection, entries.toSpliced(i, 1)), options, 1, `${collection} without ${entry[0]}`);
      });
    }
  }
});

Deno.test("readFields() takes fields in every order, with others between them that share their beginnings", () => {
  for (const [collection, entries] of COLLECTIONS) {
    assertTaken(of(collection, entries.toReversed()));
    const more = entries.flatMap(([name, item]): Entries => [
      [name.slice(0, -1), b.NULL],
      [name, item],
      [`${name}s`, b.NULL],
      [`${name.slice(0, -1)}~`, b.NULL],
      [name.toUpperCase(), b.NULL],
      [`${name}\0`, b.NULL],
    ]);
    assertTaken(of(collection, more), undefined, 1, collection);
  }
});

Deno.test("readFields() leaves a record with a field twice, whatever stands there", () => {
  for (const [collection, entries] of COLLECTIONS) {
    for (const [name, item] of entries) {
      assertLeft(of(collection, [...entries, [name, item]]), 1, undefined, `${collection} ${name}`);
      assertLeft(of(collection, [[name, b.NULL], ...entries]), 1, undefined, `${collection} ${name}`);
    }
    // What nobody asks for may stand twice.
    assertTaken(of(collection, [...entries, ["x", b.NULL], ["x", b.NULL]]), undefined, 1, collection);
  }
});

Deno.test("readFields() makes of a field of another type what the generic path makes, or leaves it", () => {
  let taken = 0;
  for (const options of [TYPED, WHOLE]) {
    for (const [collection, entries] of COLLECTIONS) {
      entries.forEach(([name], i) => {
        for (const item of ITEMS) {
          taken += eventsOf([of(collection, entries.toSpliced(i, 1, [name, item]))], options).byCore;
          for (const within of ["uri", "cid", "ref", "$type", "root", "external", "record"]) {
            const nested = b.map([[within, item]]);
            taken += eventsOf([of(collection, entries.toSpliced(i, 1, [name, nested]))], options).byCore;
          }
        }
      });
    }
  }
  if (taken < 300) throw new Error(`${taken} by the core`);
});

Deno.test("readField() leaves lists with anything but texts, and takes lists of every length", () => {
  for (const size of [0, 1, 2, 23, 24, 255, 256]) {
    assertTaken(of(POST, [["langs", b.array(Array.from({ length: size }, (_, i) => b.text(`l${i}`)))]]), undefined, 1);
  }
  for (const item of ITEMS.filter((each) => each[0] !== 0x61)) {
    assertLeft(of(POST, [["langs", b.array([b.text("a"), item, b.text("b")])]]), 1, undefined, `${item}`);
  }
});

Deno.test("readFields() leaves what is no map, and bytes behind the map", () => {
  for (const item of [...ITEMS.filter((each) => each[0] !== 0xa0), b.fill(0, 0), b.concat(EMPTY, EMPTY)]) {
    assertLeft(commitOfRecords([[LIKE, item]]), 1, undefined, `${item}`);
  }
});

Deno.test("clearSlots() forgets the record before", () => {
  const full = COLLECTIONS.map(([collection, entries]) => [collection, b.map(entries)] as const);
  const empty = COLLECTIONS.map(([collection]) => [collection, EMPTY] as const);
  const mixed = full.flatMap((each, i) => [each, empty[i] ?? each]);
  for (const options of [TYPED, WHOLE]) {
    assertEquals(eventsOf([commitOfRecords(mixed), commitOfRecords(mixed.toReversed())], options), {
      events: 24,
      byCore: 24,
    });
  }
});

Deno.test("find() tells names apart that share their first eight bytes", () => {
  for (const name of ["displayName", "displayNam", "displayNamE", "displayNames", "displayXame"]) {
    assertTaken(of(PROFILE, [[name, b.text("n")]]), undefined, 1, name);
  }
  // What is left out is not UTF-8, of a name that is no field.
  assertLeft(of(PROFILE, [["displayNamE", b.concat(b.head(3, 1), b.fill(1, 0xff))]]), 1);
  assertTaken(of(LIKE, [["x", record({ subject: ref("inner") })]]));
});
