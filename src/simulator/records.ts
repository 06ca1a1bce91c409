/**
 * Made-up records, of the shapes and in the shares of the live network, the strange ones included.
 *
 * @module
 */
import type { Lex } from "./frames.ts";
import type { Random } from "./random.ts";

/** A link as the encoder takes it. */
export type Link = Extract<Lex, { readonly bytes: Uint8Array; readonly code: number }>;

/** A record somewhere in the made-up world, to be liked, answered or quoted. */
export interface KnownRecord {
  readonly uri: string;
  readonly cid: string;
}

/** What a record can refer to. */
export interface Surroundings {
  readonly random: Random;
  /** RFC 3339. */
  readonly now: string;
  readonly post: KnownRecord;
  readonly did: string;
  readonly blob: Link;
}

/** Shares of the collections among new records, as on the live network (docs/deployment.md has the figures). */
const SHARES = [
  ["app.bsky.feed.like", 0.72],
  ["app.bsky.feed.post", 0.115],
  ["app.bsky.feed.repost", 0.1],
  ["app.bsky.graph.follow", 0.045],
  ["app.bsky.graph.block", 0.01],
  ["app.bsky.feed.threadgate", 0.01],
] as const;

const WORDS = [
  "sky",
  "morning",
  "coffee",
  "deadline",
  "garden",
  "compiler",
  "quietly",
  "nobody",
  "Straße",
  "naïve",
  "東京",
  "мир",
  "🦋",
  "tomorrow",
  "because",
  "again",
  "window",
  "river",
  "seventeen",
  "almost",
  "perfect",
  "music",
  "bridge",
  "snow",
] as const;
const LANGS = [["en"], ["en"], ["en"], ["ja"], ["de"], ["pt"], ["en", "fr"], []] as const;
/** One post in so many has a shape that its lexicon does not allow, but that anyone with a PDS can send. */
const STRANGE_ONE_IN = 150;

/** Draws the collection of a new record. */
export function drawCollection(random: Random): string {
  let left = random.next();
  for (const [collection, share] of SHARES) {
    left -= share;
    if (left < 0) return collection;
  }
  return "app.bsky.feed.like";
}

/** Makes a record of a collection. */
export function makeRecord(collection: string, around: Surroundings): Record<string, unknown> {
  const { random, now: createdAt, post, did } = around;
  switch (collection) {
    case "app.bsky.feed.post":
      return random.below(STRANGE_ONE_IN) === 0 ? strangePost(around) : makePost(around);
    case "app.bsky.graph.follow":
    case "app.bsky.graph.block":
      return { $type: collection, subject: did, createdAt };
    case "app.bsky.actor.profile":
      return makeProfile(around);
    case "app.bsky.feed.threadgate":
      return { $type: collection, post: post.uri, allow: [], createdAt };
    default:
      return { $type: collection, subject: { uri: post.uri, cid: post.cid }, createdAt };
  }
}

function makePost(around: Surroundings): Record<string, unknown> {
  const { random, now: createdAt, post } = around;
  const text = makeText(random, 3 + random.below(30));
  const langs = LANGS[random.below(LANGS.length)] ?? ["en"];
  return {
    $type: "app.bsky.feed.post",
    text,
    createdAt,
    ...(langs.length > 0 ? { langs: [...langs] } : {}),
    ...(random.next() < 0.4 ? { reply: { root: { ...post }, parent: { ...post } } } : {}),
    ...(random.next() < 0.35 ? { embed: makeEmbed(around) } : {}),
    ...(random.next() < 0.2 ? { facets: makeFacets(around, text) } : {}),
    ...(random.next() < 0.05 ? { tags: [random.pick(WORDS), random.pick(WORDS)] } : {}),
    ...(random.next() < 0.02
      ? { labels: { $type: "com.atproto.label.defs#selfLabels", values: [{ val: "nudity" }] } }
      : {}),
  };
}

function makeText(random: Random, words: number): string {
  return Array.from({ length: words }, () => random.pick(WORDS)).join(" ");
}

function makeEmbed({ random, post, blob }: Surroundings): Record<string, unknown> {
  const images = {
    $type: "app.bsky.embed.images",
    images: [{ alt: makeText(random, 6), image: blobRef(blob, random), aspectRatio: { width: 1200, height: 800 } }],
  };
  switch (random.below(4)) {
    case 0:
      return images;
    case 1:
      return {
        $type: "app.bsky.embed.external",
        external: { uri: `https://example.com/${random.below(1e6)}`, title: makeText(random, 5), description: "" },
      };
    case 2:
      return { $type: "app.bsky.embed.record", record: { ...post } };
    default:
      return {
        $type: "app.bsky.embed.recordWithMedia",
        record: { $type: "app.bsky.embed.record", record: { ...post } },
        media: images,
      };
  }
}

function makeFacets({ random, did }: Surroundings, text: string): unknown[] {
  const end = new TextEncoder().encode(text.split(" ")[0] ?? "").length;
  const feature = random.next() < 0.5
    ? { $type: "app.bsky.richtext.facet#mention", did }
    : { $type: "app.bsky.richtext.facet#link", uri: "https://example.com/" };
  return [{ index: { byteStart: 0, byteEnd: end }, features: [feature] }];
}

function makeProfile({ random, blob, now: createdAt }: Surroundings): Record<string, unknown> {
  return {
    $type: "app.bsky.actor.profile",
    displayName: random.next() < 0.1 ? "" : makeText(random, 2),
    description: makeText(random, 10),
    ...(random.next() < 0.7 ? { avatar: blobRef(blob, random) } : {}),
    ...(random.next() < 0.05 ? { banner: { cid: blob.toString(), mimeType: "image/jpeg" } } : {}),
    createdAt,
  };
}

/** A reference to a blob of some size, as records have it. */
export function blobRef(blob: Link, random: Random): Record<string, unknown> {
  return { $type: "blob", ref: blob, mimeType: "image/jpeg", size: 10_000 + random.below(900_000) };
}

function strangePost({ random, now: createdAt }: Surroundings): Record<string, unknown> {
  const post = { $type: "app.bsky.feed.post", text: "strange", createdAt };
  const shapes: readonly [Record<string, unknown>, ...Record<string, unknown>[]] = [
    { ...post, embed: null },
    { ...post, langs: "en" },
    { ...post, text: 42 },
    { ...post, reply: null },
    { ...post, embed: { $type: "app.bsky.embed.gallery", items: [] } },
    { $type: "app.bsky.feed.post", text: "no date" },
    { ...post, createdAt: 20260101, tags: null },
  ];
  return random.pick(shapes);
}
