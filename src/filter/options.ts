/**
 * The options of the filter.
 *
 * @module
 */
import { nearest } from "../config/nearest.ts";
import { choice, type OptionTable } from "../config/option.ts";
import { type Read, type Reader, readFilePath, value, wrong } from "../config/readers.ts";
import type { RecordDefinition } from "../events/definition.ts";
import { RECORD_TYPES } from "../events/registry.ts";
import { parseDidList } from "./dids.ts";
import { parseLanguages } from "./languages.ts";
import { quoted } from "./option_text.ts";
import { POST_KINDS } from "./posts.ts";
import { parseSampleRates } from "./sample.ts";
import { parseShard, type Shard } from "./shard.ts";

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
  if (error !== undefined) return wrong(`${quoted(error.text)}: ${error.is}`, error.wanted);
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

/** The options about which records become events. */
export const FILTER_OPTIONS = {
  collections: collectionsOption(RECORD_TYPES),
  sampleRate: {
    group: "Events",
    flag: "sample-rate",
    env: ["BLUESKY_SAMPLE_RATE", "SAMPLE_RATE"],
    hint: "0..1,NSID=0..1,...",
    read: parseSampleRates,
    default: "1.0",
    doc: "Share of the records to keep, of all and of collections; every run and every instance keeps the same ones",
  },
  langs: {
    group: "Events",
    flag: "langs",
    env: ["BLUESKY_LANGS"],
    hint: "TAG,...",
    read: parseLanguages,
    default: null,
    otherwise: "all posts",
    doc: "Languages of the posts to keep: en, pt-BR, * for any that is stated, und for posts that state none",
  },
  posts: {
    group: "Events",
    flag: "posts",
    env: ["BLUESKY_POSTS"],
    ...choice(POST_KINDS),
    default: "all",
    doc: "Posts to keep: all, those that begin a thread (root), or replies",
  },
  dids: {
    group: "Events",
    flag: "dids",
    env: ["BLUESKY_DIDS"],
    hint: "DID,...|@FILE",
    read: readDids,
    default: null,
    otherwise: "all accounts",
    doc: "Accounts to write, by their DIDs, or a file with one a line, which is read again when it changes",
  },
  excludeDids: {
    group: "Events",
    flag: "exclude-dids",
    env: ["BLUESKY_EXCLUDE_DIDS"],
    hint: "DID,...|@FILE",
    read: readDids,
    default: null,
    otherwise: "none",
    doc: "Accounts to leave out, given in the same way",
  },
  shard: {
    group: "Events",
    flag: "shard",
    env: ["BLUESKY_SHARD"],
    hint: "INDEX/COUNT",
    read: readShard,
    default: null,
    otherwise: "all accounts",
    doc: "Share of the accounts that this instance writes, from 0/4 to 3/4 of four instances",
  },
} as const satisfies OptionTable;
