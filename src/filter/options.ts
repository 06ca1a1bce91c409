/**
 * The options of the filter.
 *
 * @module
 */
import { distance, nearest } from "../config/nearest.ts";
import { choice, type OptionTable } from "../config/option.ts";
import { type Read, type Reader, readFilePath, value, wrong } from "../config/readers.ts";
import { EVENT_KINDS, type EventKind, EVERY_OTHER, type RecordDefinition } from "../events/definition.ts";
import { COLLECTIONS, RECORD_TYPES } from "../events/registry.ts";
import { listItems } from "../text/list.ts";
import { isPattern, parseCollections } from "./collections.ts";
import { parseDidList } from "./dids.ts";
import { parseLanguages } from "./languages.ts";
import { quoted } from "./option_text.ts";
import { POST_KINDS } from "./posts.ts";
import { parseSampleRates } from "./sample.ts";
import { parseShard, type Shard } from "./shard.ts";

/** The option for these event types. */
export function collectionsOption(types: readonly RecordDefinition[]) {
  const known = types.map(({ collection }) => collection).filter((collection) => collection !== EVERY_OTHER);
  return {
    group: "Events",
    flag: "collections",
    env: ["BLUESKY_COLLECTIONS"],
    placeholder: "NSID,...|*",
    read: collectionsReader(known),
    default: "app.bsky.feed.post,app.bsky.feed.like,app.bsky.feed.repost,app.bsky.graph.follow",
    empty: known.join(","),
    doc:
      `Collections whose records become events: NSIDs, wildcards (app.bsky.feed.*), exclusions (!app.bsky.feed.like), ` +
      `or * for all. An empty value means those with an event type of their own: ${known.join(", ")}`,
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
    return meant === null ? parsed : wrong(parsed.is, `${meant}, or another of ${parsed.expected}`);
  }
  return read;
}

/** A list of accounts, or the file that has it. */
export type DidSource =
  | { readonly kind: "list"; readonly dids: readonly string[] }
  | { readonly kind: "file"; readonly path: string };

function readDids(text: string): Read<DidSource> {
  if (text.startsWith("@")) {
    const path = readFilePath(text.slice(1).trim());
    if (path.kind === "wrong") return path;
    return path.value === ""
      ? wrong("it names no file", "the path of a file behind the @")
      : value({ kind: "file", path: path.value });
  }
  const { dids, errors: [error] } = parseDidList(text);
  if (error !== undefined) return wrong(`${quoted(error.text)}: ${error.is}`, error.expected);
  return dids.length === 0 ? wrong("it names no DID", "DIDs with commas between them, or @FILE") : value({
    kind: "list",
    dids,
  });
}

/** A list as one text, whatever its order; a file is its path, as what it holds may change. */
export function didsText(source: DidSource | null): string | null {
  if (source === null) return null;
  return source.kind === "file" ? `@${source.path}` : [...new Set(source.dids)].sort().join();
}

/** The only shard of one is no shard. */
function readShard(text: string): Read<Shard | null> {
  const shard = parseShard(text);
  return shard.kind === "value" && shard.value.count === 1 ? value(null) : shard;
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
  const expected = `a list of ${EVENT_KINDS.join(", ")}, or all`;
  if (words.length === 0) return wrong("it names nothing", expected);
  const all: readonly string[] = ["all", ...EVENT_KINDS];
  const unknown = words.find((word) => !all.includes(word));
  if (unknown !== undefined) {
    const meant = nearest(unknown, all);
    return wrong(
      `${JSON.stringify(unknown)} is unknown`,
      meant === null ? expected : `${meant}, or another of ${expected}`,
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
    placeholder: `${EVENT_KINDS.join("|")}|all,...`,
    read: readEvents,
    default: "records",
    doc: "What becomes events: records created or updated, records deleted, and identity, account and sync messages",
  },
  collections: collectionsOption(RECORD_TYPES),
  sampleRate: {
    group: "Events",
    flag: "sample-rate",
    env: ["BLUESKY_SAMPLE_RATE", "SAMPLE_RATE"],
    placeholder: "0..1,NSID=0..1,...",
    read: parseSampleRates,
    default: "1.0",
    doc: "Share of the records to keep, overall and per collection; every run and instance keeps the same records",
  },
  langs: {
    group: "Events",
    flag: "langs",
    env: ["BLUESKY_LANGS"],
    placeholder: "TAG,...",
    read: parseLanguages,
    default: null,
    defaultText: "all posts",
    doc: "Languages of the posts to keep: en, pt-BR, * for posts with any language, und for posts without one",
  },
  posts: {
    group: "Events",
    flag: "posts",
    env: ["BLUESKY_POSTS"],
    ...choice(POST_KINDS),
    default: "all",
    doc: "Posts to keep: all, thread starters (root) or replies",
  },
  dids: {
    group: "Events",
    flag: "dids",
    env: ["BLUESKY_DIDS"],
    placeholder: "DID,...|@FILE",
    read: readDids,
    default: null,
    defaultText: "all accounts",
    doc: "Accounts to include, by DID, or a file with one DID per line, which is read again when it changes",
  },
  excludeDids: {
    group: "Events",
    flag: "exclude-dids",
    env: ["BLUESKY_EXCLUDE_DIDS"],
    placeholder: "DID,...|@FILE",
    read: readDids,
    default: null,
    defaultText: "none",
    doc: "Accounts to exclude, in the same format",
  },
  shard: {
    group: "Events",
    flag: "shard",
    env: ["BLUESKY_SHARD"],
    placeholder: "INDEX/COUNT",
    read: readShard,
    default: null,
    defaultText: "all accounts",
    doc: "Shard of the accounts that this instance writes: 0/4 to 3/4 for four instances",
  },
} as const satisfies OptionTable;
