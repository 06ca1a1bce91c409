/**
 * What becomes of the text of a filter's option. The shape is that of the other options' readers, so that a parser is one.
 *
 * @module
 */

/** A value, or why the text is none: `is` ("it is above 1") and `expected` ("a number from 0 to 1"). */
export type Parsed<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "wrong"; readonly is: string; readonly expected: string };

/** An item as an error quotes it. */
export function quoted(item: string): string {
  return JSON.stringify(item);
}
