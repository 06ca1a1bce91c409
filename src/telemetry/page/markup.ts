/**
 * Texts that anybody may have written, as HTML.
 *
 * @module
 */
import { printable } from "../../text/printable.ts";

const utf8 = new TextEncoder();
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * A text as it may stand in an element or between the quotes of an attribute. Controls and what turns the direction of
 * writing are shown as escapes; past `maxLength` units of UTF-16 it is cut, and an ellipsis says so.
 *
 * @example Markup is text
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(htmlText("<b>"), "&lt;b&gt;");
 * assertEquals(htmlText("abcdef", 3), "abc…");
 * ```
 */
export function htmlText(text: string, maxLength = 300): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return printable(cut.toWellFormed()).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A time of day, UTC, for machines and for people; a dash where there is none. */
export function htmlTime(ms: number | null): string {
  const date = new Date(ms ?? NaN);
  if (Number.isNaN(date.getTime())) return "–";
  const iso = date.toISOString();
  return `<time datetime="${iso}">${iso.slice(11, 19)}</time>`;
}

/** The same with the date. */
export function htmlDateTime(ms: number | null): string {
  const date = new Date(ms ?? NaN);
  if (Number.isNaN(date.getTime())) return "–";
  const iso = date.toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")}</time>`;
}

/** The first of some pieces of HTML that together take so many bytes at most. */
export function fitting(pieces: readonly string[], maxBytes: number): readonly string[] {
  let left = maxBytes;
  const end = pieces.findIndex((piece) => (left -= utf8.encode(piece).length) < 0);
  return end < 0 ? pieces : pieces.slice(0, end);
}
