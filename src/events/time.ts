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
 * fractional digits.
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
  const year = two(0) * 100 + two(2);
  const day = two(8);
  return year > 0 && day >= 1 && day <= daysIn(year, two(5)) && two(11) <= 23 && two(14) <= 59 && two(17) <= 59;
}

/** 0 for a month that is none. */
function daysIn(year: number, month: number): number {
  if (month !== 2) {
    return month < 1 || month > 12 ? 0 : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  }
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** The milliseconds since 1970 of a time of the form that {@linkcode isUtcTime} takes; smaller fractions are cut off. */
export function utcTimeMs(bytes: Uint8Array, { start, end }: Span): number {
  const digit = (at: number) => (bytes[start + at] ?? 0) - DIGIT_0;
  const two = (at: number) => digit(at) * 10 + digit(at + 1) | 0;
  const length = end - start;
  let ms = 0;
  if (length > 21) ms += digit(20) * 100;
  if (length > 22) ms += digit(21) * 10;
  if (length > 23) ms += digit(22);
  const seconds = (two(11) * 60 + two(14)) * 60 + two(17);
  return (daysSince1970(two(0) * 100 + two(2), two(5), two(8)) * 86_400 + seconds) * 1000 + ms;
}

/** Counts years from March on, so that a leap day is the last day of its year. Of years from 1 on. */
function daysSince1970(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = (years >> 2) - (years / 100 | 0) + (years / 400 | 0);
  return years * 365 + leapDays + ((months * 153 + 2) / 5 | 0) + day - DAYS_BEFORE_1970;
}

/** From 1 March of the year 0 to 1 January 1970, with the day that counting days from 1 adds. */
const DAYS_BEFORE_1970 = 719_469;

/** Whether one time is before another; both are of the form that {@linkcode isUtcTime} takes. */
export function isEarlier(a: string, b: string): boolean {
  // Without the Z a whole second comes before its fractions.
  return a.slice(0, -1) < b.slice(0, -1);
}

/** The same of ranges of bytes. */
export function isEarlierIn(bytes: Uint8Array, a: Span, b: Span): boolean {
  const [aLength, bLength] = [a.end - a.start - 1, b.end - b.start - 1];
  for (let i = 0; i < aLength && i < bLength; i++) {
    const difference = (bytes[a.start + i] ?? 0) - (bytes[b.start + i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return aLength < bLength;
}

/**
 * The time to sort a record by: when the record says it was made, but not after `time`, the time of its event. Nobody can
 * be certain of either, but what is made in the past is often imported, and nothing is made in the future.
 *
 * @example A record that says it is from the future
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(sortTime("2999-01-01T00:00:00Z", "2026-07-01T12:00:00Z"), "2026-07-01T12:00:00Z");
 * ```
 */
export function sortTime(createdAt: string, time: string): string {
  const created = eventTime(createdAt);
  return created !== null && isEarlier(created, time) ? created : time;
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
