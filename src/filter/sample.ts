/**
 * A share of the records, by collection. A record and its deletion share their fate, because the AT-URI decides.
 *
 * @module
 */
import { covers, isPattern } from "./collections.ts";
import { type Parsed, quoted } from "./option_text.ts";
import { hashBytes } from "../atproto/bytes/hash.ts";
import { listItems } from "../text/list.ts";

/** Shares from 0 to 1. */
export interface SampleRates {
  /** Of collections without a rate of their own. */
  readonly rest: number;
  /** By NSID or wildcard (`app.bsky.graph.*`); a collection's own counts, else the longest that covers it. */
  readonly of: readonly (readonly [string, number])[];
}

const EXPECTED =
  "a rate from 0 to 1 for all, rates by collection (app.bsky.feed.like=0.1), or both with commas between them";

/**
 * Reads rates with commas between them: one for all at the beginning or as `*=RATE`, 1 if there is none, and rates of
 * collections.
 *
 * @example A tenth of the likes, and all else
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const parsed = parseSampleRates("1.0,app.bsky.feed.like=0.1");
 * assertEquals(parsed, { kind: "value", value: { rest: 1, of: [["app.bsky.feed.like", 0.1]] } });
 * ```
 */
export function parseSampleRates(text: string): Parsed<SampleRates> {
  const of = new Map<string, number>();
  const items = listItems(text);
  const wrong = (is: string) => ({ kind: "wrong", is, expected: EXPECTED } as const);
  if (items.length === 0) return wrong("it has no rate");
  for (const [index, item] of items.entries()) {
    const equals = item.indexOf("=");
    if (equals < 0 && index > 0) return wrong(`${quoted(item)} says of no collection`);
    const name = equals < 0 ? "*" : item.slice(0, equals).trim();
    const rate = parseRate(item.slice(equals + 1).trim());
    if (!isPattern(name)) return wrong(`${quoted(name)} is no collection`);
    if (rate === null) return wrong(`the rate of ${quoted(item)} is no number from 0 to 1`);
    if (of.has(name)) return wrong(`${name === "*" ? "the rate for all" : quoted(name)} is given twice`);
    of.set(name, rate);
  }
  const rest = of.get("*") ?? 1;
  of.delete("*");
  return { kind: "value", value: { rest, of: [...of] } };
}

function parseRate(text: string): number | null {
  if (!/^\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return null;
  const rate = Number(text);
  return rate <= 1 ? rate : null;
}

/** Rates as a text that {@linkcode parseSampleRates} reads. */
export function sampleRatesText({ rest, of }: SampleRates): string {
  return [`${rest}`, ...of.map(([name, rate]) => `${name}=${rate}`)].join();
}

/** The greatest Integer of CloudEvents. */
const MAX_INTEGER = 2147483647;

/** Every record is kept. */
export const EVERY_RECORD: SampleRates = { rest: 1, of: [] };

/** Knows the rate of each collection. */
export class Sampler {
  readonly #rest: number;
  readonly #own: ReadonlyMap<string, number>;
  /** Wildcards, the longest first. */
  readonly #wildcards: readonly (readonly [string, number])[];
  /** Whether every record is kept, so that nobody need ask. */
  readonly isEverything: boolean;

  constructor({ rest, of }: SampleRates) {
    this.#rest = rest;
    this.#own = new Map(of);
    this.#wildcards = of.filter(([name]) => name.endsWith("*")).sort(([a], [b]) => b.length - a.length);
    this.isEverything = rest === 1 && of.every(([, rate]) => rate === 1);
  }

  /** The share of a collection's records that is kept. */
  rateOf(collection: string): number {
    const own = this.#own.get(collection);
    if (own !== undefined || this.#wildcards.length === 0) return own ?? this.#rest;
    return this.#wildcards.find(([wildcard]) => covers(wildcard, collection))?.[1] ?? this.#rest;
  }
}

/**
 * How many records one that is kept stands for, rounded; null where every record is kept.
 *
 * @example A tenth
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([sampledRate(0.1), sampledRate(1)], [10, null]);
 * ```
 */
export function sampledRate(sampleRate: number): number | null {
  return sampleRate === 1 ? null : Math.min(Math.round(1 / sampleRate), MAX_INTEGER);
}

/**
 * Whether a record is in the sample: its hash, as a fraction, is below the rate. A higher rate keeps all that a lower
 * one kept.
 *
 * @example All and nothing
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(isSampled("at://did:plc:x/app.bsky.feed.like/3k", 1), true);
 * assertEquals(isSampled("at://did:plc:x/app.bsky.feed.like/3k", 0), false);
 * ```
 */
export function isSampled(uri: string, sampleRate: number): boolean {
  return sampleRate >= 1 || hashOf(uri) / 4294967296 < sampleRate;
}

const utf8 = new TextEncoder();

function hashOf(text: string): number {
  const bytes = utf8.encode(text);
  return hashBytes(bytes, 0, bytes.length);
}
