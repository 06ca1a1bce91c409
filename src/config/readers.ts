/**
 * Readers: from the text of a flag or a variable to a value, or to what is wrong with the text and what would be right.
 * They are pure, never throw, and get their text without white space around it.
 *
 * @module
 */

/** A value, or why the text is none: `is` ("it is above 1") and `expected` ("a number from 0 to 1"). */
export type Read<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "wrong"; readonly is: string; readonly expected: string };

/** Reads one option's text. */
export type Reader<T> = (text: string) => Read<T>;

/** Makes the answer of a reader that found a value. */
export function value<T>(found: T): Read<T> {
  return { kind: "value", value: found };
}

/** Makes the answer of a reader that found none. */
export function wrong<T>(is: string, expected: string): Read<T> {
  return { kind: "wrong", is, expected };
}

/** Takes any text as it is, but for a line end that a shell or a mounted file left behind. */
export function readText(text: string): Read<string> {
  return value(text.replace(/[\r\n]+$/, ""));
}

/** Takes a path of a file: anything that does not end in a slash. */
export function readFilePath(text: string): Read<string> {
  if (text.includes("\0")) return wrong("it holds a NUL character", "the path of a file");
  return /[/\\]$/.test(text) ? wrong("it names a folder", "the path of a file") : value(text);
}

/** Makes a reader of whole numbers within two bounds, both included. */
export function integer(low: number, high: number): Reader<number> {
  const expected = high === Number.MAX_SAFE_INTEGER
    ? `a whole number of ${low} or more`
    : `a whole number from ${low} to ${high}`;
  function read(text: string): Read<number> {
    if (!/^[+-]?\d+$/.test(text)) return wrong("it is no whole number", expected);
    const number = Number(text);
    if (number < low) return wrong(`it is below ${low}`, expected);
    return number > high ? wrong(`it is above ${high}`, expected) : value(number);
  }
  return read;
}

/** Makes a reader of seconds (`30`, `0.5`, `30s`) that answers in whole milliseconds; both bounds are in seconds. */
export function secondsAsMs(low: number, high: number): Reader<number> {
  const expected = `a number of seconds from ${low} to ${high}`;
  function read(text: string): Read<number> {
    if (!/^\d+(?:\.\d+)?s?$/.test(text)) return wrong("it is no number of seconds", expected);
    const seconds = Number.parseFloat(text);
    if (seconds < low) return wrong(`it is below ${low}`, expected);
    return seconds > high ? wrong(`it is above ${high}`, expected) : value(Math.round(seconds * 1000));
  }
  return read;
}

/** Makes a reader of hours (`72`, `0.5`, `72h`) that answers in whole milliseconds; both bounds are in hours. */
export function hoursAsMs(low: number, high: number): Reader<number> {
  const expected = `a number of hours from ${low} to ${high}`;
  function read(text: string): Read<number> {
    if (!/^\d+(?:\.\d+)?h?$/.test(text)) return wrong("it is no number of hours", expected);
    const hours = Number.parseFloat(text);
    if (hours < low) return wrong(`it is below ${low}`, expected);
    return hours > high ? wrong(`it is above ${high}`, expected) : value(Math.round(hours * 3_600_000));
  }
  return read;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["0", false],
  ["no", false],
  ["off", false],
]);

/** Reads true, 1, yes, on, or false, 0, no, off; in any case. */
export function readBoolean(text: string): Read<boolean> {
  const found = BOOLEANS.get(text.toLowerCase());
  return found === undefined ? wrong("it is neither true nor false", "true or false") : value(found);
}

/** Reads a boolean, or `auto`. */
export function readAutoOrBoolean(text: string): Read<boolean | "auto"> {
  if (text.toLowerCase() === "auto") return value("auto");
  const read = readBoolean(text);
  return read.kind === "value" ? read : wrong("it is not one of them", "auto, true or false");
}

/** Makes a reader of one word of a list, in any case. */
export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  const expected = words.join(", ").replace(/, (?=[^,]*$)/, " or ");
  function read(text: string): Read<Word> {
    const found = words.find((word) => word === text.toLowerCase());
    return found === undefined ? wrong("it is not one of them", expected) : value(found);
  }
  return read;
}

/** A point in time, or how long ago it was. */
export type TimeOrAge =
  | { readonly kind: "time"; readonly timeMs: number }
  | { readonly kind: "age"; readonly ageMs: number };

/** What {@linkcode readTimeOrAge} takes, in words. */
export const TIME_OR_AGE = "a time like 2026-07-01T12:00:00Z, or an age like 5m (s, m, h or d)";

/** Reads a time, or how long ago it was. */
export function readTimeOrAge(text: string): Read<TimeOrAge> {
  const time = readTime(text);
  if (time.kind === "value") return value({ kind: "time", timeMs: time.value });
  const age = readAge(text);
  if (age.kind === "value") return value({ kind: "age", ageMs: age.value });
  return wrong(isTimeLike(text) ? time.is : "it is none of them", TIME_OR_AGE);
}

/** The point in time that is meant at `nowMs`, in milliseconds since 1970; none is before that. */
export function timeMsOf(when: TimeOrAge, nowMs: number): number {
  return Math.max(0, when.kind === "time" ? when.timeMs : nowMs - when.ageMs);
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads how long ago (`90s`, `5m`, `2h`, `1.5d`) to milliseconds. */
export function readAge(text: string): Read<number> {
  const [, count, unit = ""] = /^(\d{1,9}(?:\.\d{1,9})?)([smhd])$/i.exec(text) ?? [];
  const unitMs = UNITS_MS[unit.toLowerCase()];
  return count === undefined || unitMs === undefined
    ? wrong("it is no age", "an age like 5m (s, m, h or d)")
    : value(Math.round(Number(count) * unitMs));
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/i;

/** Whether a text has the form of a time, be there such a one or not. */
export function isTimeLike(text: string): boolean {
  return TIME.test(text);
}

/** Reads a date or time of ISO 8601 to milliseconds since 1970; without a zone it is UTC. */
export function readTime(text: string): Read<number> {
  const expected = "a time like 2026-07-01T12:00:00Z";
  if (!isTimeLike(text)) return wrong("it is no time", expected);
  const timeMs = Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/i.test(text) || !/T/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(timeMs) ? wrong("there is no such time", expected) : value(timeMs);
}
