/**
 * The log: one line an event, on standard error, as text or as JSON. Secrets are replaced in whatever is logged, as
 * the errors of libraries may quote them. The message of an event is the same each time; what varies is in fields.
 *
 * @module
 */

import { printable, printableJson } from "../text/printable.ts";

/** Levels in order: WARN is trouble that lost nothing, ERROR a loss or something that needs a human. */
export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** One of {@linkcode LEVELS}. */
export type Level = typeof LEVELS[number];

/** Values that go with a message; null ones are left out of text. The keys of every line are taken. */
export type Fields = Readonly<Record<string, string | number | boolean | null>> & {
  readonly time?: never;
  readonly level?: never;
  readonly message?: never;
  /** What to do. */
  readonly advice?: string | null;
};

/** What a server sent may be megabytes; collectors of logs cut or refuse lines of more than 16 KB. */
const MAX_TEXT_CHARS = 2000;

/** Settings of a log. */
export interface LogOptions {
  readonly level: Level;
  readonly format: "text" | "json";
  /** Takes the secrets out of a line. */
  readonly hide: (line: string) => string;
  readonly now: () => Date;
  /** Takes one line, without its newline. */
  readonly write: (line: string) => void;
}

/** Writes one line a call. */
export type Log = (level: Level, message: string, fields?: Fields) => void;

/** Makes a log. */
export function createLog(options: LogOptions): Log {
  const least = LEVELS.indexOf(options.level);
  const render = options.format === "json" ? renderJson : renderText;
  return (level, message, fields = {}) => {
    if (LEVELS.indexOf(level) < least) return;
    // Hidden before it is cut, as a secret cut in two would not be found.
    const short = (text: string) => bounded(options.hide(text));
    const shown = Object.entries(fields).map(([key, value]) => [key, typeof value === "string" ? short(value) : value]);
    options.write(options.hide(render(options.now(), level, short(message), Object.fromEntries(shown))));
  };
}

function bounded(text: string): string {
  return text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS)}...` : text;
}

/** What to do stands at the end, as `check` writes it. */
function renderText(now: Date, level: Level, message: string, { advice = null, ...fields }: Fields): string {
  const rest = Object.entries(fields).filter(([, value]) => value !== null).map(([key, value]) =>
    ` ${key}=${typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`
  );
  const toDo = advice === null ? "" : ` -> ${advice}`;
  const time = now.toISOString().slice(11, 19);
  return printable(`${time} ${level.toUpperCase().padEnd(5)} ${message}${rest.join("")}${toDo}`);
}

function renderJson(now: Date, level: Level, message: string, fields: Fields): string {
  return printableJson(JSON.stringify({ time: now.toISOString(), level, message, ...fields }));
}
