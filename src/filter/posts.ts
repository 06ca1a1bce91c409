/**
 * Which posts are wanted, by what is in their records: their languages, and whether they are replies. A record is walked
 * where it stands in the message, and nothing of it is decoded.
 *
 * @module
 */
import { CborError, CborReader, MAJOR } from "../atproto/cbor.ts";
import { namesOf } from "../atproto/names.ts";
import type { RecordWrite } from "../atproto/repo_op.ts";
import type { FilterReason } from "./drops.ts";
import { LanguageFilter } from "./languages.ts";

/** The collection of posts. */
const POST = "app.bsky.feed.post";

/** Which posts are wanted: all, those that begin a thread, or replies. */
export const POST_KINDS = ["all", "root", "replies"] as const;

/** What is wanted of posts. */
export interface PostRules {
  /** Language ranges as `parseLanguages` gives them; null: any language, or none. */
  readonly langs: readonly string[] | null;
  readonly posts: typeof POST_KINDS[number];
}

const FIELDS = ["langs", "reply"] as const;
const FIELD_NAMES = namesOf(FIELDS);
const PARENT = namesOf(["parent"]);
const URI = namesOf(["uri"]);

/** Knows the wanted posts. */
export class PostFilter {
  readonly #languages: LanguageFilter | null;
  readonly #posts: PostRules["posts"];

  constructor({ langs, posts }: PostRules) {
    this.#languages = langs === null ? null : new LanguageFilter(langs);
    this.#posts = posts;
  }

  /** Why a record is left out; null: it is wanted, is no post, or cannot be decoded, which the next stage reports. */
  drops({ collection, frame: { bytes }, block }: RecordWrite): FilterReason | null {
    if (collection !== POST) return null;
    try {
      return this.#look(new CborReader(bytes, block.start, block.end));
    } catch (error) {
      if (error instanceof CborError) return null;
      throw error;
    }
  }

  /** Of a field that stands twice the last one counts, and one of the wrong type is as good as missing, as in events. */
  #look(reader: CborReader): FilterReason | null {
    if (reader.nextMajor() !== MAJOR.map) return null;
    let [isReply, isWanted] = [false, this.#languages?.matchesNone ?? true];
    for (let left = reader.readMapSize(); left > 0; left--) {
      const name = FIELDS[reader.readName(FIELD_NAMES)];
      if (name === "langs" && this.#languages !== null) isWanted = hasLanguage(reader, this.#languages);
      else if (name === "reply") isReply = isText(reader, [PARENT, URI]);
      else reader.skip();
    }
    if (this.#posts !== "all" && isReply !== (this.#posts === "replies")) return "reply";
    return isWanted ? null : "language";
  }
}

/** Whether one of the texts of the next item is wanted. */
function hasLanguage(reader: CborReader, languages: LanguageFilter): boolean {
  let [found, texts] = [false, 0];
  if (reader.nextMajor() === MAJOR.array) {
    for (let left = reader.readArraySize(); left > 0; left--) {
      if (reader.nextMajor() === MAJOR.text) {
        const start = reader.enterText();
        found = languages.matches(reader.bytes, start, reader.offset) || found;
        texts++;
      } else reader.skip();
    }
  } else reader.skip();
  return found || (texts === 0 && languages.matchesNone);
}

/** Whether a text stands at this path of names within the next item. */
function isText(reader: CborReader, [name, ...deeper]: readonly ReturnType<typeof namesOf>[]): boolean {
  if (name === undefined || reader.nextMajor() !== MAJOR.map) {
    const isIt = name === undefined && reader.nextMajor() === MAJOR.text;
    reader.skip();
    return isIt;
  }
  let found = false;
  for (let left = reader.readMapSize(); left > 0; left--) {
    if (reader.readName(name) === 0) found = isText(reader, deeper);
    else reader.skip();
  }
  return found;
}

/** The filter of posts; null where every post is wanted, so that nobody need ask. */
export function postFilter(rules: PostRules): PostFilter | null {
  return rules.langs === null && rules.posts === "all" ? null : new PostFilter(rules);
}
