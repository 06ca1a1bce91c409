/**
 * The options of the filter.
 *
 * @module
 */
import { nearest } from "../config/nearest.ts";
import type { OptionTable } from "../config/option.ts";
import { type Read, readShare, value, wrong } from "../config/readers.ts";
import { type Collection, COLLECTIONS } from "../events/schema.ts";

/** Reads collections with commas between them; `*` means all. The answer has each once, in the catalogue's order. */
export function readCollections(text: string): Read<readonly Collection[]> {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.length === 0) return wrong("it names no collection", "a list of collections, or *");
  const unknown = names.filter((name) => name !== "*" && !COLLECTIONS.some((known) => known === name));
  if (unknown.length > 0) {
    const near = unknown.map((name) => nearest(name, COLLECTIONS));
    const meant = new Set(near.includes(null) ? COLLECTIONS : near);
    const is = unknown.length === 1 ? "is an unknown collection" : "are unknown collections";
    return wrong(`${unknown.map((name) => JSON.stringify(name)).join(", ")} ${is}`, `${[...meant].join(", ")} or *`);
  }
  return value(names.includes("*") ? COLLECTIONS : COLLECTIONS.filter((known) => names.includes(known)));
}

/** The options about which records become events. */
export const FILTER_OPTIONS = {
  collections: {
    group: "Events",
    flag: "collections",
    env: ["BLUESKY_COLLECTIONS"],
    hint: "NSID,...|*",
    read: readCollections,
    default: "app.bsky.feed.post,app.bsky.feed.like,app.bsky.feed.repost,app.bsky.graph.follow",
    empty: "*",
    doc: "Collections whose records become events; * or an empty value: all six",
  },
  sampleRate: {
    group: "Events",
    flag: "sample-rate",
    env: ["BLUESKY_SAMPLE_RATE", "SAMPLE_RATE"],
    hint: "0..1",
    read: readShare,
    default: "1.0",
    doc: "Share of the records to keep; every run and every instance keeps the same ones",
  },
} as const satisfies OptionTable;
