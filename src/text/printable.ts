/**
 * Texts that anybody may have written, for terminals and logs: what commands a terminal, begins a line or turns the
 * direction of writing is shown, never obeyed. Everything from outside that can reach one of them passes here.
 *
 * @module
 */

/** Controls (C0, DEL, C1), ends of lines, and what turns the direction of writing. */
const COMMANDS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line of text, in which such characters are written as JSON escapes them. */
export function printable(text: string): string {
  return text.replace(COMMANDS, escaped);
}

/** One line of JSON that means the same. What JSON lets stand unescaped outside of its texts is space. */
export function printableJson(line: string): string {
  return line.replace(COMMANDS, (character) => character < " " ? " " : escaped(character));
}

/** One unit of UTF-16 as JSON escapes it. */
export function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
