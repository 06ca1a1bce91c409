/**
 * The last events, as a list: of each its time, type, address, and what it says.
 *
 * @module
 */
import { fitting, htmlText, htmlTime } from "./markup.ts";
import type { RecentEvent } from "./recent.ts";

/** Bytes that all rows together may take; what does not fit is left out, the oldest first. */
const MAX_BYTES = 13_000;
const MAX_EXCERPT = 160;
const MAX_URI = 200;
const utf8 = new TextDecoder();

/** The list, the newest first; a line below it says how many did not fit. */
export function eventRows(events: readonly RecentEvent[]): string {
  const rows = events.toReversed().map(({ atMs, type, uri, value, isCut }) => {
    const says = value === null ? "(deleted: no value)" : excerptOf(value, isCut);
    return `<li><p>${htmlTime(atMs)} <b>${htmlText(type, 80)}</b></p><p><bdi>${
      htmlText(says, MAX_EXCERPT)
    }</bdi></p><p class="uri">${htmlText(uri, MAX_URI)}</p></li>`;
  });
  const shown = fitting(rows, MAX_BYTES);
  const left = rows.length - shown.length;
  return `<ol>${shown.join("")}</ol>${left === 0 ? "" : `<p>${left} more do not fit.</p>`}`;
}

/** What an event says: the text of a post, else what a like or a follow is of, else its data. */
function excerptOf(value: Uint8Array, isCut: boolean): string {
  const text = utf8.decode(value);
  const whole = isCut ? null : parsed(text);
  if (whole === null) return text.slice(Math.max(0, text.indexOf('"data":')));
  const data = isObject(whole["data"]) ? whole["data"] : whole;
  const says = [data["text"], data["subject_uri"], data["subject"]].find((each) =>
    typeof each === "string" && each !== ""
  );
  return typeof says === "string" ? says : JSON.stringify(data);
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
