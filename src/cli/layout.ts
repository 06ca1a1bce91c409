/**
 * Text in lines that fit a terminal: a word that is wider than the terminal is alone on its line, and all else fits.
 *
 * @module
 */

/** Columns that a text needs beside what it explains, or half of them all; where there are fewer it stands below. */
const ROOM = 36;
/** Where a text begins that stands below what it explains, and where a line continues that is too long. */
const BELOW = 6;
/** What a shell takes for a command line that continues. */
const GOES_ON = " \\";

/** Breaks at spaces, and at commas where a list has none, so that no line is longer than `width`. */
export function wrap(text: string, width: number): string[] {
  return fill(text.split(/(?<= )|(?<=,)(?=\S)/), width);
}

/**
 * Each text in a column of its own: from `column` on, beside `left` if that ends before it, else from the next line on;
 * on a terminal that is too narrow for that below `left`.
 */
export function row(left: string, column: number, texts: readonly string[], width: number): string[] {
  const indent = width - column < Math.min(ROOM, width / 2) ? BELOW : column;
  const lines = texts.flatMap((text) => indented(wrap(text, width - indent), indent));
  const [first = "", ...rest] = lines;
  if (indent === column && left.length < column - 1) return [left + first.slice(left.length), ...rest];
  const [head = "", ...more] = fill(left.split(/(?<=\S )/), width - BELOW);
  return left.length <= width ? [left, ...lines] : [head, ...indented(more, BELOW), ...lines];
}

/**
 * A command line, indented by two. Where it is too long it continues in further lines, as a shell takes them, each with
 * whole flags and their values if there is room for both. Between quotes must be no spaces.
 */
export function commandLine(text: string, width: number): string[] {
  const room = width - BELOW - GOES_ON.length;
  const parts = text.split(/(?<= )(?=-{1,2}[a-z]|[>|]|&&)/).flatMap((part) =>
    part.trimEnd().length <= room ? [part] : part.split(/(?<= )/)
  );
  const [first = "", ...rest] = text.length + 2 <= width ? [text] : fill(parts, room);
  const lines = [`  ${first}`, ...indented(rest, BELOW)];
  return lines.map((line, i) => i === lines.length - 1 ? line : line + GOES_ON);
}

function indented(lines: readonly string[], column: number): string[] {
  return lines.map((line) => " ".repeat(column) + line);
}

/** Puts as many parts on each line as fit, at least one. */
function fill(parts: readonly string[], width: number): string[] {
  const lines = [""];
  for (const part of parts) {
    const line = lines.at(-1) ?? "";
    if (line === "" || (line + part.trimEnd()).length <= width) lines[lines.length - 1] = line + part;
    else lines.push(part);
  }
  return lines.map((line) => line.trimEnd());
}
