/**
 * Lists in a text.
 *
 * @module
 */

/** The items of a list with commas between them, without white space around them; empty ones are left out. */
export function listItems(text: string): string[] {
  return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
}
