import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { makeNetworkRecord } from "../../src/simulator/network_records.ts";
import { createRandom } from "../../src/simulator/random.ts";

const POST = { uri: "at://did:plc:x/app.bsky.feed.post/1", cid: "bafypost" };
const REPOST = { uri: "at://did:plc:x/app.bsky.feed.repost/1", cid: "bafyrepost" };
const AROUND = {
  random: createRandom(1),
  now: "2026-01-01T00:00:00Z",
  post: POST,
  repost: REPOST,
  did: "did:plc:y",
  blob: await cidForLex({ blob: 1 }),
};

function make(collection: string, count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, () => makeNetworkRecord(collection, AROUND));
}

Deno.test("makeNetworkRecord() names the repost that led to a like or repost, and the post to a follow, now and then", () => {
  const cases = [["feed.like", REPOST], ["feed.repost", REPOST], ["graph.follow", POST]] as const;
  for (const [name, via] of cases) {
    const made = make(`app.bsky.${name}`, 300);
    const led = made.filter((record) => record["via"] !== undefined);
    assert(led.length > 60 && led.length < 130, `${name}: ${led.length}`);
    assertEquals(led.map((record) => record["via"]), led.map(() => via));
  }
  assertEquals(make("app.bsky.graph.block", 50).filter((record) => "via" in record), []);
});

Deno.test("makeNetworkRecord() makes galleries of more images than a post could have, and profiles with all fields", () => {
  const galleries = make("app.bsky.feed.post", 400).flatMap(({ embed }) => {
    const { $type, items } = (embed ?? {}) as { $type?: string; items?: { $type: string; alt: string }[] };
    return $type === "app.bsky.embed.gallery" && items !== undefined && items.length > 0 ? [items] : [];
  });
  assert(galleries.length > 10 && galleries.length < 50, `${galleries.length}`);
  for (const items of galleries) {
    assert(items.length >= 5 && items.length <= 10);
    assertEquals(new Set(items.map(({ $type }) => $type)), new Set(["app.bsky.embed.gallery#image"]));
  }
  const [profile] = make("app.bsky.actor.profile", 1);
  assertEquals(profile?.["pinnedPost"], POST);
  assertEquals(typeof profile?.["pronouns"], "string");
});

Deno.test("makeNetworkRecord() makes foreign records, and those of the app that are none of the six", () => {
  for (const collection of ["fyi.unravel.frontpage.post", "app.bsky.feed.threadgate"]) {
    assertEquals(make(collection, 1).map(({ $type }) => $type), [collection]);
  }
});
