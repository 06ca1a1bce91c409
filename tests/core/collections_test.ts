import { assert, assertEquals } from "@std/assert";
import { rulesOf } from "../../src/filter/collections.ts";
import type { EventMakerOptions } from "../../src/pipeline/event_maker.ts";
import { assertTaken, commitAt, eventsOf, LIKE, OTHER, TYPED, WHOLE } from "../support/core.ts";
import { BothWays } from "../support/plane.ts";

/** A commit that creates a record in a collection of any bytes. */
function commitIn(collection: string | Uint8Array): Uint8Array {
  return commitAt(collection, "/3l");
}

function ruled(...rules: string[]): EventMakerOptions {
  return { ...TYPED, selection: { ...TYPED.selection, collections: rulesOf(rules) } };
}

Deno.test("collectionAt() finds the named collections, and none that only begin or end like them", () => {
  const options = ruled(LIKE, "app.bsky.graph.follow");
  assertTaken(commitIn(LIKE), options);
  assertTaken(commitIn("app.bsky.graph.follow"), options);
  const others = ["", "x", "like", `${LIKE}s`, `${LIKE}\0`, LIKE.slice(0, -1), `x${LIKE.slice(1)}`, LIKE.toUpperCase()];
  for (const name of [...others, "app.bsky.graph.block"]) assertTaken(commitIn(name), options, 0, name);
});

Deno.test("collectionAt() takes collections of wildcards once they are learned, and leaves out what is excluded", () => {
  const options = ruled("app.bsky.feed.*", "com.example.*", "!app.bsky.feed.like");
  for (let round = 0; round < 2; round++) {
    assertTaken(commitIn(OTHER), options);
    assertTaken(commitIn("app.bsky.feed.post"), options);
    assertTaken(commitIn("app.bsky.feed.threadgate"), options);
    assertTaken(commitIn(LIKE), options, 0);
    assertTaken(commitIn("app.bsky.graph.follow"), options, 0);
    assertTaken(commitIn("com.example"), options, 0);
  }
});

Deno.test("collectionAt() tells names of one bucket apart", () => {
  // The bucket is of the length, the last letter and the fourth from the end.
  const names = ["com.example.aaaaa", "com.example.baaaa", "com.example.abcda", "org.example.aaaaa"];
  for (const name of names) assertTaken(commitIn(name), ruled(...names));
  assertTaken(commitIn("net.example.aaaaa"), ruled(...names), 0);
  for (let round = 0; round < 2; round++) for (const name of names) assertTaken(commitIn(name), ruled("*"));
});

Deno.test("a name that is no NSID is learned without harm, whatever its bytes and its length", () => {
  for (const name of ["", "a", "a.b", "ä.ö.ü", "com.example.", "*", "__proto__", "com.example.thing.*"]) {
    assertEquals(eventsOf([commitIn(name)], WHOLE).events, 0, name);
  }
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0]]) {
    assertEquals(eventsOf([commitIn(Uint8Array.from(bytes))], WHOLE).events, 0, `${bytes}`);
  }
  for (const length of [316, 317, 318, 1000, 20_000, 200_000, 3_000_000]) {
    assertEquals(eventsOf([commitIn("a".repeat(length))], WHOLE).events, 0, `${length}`);
  }
  assertTaken(commitIn(OTHER), WHOLE);
});

Deno.test("thousands of made-up collections fill the table and nothing else", () => {
  const ways = new BothWays(WHOLE);
  for (let from = 0; from < 6000; from += 100) {
    ways.compare(Array.from({ length: 100 }, (_, i) => commitIn(`com.example.made${from + i}`)));
  }
  const { events, byCore } = ways.taken;
  assert(events === 6000 && byCore >= 500, `${byCore} of ${events}`);
  // Those that were learned first are still the core's.
  ways.compare([commitIn("com.example.made1")]);
  assertEquals(ways.taken.byCore, byCore + 1);
});

Deno.test("collections that are named are all wanted, also those that the table has no room for", () => {
  const names = Array.from({ length: 4000 }, (_, i) => `com.example.named${i}`);
  const ways = new BothWays(ruled(...names));
  for (let from = 0; from < names.length; from += 100) ways.compare(names.slice(from, from + 100).map(commitIn));
  const { events, byCore } = ways.taken;
  assert(events === 4000 && byCore >= 500, `${byCore} of ${events}`);
});
