/**
 * Which collections are wanted: `--collections` with names, wildcards and exclusions, and the match by the bytes of a path.
 *
 * @module
 */
import { spanText } from "../atproto/bytes/span.ts";
import { listItems } from "../text/list.ts";
import { type Parsed, quoted } from "./option_text.ts";

/** The wanted collections: those that one of `wanted` covers and none of `excluded`. */
export interface CollectionRules {
  /** NSIDs, wildcards (`app.bsky.feed.*`, which covers all names that begin with `app.bsky.feed.`), or `*` for all. */
  readonly wanted: readonly string[];
  /** The same, without the `!` before them. */
  readonly excluded: readonly string[];
}

const MAX_NSID_LENGTH = 317;
const DOMAIN = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const NAME = /^[a-z][a-z0-9]{0,62}$/i;
const EXPECTED =
  "NSIDs (app.bsky.feed.post), wildcards (app.bsky.feed.*), exclusions (!app.bsky.feed.like), or * for all";

/**
 * Reads a list of rules with commas between them. An exclusion holds wherever it stands, and needs something to be taken
 * from.
 *
 * @example All but likes
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const parsed = parseCollections("*, !app.bsky.feed.like");
 * assertEquals(parsed, { kind: "value", value: { wanted: ["*"], excluded: ["app.bsky.feed.like"] } });
 * ```
 */
export function parseCollections(text: string): Parsed<CollectionRules> {
  const items = listItems(text);
  const { wanted, excluded } = rulesOf(items);
  for (const pattern of [...wanted, ...excluded]) {
    const is = problemOf(pattern);
    if (is !== null) return { kind: "wrong", is, expected: EXPECTED };
  }
  if (items.length === 0) return { kind: "wrong", is: "it names no collection", expected: EXPECTED };
  if (wanted.length === 0) {
    return {
      kind: "wrong",
      is: "it has nothing but exclusions",
      expected: `what they are taken from: *,${items.join(",")}`,
    };
  }
  for (const pattern of wanted) {
    const other = excluded.find((each) => covers(each, pattern));
    if (other === undefined) continue;
    return {
      kind: "wrong",
      is: `${quoted(pattern)} is wanted, and ${quoted(`!${other}`)} excludes it`,
      expected: EXPECTED,
    };
  }
  return { kind: "value", value: { wanted: [...new Set(wanted)], excluded: [...new Set(excluded)] } };
}

/** The rules of a list in which exclusions begin with a `!`. */
export function rulesOf(texts: readonly string[]): CollectionRules {
  return {
    wanted: texts.filter((text) => !text.startsWith("!")),
    excluded: texts.filter((text) => text.startsWith("!")).map((text) => text.slice(1).trim()),
  };
}

/** Whether rules want a collection. */
export function wants({ wanted, excluded }: CollectionRules, collection: string): boolean {
  return wanted.some((rule) => covers(rule, collection)) && !excluded.some((rule) => covers(rule, collection));
}

function problemOf(pattern: string): string | null {
  if (isPattern(pattern)) return null;
  return pattern.includes("*")
    ? `${quoted(pattern)} has its * in another place than behind the last dot`
    : `${quoted(pattern)} is no NSID`;
}

/** Whether a text is an NSID, a wildcard, or `*`. */
export function isPattern(text: string): boolean {
  return text === "*" || isNsid(text) || (text.endsWith(".*") && DOMAIN.test(text.slice(0, -2)));
}

/** Whether a text is a collection's name: a domain name in reverse of two parts or more, and a name of its own. */
export function isNsid(text: string): boolean {
  const dot = text.lastIndexOf(".");
  const domain = text.slice(0, Math.max(dot, 0));
  return text.length <= MAX_NSID_LENGTH && domain.includes(".") && DOMAIN.test(domain) &&
    NAME.test(text.slice(dot + 1));
}

/** Whether a pattern covers a collection, or all that another pattern covers. */
export function covers(pattern: string, other: string): boolean {
  if (pattern === "*" || pattern === other) return true;
  return pattern.endsWith(".*") && other.startsWith(pattern.slice(0, -1));
}

/** The most collections that are remembered. The network has some thousand, most of them hardly used. */
const MOST_KNOWN = 1000;

/** A collection that was asked about before, or is named by a rule. */
interface Known {
  readonly bytes: Uint8Array;
  /** Its name if it is wanted, else null. */
  readonly match: string | null;
}

/** Recognises the wanted collections in paths, those that it knows without decoding them. */
export class CollectionFilter {
  /** The wanted collections where each of them is named; null where there are wildcards. */
  readonly names: readonly string[] | null;
  readonly #rules: CollectionRules;
  /** By length. */
  readonly #known: (Known[] | undefined)[] = [];
  #count = 0;

  constructor(rules: CollectionRules) {
    this.#rules = rules;
    this.names = rules.wanted.every(isNsid) ? rules.wanted : null;
    for (const name of rules.wanted) if (isNsid(name)) this.#learn(name, new TextEncoder().encode(name));
  }

  /**
   * The collection from `start` to `end` of `bytes` if it is wanted, else null. What is no NSID never is, so that the
   * answer holds no characters but letters, digits, dots and hyphens.
   */
  match(bytes: Uint8Array, start: number, end: number): string | null {
    const length = end - start;
    if (length > MAX_NSID_LENGTH) return null;
    const known = this.#known[length];
    if (known !== undefined) {
      for (let i = 0; i < known.length; i++) {
        const each = known[i];
        if (each === undefined) break;
        // From the end: the first letters are much the same in all of them.
        let at = length - 1;
        while (at >= 0 && bytes[start + at] === each.bytes[at]) at--;
        if (at < 0) return each.match;
      }
    }
    return this.#learn(spanText(bytes, { start, end }), bytes.slice(start, end));
  }

  /** Whether a collection is wanted; what is no NSID never is. */
  wants(name: string): boolean {
    return isNsid(name) && wants(this.#rules, name);
  }

  #learn(name: string, bytes: Uint8Array): string | null {
    const match = this.wants(name) ? name : null;
    if (this.#count < MOST_KNOWN) {
      (this.#known[bytes.length] ??= []).push({ bytes, match });
      this.#count++;
    }
    return match;
  }
}
