/**
 * The options of the filter.
 *
 * @module
 */
import { nearest } from "../config/nearest.ts";
import type { OptionTable } from "../config/option.ts";
import { type Read, type Reader, readShare, value, wrong } from "../config/readers.ts";
import type { RecordDefinition } from "../events/definition.ts";
import { RECORD_TYPES } from "../events/registry.ts";
import { EVENT_KINDS, type EventKind } from "./filter.ts";
import { listItems } from "./option_text.ts";

/** The option for these event types. */
export function collectionsOption(types: readonly RecordDefinition[]) {
  const known = types.map(({ collection }) => collection);
  return {
    group: "Events",
    flag: "collections",
    env: ["BLUESKY_COLLECTIONS"],
    hint: "NSID,...|*",
    read: collectionsReader(known),
    default: "app.bsky.feed.post,app.bsky.feed.like,app.bsky.feed.repost,app.bsky.graph.follow",
    empty: "*",
    doc: `Collections whose records become events, of ${known.join(", ")}; * or an empty value: all of them`,
  } as const;
}

/** Makes a reader of a list of `known` collections; `*` means all. The answer has each once, in their order. */
function collectionsReader(known: readonly string[]): Reader<readonly string[]> {
  function read(text: string): Read<readonly string[]> {
    const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
    if (names.length === 0) return wrong("it names no collection", "a list of collections, or *");
    const unknown = names.filter((name) => name !== "*" && !known.includes(name));
    if (unknown.length > 0) {
      const near = unknown.map((name) => nearest(name, known));
      const meant = new Set(near.includes(null) ? known : near);
      const is = unknown.length === 1 ? "is an unknown collection" : "are unknown collections";
      return wrong(`${unknown.map((name) => JSON.stringify(name)).join(", ")} ${is}`, `${[...meant].join(", ")} or *`);
    }
    return value(names.includes("*") ? known : known.filter((name) => names.includes(name)));
  }
  return read;
}

/** Reads a list of what becomes events, into the order of {@linkcode EVENT_KINDS}. */
function readEvents(text: string): Read<readonly EventKind[]> {
  const words = listItems(text.toLowerCase());
  const wanted = `a list of ${EVENT_KINDS.join(", ")}, or all`;
  if (words.length === 0) return wrong("it names nothing", wanted);
  const all: readonly string[] = ["all", ...EVENT_KINDS];
  const unknown = words.find((word) => !all.includes(word));
  if (unknown !== undefined) {
    const meant = nearest(unknown, all);
    return wrong(
      `${JSON.stringify(unknown)} is unknown`,
      meant === null ? wanted : `${meant}, or another of ${wanted}`,
    );
  }
  return value(EVENT_KINDS.filter((kind) => words.includes("all") || words.includes(kind)));
}

/** The options about what becomes events. */
export const FILTER_OPTIONS = {
  events: {
    group: "Events",
    flag: "events",
    env: ["BLUESKY_EVENTS"],
    hint: `${EVENT_KINDS.join("|")}|all,...`,
    read: readEvents,
    default: "records",
    doc:
      "What becomes events: creates and updates of records, their deletes, and messages about accounts and repositories",
  },
  collections: collectionsOption(RECORD_TYPES),
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
