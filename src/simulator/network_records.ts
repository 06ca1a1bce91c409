/**
 * Records of the app's six collections with what their lexicons have gained: galleries, `via`, pinned posts, pronouns.
 *
 * @module
 */
import { FOREIGN_COLLECTIONS, makeForeign } from "./foreign.ts";
import { blobRef, type KnownRecord, makeRecord, type Surroundings } from "./records.ts";

/** What a record can refer to, reposts included. */
export interface NetworkSurroundings extends Surroundings {
  readonly repost: KnownRecord;
}

const VIA_SHARE = 0.3;
const GALLERY_SHARE = 0.06;

/** Makes a record of any collection. */
export function makeNetworkRecord(collection: string, around: NetworkSurroundings): Record<string, unknown> {
  if (FOREIGN_COLLECTIONS.some((foreign) => foreign === collection)) return makeForeign(collection, around);
  return { ...makeRecord(collection, around), ...gained(collection, around) };
}

function gained(collection: string, around: NetworkSurroundings): Record<string, unknown> {
  const { random, repost, post } = around;
  switch (collection) {
    case "app.bsky.feed.like":
    case "app.bsky.feed.repost":
      return random.next() < VIA_SHARE ? { via: { ...repost } } : {};
    case "app.bsky.graph.follow":
      return random.next() < VIA_SHARE ? { via: { ...post } } : {};
    case "app.bsky.feed.post":
      return random.next() < GALLERY_SHARE ? { embed: makeGallery(around) } : {};
    case "app.bsky.actor.profile":
      return { pinnedPost: { ...post }, website: "https://example.com", pronouns: "they/them" };
    default:
      return {};
  }
}

function makeGallery({ random, blob }: NetworkSurroundings): Record<string, unknown> {
  const items = Array.from({ length: 5 + random.below(6) }, (_, i) => ({
    $type: "app.bsky.embed.gallery#image",
    image: blobRef(blob, random),
    alt: `image ${i}`,
    aspectRatio: { width: 1200, height: 800 },
  }));
  return { $type: "app.bsky.embed.gallery", items };
}
