/**
 * The languages of posts to keep: language ranges as in RFC 4647 (basic filtering), so that `pt` covers `pt-BR` and not
 * `ptx`, in any case of letters.
 *
 * @module
 */
import { listItems } from "../text/list.ts";
import { type Parsed, quoted } from "./option_text.ts";

const RANGE = /^(?:[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)$/;
const HYPHEN = 0x2d;
/** BCP 47's tag for a language that nobody states. */
const UNDETERMINED = "und";

/**
 * Reads language ranges with commas between them, into small letters: `en,pt-BR`. `*` covers every language, `und` also
 * posts that state none.
 */
export function parseLanguages(text: string): Parsed<readonly string[]> {
  const expected = "language tags (en, pt-BR), * for any, or und for posts without one";
  const ranges = listItems(text).map((item) => item.toLowerCase());
  if (ranges.length === 0) return { kind: "wrong", is: "it names no language", expected };
  const bad = ranges.find((range) => !RANGE.test(range));
  if (bad !== undefined) return { kind: "wrong", is: `${quoted(bad)} is no language tag`, expected };
  return { kind: "value", value: [...new Set(ranges)] };
}

/**
 * Recognises the configured languages by the bytes of their tags.
 *
 * @example Portuguese, wherever it is spoken
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const filter = new LanguageFilter(["pt"]);
 * const tags = new TextEncoder().encode("pt-BR,ptx");
 * assertEquals([filter.matches(tags, 0, 5), filter.matches(tags, 6, 9)], [true, false]);
 * ```
 */
export class LanguageFilter {
  readonly #ranges: readonly Uint8Array[];
  readonly #isAny: boolean;
  /** Whether posts that state no language are kept. */
  readonly matchesNone: boolean;

  /** Takes language ranges in small letters. */
  constructor(ranges: readonly string[]) {
    this.#isAny = ranges.includes("*");
    this.matchesNone = ranges.includes(UNDETERMINED);
    this.#ranges = ranges.map((range) => new TextEncoder().encode(range));
  }

  /** Whether the tag from `start` to `end` of `bytes` is one of them. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isAny && end > start) return true;
    for (const range of this.#ranges) if (covers(range, bytes, start, end)) return true;
    return false;
  }
}

function covers(range: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const rangeEnd = start + range.length;
  if (rangeEnd > end || (rangeEnd < end && bytes[rangeEnd] !== HYPHEN)) return false;
  for (let i = 0; i < range.length; i++) if (toLower(bytes[start + i] ?? 0) !== range[i]) return false;
  return true;
}

function toLower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}
