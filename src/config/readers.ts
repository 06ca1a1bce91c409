/**
 * Readers: from the text of a flag or a variable to a value, or to what is wrong with the text and what would be right.
 * They are pure, never throw, and get their text without white space around it.
 *
 * @module
 */

/** A value, or why the text is none: `is` ("it is above 1") and `wanted` ("a number from 0 to 1"). */
export type Read<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "wrong"; readonly is: string; readonly wanted: string };

/** Reads one option's text. */
export type Reader<T> = (text: string) => Read<T>;

/** Makes the answer of a reader that found a value. */
export function value<T>(found: T): Read<T> {
  return { kind: "value", value: found };
}

/** Makes the answer of a reader that found none. */
export function wrong<T>(is: string, wanted: string): Read<T> {
  return { kind: "wrong", is, wanted };
}

/** Takes any text as it is, but for a line end that a shell or a mounted file left behind. */
export function readText(text: string): Read<string> {
  return value(text.replace(/[\r\n]+$/, ""));
}

/** Takes a name that brokers keep something under: no control characters, 249 bytes at most as for a topic. */
export function readName(text: string): Read<string> {
  const wanted = "a name of 1 to 249 bytes without control characters";
  if (/\p{Cc}/u.test(text)) return wrong("it holds a control character", wanted);
  return new TextEncoder().encode(text).length > 249 ? wrong("it is longer than 249 bytes", wanted) : value(text);
}

/** Takes a path of a file: anything that does not end in a slash. */
export function readFilePath(text: string): Read<string> {
  if (text.includes("\0")) return wrong("it holds a NUL character", "the path of a file");
  return /[/\\]$/.test(text) ? wrong("it names a folder", "the path of a file") : value(text);
}

/** Makes a reader of whole numbers within two bounds, both included. */
export function integer(low: number, high: number): Reader<number> {
  const wanted = high === Number.MAX_SAFE_INTEGER
    ? `a whole number of ${low} or more`
    : `a whole number from ${low} to ${high}`;
  function read(text: string): Read<number> {
    if (!/^[+-]?\d+$/.test(text)) return wrong("it is no whole number", wanted);
    const number = Number(text);
    if (number < low) return wrong(`it is below ${low}`, wanted);
    return number > high ? wrong(`it is above ${high}`, wanted) : value(number);
  }
  return read;
}

/** Reads the replication of a topic: -1 leaves it to the broker. */
export function readReplication(text: string): Read<number> {
  if (text === "-1") return value(-1);
  const read = integer(1, 32767)(text);
  return read.kind === "value"
    ? read
    : wrong(read.is, "-1 (the broker's own default) or a whole number from 1 to 32767");
}

/** Reads a share: a real number from 0 to 1, both included. */
export function readShare(text: string): Read<number> {
  const wanted = "a number from 0 to 1";
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return wrong("it is no number", wanted);
  const number = Number(text);
  if (number < 0) return wrong("it is below 0", wanted);
  return number > 1 ? wrong("it is above 1", wanted) : value(Math.abs(number));
}

/** Makes a reader of seconds (`30`, `0.5`, `30s`) that answers in whole milliseconds; both bounds are in seconds. */
export function secondsAsMs(low: number, high: number): Reader<number> {
  const wanted = `a number of seconds from ${low} to ${high}`;
  function read(text: string): Read<number> {
    if (!/^\d+(?:\.\d+)?s?$/.test(text)) return wrong("it is no number of seconds", wanted);
    const seconds = Number.parseFloat(text);
    if (seconds < low) return wrong(`it is below ${low}`, wanted);
    return seconds > high ? wrong(`it is above ${high}`, wanted) : value(Math.round(seconds * 1000));
  }
  return read;
}

/** Makes a reader of hours (`72`, `0.5`, `72h`) that answers in whole milliseconds; both bounds are in hours. */
export function hoursAsMs(low: number, high: number): Reader<number> {
  const wanted = `a number of hours from ${low} to ${high}`;
  function read(text: string): Read<number> {
    if (!/^\d+(?:\.\d+)?h?$/.test(text)) return wrong("it is no number of hours", wanted);
    const hours = Number.parseFloat(text);
    if (hours < low) return wrong(`it is below ${low}`, wanted);
    return hours > high ? wrong(`it is above ${high}`, wanted) : value(Math.round(hours * 3_600_000));
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
  const wanted = words.join(", ").replace(/, (?=[^,]*$)/, " or ");
  function read(text: string): Read<Word> {
    const found = words.find((word) => word === text.toLowerCase());
    return found === undefined ? wrong("it is not one of them", wanted) : value(found);
  }
  return read;
}

/** Where a firehose is read from: the present, the oldest that the relay still has, after a number, or from a time on. */
export type StartPlace =
  | { readonly kind: "live" | "oldest" }
  | { readonly kind: "seq"; readonly seq: number }
  | TimeOrAge;

/** The same, or the saved cursor of another job. */
export type StartCursor = StartPlace | { readonly kind: "adopt" };

/** Reads `live`, `oldest`, a sequence number, a time, or how long ago. */
export function readStart(text: string): Read<StartPlace> {
  const wanted = `live, oldest, a sequence number, ${TIME_OR_AGE}`;
  const word = text.toLowerCase();
  if (word === "live" || word === "oldest") return value({ kind: word });
  if (!/^\d+$/.test(text)) {
    const when = readTimeOrAge(text);
    return when.kind === "value" ? when : wrong(when.is, wanted);
  }
  const seq = Number(text);
  if (!Number.isSafeInteger(seq)) return wrong(`it is above ${Number.MAX_SAFE_INTEGER}`, wanted);
  return value({ kind: "seq", seq });
}

/** Reads the same, or `adopt`. */
export function readCursor(text: string): Read<StartCursor> {
  if (text.toLowerCase() === "adopt") return value({ kind: "adopt" });
  const start = readStart(text);
  return start.kind === "value" ? start : wrong(start.is, start.wanted.replace("oldest,", "oldest, adopt,"));
}

/** Where events go: into Kafka, to standard output, or to the end of a file. */
export type Output =
  | { readonly kind: "kafka" }
  | { readonly kind: "stdout" }
  | { readonly kind: "file"; readonly path: string };

/** Reads `kafka`, `-` or the path of a file; a file named kafka is `./kafka`. */
export function readOutput(text: string): Read<Output> {
  if (text === "kafka") return value({ kind: "kafka" });
  if (text === "-") return value({ kind: "stdout" });
  const path = readFilePath(text);
  return path.kind === "value"
    ? value({ kind: "file", path: path.value })
    : wrong(path.is, "kafka, - or the path of a file");
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
  const wanted = "a time like 2026-07-01T12:00:00Z";
  if (!isTimeLike(text)) return wrong("it is no time", wanted);
  const timeMs = Date.parse(/T.*(?:Z|[+-]\d\d:\d\d)$/i.test(text) || !/T/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(timeMs) ? wrong("there is no such time", wanted) : value(timeMs);
}
