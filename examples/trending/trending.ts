/**
 * Counts hashtags and links in the posts of the last ten minutes. The topic delivers at least once, so an event may come
 * again; the revision of each post says which event is newer. Posts of accounts that went do not count.
 *
 * @module
 */

/** How far back counts go, in milliseconds. */
export const WINDOW_MS = 10 * 60_000;
/** Bounds on what is kept, as anyone can post anything: of one post, of one hashtag or link, and of all together. */
const MAX_TERMS = 20;
const MAX_LENGTH = 300;
const MAX_CHARACTERS = 8_000_000;
/** What a post takes beside its text, in characters. */
const OVERHEAD = 100;
/** The accounts whose latest change is kept. */
const MAX_ACCOUNTS = 20_000;
const SHOWN = 15;

/** A CloudEvent of the producer, as far as this example reads it. */
export interface Event {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A hashtag or a link, and in how many posts it is. */
export interface Term {
  readonly name: string;
  readonly posts: number;
}

/** The counts at one moment. */
export interface Counts {
  readonly tags: readonly Term[];
  readonly links: readonly Term[];
  /** Posts with a hashtag or a link. */
  readonly posts: number;
  /** Whether the bound on memory dropped posts of the window. */
  readonly isCut: boolean;
}

interface Post {
  readonly timeMs: number;
  readonly rev: string;
  readonly tags: readonly string[];
  readonly links: readonly string[];
  readonly characters: number;
}

/** What an account said of itself last. */
interface Account {
  readonly timeMs: number;
  readonly isActive: boolean;
  /** When it was deleted: a deletion stays in force after the account returns. */
  readonly deletedMs: number;
}

/** Reads a Kafka record in either content mode; null: it holds no CloudEvent. A tombstone has its attributes in headers. */
export function readEvent(value: string | null, headers: Readonly<Record<string, unknown>>): Event | null {
  const isBinary = headers["ce_id"] !== undefined;
  const body = value === null || value === "" ? {} : parseJson(value);
  const { id, type, data } = isBinary ? { id: `${headers["ce_id"]}`, type: `${headers["ce_type"]}`, data: body } : body;
  return typeof id === "string" && typeof type === "string" ? { id, type, data: isObject(data) ? data : {} } : null;
}

/** The posts of the window that have a hashtag or a link, and what to count in them. */
export class Trending {
  readonly #posts = new Map<string, Post>();
  readonly #accounts = new Map<string, Account>();
  #characters = 0;
  #cutMs = -Infinity;

  /** Takes an event of this time. Only those of posts and accounts change anything. */
  add({ id, type, data }: Event, timeMs: number): void {
    if (type === "Atproto.Account") this.#addAccount(id, data, timeMs);
    if (type !== "Bluesky.Feed.Post" && type !== "Bluesky.Feed.Post.Deleted") return;
    // An id is DID/REV/COLLECTION/RKEY; without REV it names the post. Revisions sort as text.
    const [did = "", rev = "", ...path] = id.split("/");
    const uri = [did, ...path].join("/").slice(0, MAX_LENGTH);
    const known = this.#posts.get(uri);
    if (known !== undefined && known.rev >= rev) return;
    // What is deleted keeps its place without terms, so that an older event of it changes nothing when it comes again.
    const { tags, links } = type === "Bluesky.Feed.Post" ? termsOf(data) : { tags: [], links: [] };
    if (known === undefined && tags.length + links.length === 0) return;
    this.#remove(uri);
    const characters = [...tags, ...links, uri, rev].reduce((sum, { length }) => sum + length, OVERHEAD);
    this.#posts.set(uri, { timeMs, rev: rev.slice(0, MAX_LENGTH), tags, links, characters });
    this.#characters += characters;
    for (const [oldest, post] of this.#posts) {
      if (this.#characters <= MAX_CHARACTERS) break;
      this.#remove(oldest);
      this.#cutMs = Math.max(this.#cutMs, post.timeMs);
    }
  }

  /** Forgets what is older than the window, and counts the rest. */
  counts(nowMs: number): Counts {
    const fromMs = nowMs - WINDOW_MS;
    const tags = new Map<string, number>();
    const links = new Map<string, number>();
    let posts = 0;
    for (const [did, { timeMs }] of this.#accounts) if (timeMs < fromMs) this.#accounts.delete(did);
    for (const [uri, post] of this.#posts) {
      if (post.timeMs < fromMs) this.#remove(uri);
      else if (!this.#isGone(uri, post)) {
        for (const tag of post.tags) tags.set(tag, (tags.get(tag) ?? 0) + 1);
        for (const link of post.links) links.set(link, (links.get(link) ?? 0) + 1);
        if (post.tags.length + post.links.length > 0) posts++;
      }
    }
    return { tags: top(tags), links: top(links), posts, isCut: this.#cutMs >= fromMs };
  }

  /** An event about an account may come again, too; its time says which is newer. */
  #addAccount(id: string, data: Event["data"], receivedMs: number): void {
    // DID/account/TIME
    const [did = "", , time = ""] = id.slice(0, MAX_LENGTH).split("/");
    const timeMs = Date.parse(time) || receivedMs;
    const deletedMs = data["status"] === "deleted" ? timeMs : -Infinity;
    const known = this.#accounts.get(did) ?? { timeMs: -Infinity, isActive: true, deletedMs };
    const latest = timeMs > known.timeMs ? { timeMs, isActive: data["active"] !== false } : known;
    this.#accounts.delete(did);
    this.#accounts.set(did, { ...latest, deletedMs: Math.max(deletedMs, known.deletedMs) });
    for (const oldest of this.#accounts.keys().take(Math.max(0, this.#accounts.size - MAX_ACCOUNTS))) {
      this.#accounts.delete(oldest);
    }
  }

  #isGone(uri: string, { timeMs }: Post): boolean {
    const account = this.#accounts.get(uri.slice(0, uri.indexOf("/")));
    return account !== undefined && (!account.isActive || timeMs <= account.deletedMs);
  }

  #remove(uri: string): void {
    this.#characters -= this.#posts.get(uri)?.characters ?? 0;
    this.#posts.delete(uri);
  }
}

function top(counts: ReadonlyMap<string, number>): Term[] {
  const terms = [...counts].map(([name, posts]) => ({ name, posts }));
  return terms.sort((a, b) => b.posts - a.posts || (a.name < b.name ? -1 : 1)).slice(0, SHOWN);
}

/** Hashtags stand in facets of the text and beside it; links in facets, and in a card below the text. */
function termsOf(data: Event["data"]): Pick<Post, "tags" | "links"> {
  const facets = parseJson(typeof data["facets"] === "string" ? data["facets"] : "[]");
  const features = listOf(facets).flatMap((facet) => isObject(facet) ? listOf(facet["features"]) : []).filter(isObject);
  const tags = [...listOf(data["tags"]), ...features.map(({ tag }) => tag)];
  const links = [data["embed_uri"], ...features.map(({ uri }) => uri)];
  return { tags: distinct(tags, hashtag), links: distinct(links, webLink) };
}

function distinct(values: readonly unknown[], read: (text: string) => string | null): string[] {
  const texts = values.map((each) => typeof each === "string" && each.length <= MAX_LENGTH ? read(each) : null);
  return [...new Set(texts.filter((each) => each !== null))].slice(0, MAX_TERMS);
}

function hashtag(text: string): string | null {
  const tag = text.normalize("NFKC").trim().replace(/^#/, "").toLowerCase();
  return tag === "" || tag.length > MAX_LENGTH ? null : tag;
}

function webLink(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.href.length > MAX_LENGTH) return null;
  // Neither where on a page, nor a user: one that is named like a host shows a place where the link does not lead.
  [url.hash, url.username, url.password] = ["", "", ""];
  return url.href;
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
