import { assert, assertEquals } from "@std/assert";
import { cidForLex } from "@atproto/lex-cbor";
import { encodeMessage, type Lex } from "../../src/simulator/frames.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { drawCollection, makeRecord, type Surroundings } from "../../src/simulator/records.ts";

const NOW = "2026-01-01T00:00:00.000Z";

async function surroundings(seed: number): Promise<Surroundings> {
  const post = { uri: "at://did:plc:x/app.bsky.feed.post/1", cid: "bafyexample" };
  return { random: createRandom(seed), now: NOW, post, did: "did:plc:y", blob: await cidForLex({ blob: 1 }) };
}

Deno.test("drawCollection() draws in the shares of the live network", () => {
  const random = createRandom(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const collection = drawCollection(random);
    counts.set(collection, (counts.get(collection) ?? 0) + 1);
  }
  const bounds: [string, number, number][] = [
    ["app.bsky.feed.like", 0.68, 0.76],
    ["app.bsky.feed.post", 0.09, 0.13],
    ["app.bsky.feed.repost", 0.08, 0.12],
    ["app.bsky.graph.follow", 0.03, 0.055],
    ["app.bsky.graph.block", 0.005, 0.015],
    ["app.bsky.feed.threadgate", 0.005, 0.015],
  ];
  assertEquals(new Set(counts.keys()), new Set(bounds.map(([collection]) => collection)));
  for (const [collection, low, high] of bounds) {
    const share = (counts.get(collection) ?? 0) / 20_000;
    assert(share > low && share < high, `${collection}: ${share}`);
  }
});

Deno.test("makeRecord() names its collection and refers to what there is", async () => {
  const around = await surroundings(1);
  for (const collection of ["app.bsky.feed.like", "app.bsky.feed.repost"]) {
    assertEquals(makeRecord(collection, around), { $type: collection, subject: around.post, createdAt: NOW });
  }
  for (const collection of ["app.bsky.graph.follow", "app.bsky.graph.block"]) {
    assertEquals(makeRecord(collection, around), { $type: collection, subject: around.did, createdAt: NOW });
  }
  const profile = makeRecord("app.bsky.actor.profile", around);
  assertEquals([profile["$type"], profile["createdAt"]], ["app.bsky.actor.profile", NOW]);
});

Deno.test("makeRecord() makes posts of every shape, a few of them strange, all of which can be encoded", async () => {
  const around = await surroundings(2);
  const posts = Array.from({ length: 3000 }, () => makeRecord("app.bsky.feed.post", around));
  for (const post of posts) assert(encodeMessage("#test", post as Record<string, Lex>).length > 20);
  const share = (holds: (post: Record<string, unknown>) => boolean) => posts.filter(holds).length / posts.length;
  const strange = share(({ text, createdAt }) =>
    text === "strange" || text === 42 || text === "no date" || createdAt !== NOW
  );
  assert(strange > 0.002 && strange < 0.015, `strange: ${strange}`);
  for (const field of ["reply", "embed", "facets", "tags", "labels", "langs"]) {
    assert(share((post) => post[field] !== undefined && post[field] !== null) > 0.005, field);
  }
  const embeds = new Set(posts.map(({ embed }) => (embed as Record<string, unknown> | null | undefined)?.["$type"]));
  assert(embeds.size >= 6, [...embeds].join());
});
