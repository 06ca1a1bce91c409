/**
 * Times as events have them: RFC 3339 in UTC, as databases can hold it.
 *
 * @module
 */
import type { Span } from "../atproto/bytes/span.ts";
import { ascii } from "./json_writer.ts";

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const DOT = 0x2e;
const Z = 0x5a;

/** `YYYY-MM-DDTHH:MM:SS` by kind of character: 0 is a digit. */
const TIME_FORM = ascii("0000-00-00T00:00:00");
/** Nanoseconds: more are RFC 3339, but databases refuse them, and with the row the whole load; so with year 0. */
const MAX_FRACTION_DIGITS = 9;
const YEAR_0 = "0000-";
const DATE_TIME = new RegExp(
  `^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,${MAX_FRACTION_DIGITS}})?([Zz]|[+-]\\d\\d:\\d\\d)?$`,
);

/**
 * Whether a range of bytes is a time that an event may have as it stands: RFC 3339 in UTC, years 1 to 9999, at most nine
 * fractional digits. Days past the 28th, which need the calendar, are not; {@linkcode eventTime} decides on them.
 */
export function isUtcTime(bytes: Uint8Array, { start, end }: Span): boolean {
  const length = end - start;
  if (length < TIME_FORM.length + 1 || bytes[end - 1] !== Z) return false;
  for (let i = 0; i < TIME_FORM.length; i++) {
    const code = bytes[start + i] ?? 0;
    const form = TIME_FORM[i] ?? 0;
    if (form === DIGIT_0 ? code < DIGIT_0 || code > DIGIT_9 : code !== form) return false;
  }
  if (length > TIME_FORM.length + 1) {
    const digits = length - TIME_FORM.length - 2;
    if (digits < 1 || digits > MAX_FRACTION_DIGITS || bytes[start + TIME_FORM.length] !== DOT) return false;
    for (let at = start + TIME_FORM.length + 1; at < end - 1; at++) {
      const code = bytes[at] ?? 0;
      if (code < DIGIT_0 || code > DIGIT_9) return false;
    }
  }
  const two = (at: number) => ((bytes[start + at] ?? 0) - DIGIT_0) * 10 + (bytes[start + at + 1] ?? 0) - DIGIT_0;
  const [month, day] = [two(5), two(8)];
  if (two(0) === 0 && two(2) === 0) return false;
  return month >= 1 && month <= 12 && day >= 1 && day <= 28 && two(11) <= 23 && two(14) <= 59 && two(17) <= 59;
}

/**
 * A frame's time as RFC 3339 in UTC, years 1 to 9999, at most nine fractional digits; null if it is none such. UTC
 * times keep all their digits; one without a zone is taken as UTC, one with another zone is converted.
 *
 * @example A time without a zone
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(eventTime("2026-02-24T14:05:20.5215469"), "2026-02-24T14:05:20.5215469Z");
 * ```
 */
export function eventTime(time: string): string | null {
  const bytes = new TextEncoder().encode(time);
  if (isUtcTime(bytes, { start: 0, end: bytes.length })) return time;
  const match = DATE_TIME.exec(time);
  if (match === null) return null;
  const zone = match[1];
  const utc = zone === undefined ? `${time}Z` : zone === "z" ? `${time.slice(0, -1)}Z` : time;
  const parsed = new Date(utc);
  if (Number.isNaN(parsed.getTime())) return null;
  const converted = parsed.toISOString();
  // Another zone may lead out of the four-digit years, which get a sign and six digits then.
  if (converted.startsWith(YEAR_0) || converted.length !== "2026-07-01T12:00:00.000Z".length) return null;
  if (!utc.endsWith("Z")) return converted;
  // V8 takes 31 February as 3 March; a date that comes out as another one did not exist.
  return converted.slice(0, 19) === utc.slice(0, 19) ? utc : null;
}
