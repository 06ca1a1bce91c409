/**
 * The options of the filter.
 *
 * @module
 */
import { distance, nearest } from "../config/nearest.ts";
import type { OptionTable } from "../config/option.ts";
import { type Read, type Reader, readShare, value, wrong } from "../config/readers.ts";
import { EVERY_OTHER, type RecordDefinition } from "../events/definition.ts";
import { COLLECTIONS, RECORD_TYPES } from "../events/registry.ts";
import { isPattern, parseCollections } from "./collections.ts";
import { EVENT_KINDS, type EventKind } from "./filter.ts";
import { listItems } from "./option_text.ts";

/** The option for these event types. */
export function collectionsOption(types: readonly RecordDefinition[]) {
  const known = types.map(({ collection }) => collection).filter((collection) => collection !== EVERY_OTHER);
  return {
    group: "Events",
    flag: "collections",
    env: ["BLUESKY_COLLECTIONS"],
    hint: "NSID,...|*",
    read: collectionsReader(known),
    default: "app.bsky.feed.post,app.bsky.feed.like,app.bsky.feed.repost,app.bsky.graph.follow",
    empty: known.join(","),
    doc: `Collections whose records become events: NSIDs, wildcards as app.bsky.feed.*, exclusions as ` +
      `!app.bsky.feed.like, and * for every one; an empty value: ${known.join(", ")}, which have types of their own`,
  } as const;
}

/** Makes a reader of rules, into a list of them without repetitions, the exclusions last. */
function collectionsReader(known: readonly string[]): Reader<readonly string[]> {
  function read(text: string): Read<readonly string[]> {
    const parsed = parseCollections(text);
    if (parsed.kind === "value") {
      return value([...parsed.value.wanted, ...parsed.value.excluded.map((rule) => `!${rule}`)]);
    }
    const bad = listItems(text).find((item) => !isPattern(item.replace(/^!\s*/, "")));
    const meant = bad === undefined ? null : nearest(bad, known);
    return meant === null ? parsed : wrong(parsed.is, `${meant}, or another of ${parsed.wanted}`);
  }
  return read;
}

/**
 * What to say of collections that are nearly those with types of their own: a mistyped one is as valid as any, and nothing
 * comes of it. `source` is the flag or variable that they are from.
 */
export function mistypedCollections(rules: readonly string[], source: string): string[] {
  const known = [...COLLECTIONS, ...COLLECTIONS.map((name) => `${name.slice(0, name.lastIndexOf("."))}.*`)];
  return rules.flatMap((rule) => {
    const name = rule.replace(/^!/, "");
    if (name === "*" || known.includes(name)) return [];
    const meant = known.find((each) => distance(each, name) <= MISTYPED_EDITS);
    return meant === undefined
      ? []
      : [`Perhaps mistyped: ${source} names "${name}", the nearest known one is "${meant}"`];
  });
}

/** Real collections differ by more. */
const MISTYPED_EDITS = 2;

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
