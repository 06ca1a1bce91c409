/**
 * The letters of the two forms of base32 that the protocol has.
 *
 * @module
 */

/** Of CIDs (multibase `b`) and of did:plc: RFC 4648 in lower case, without padding. */
export const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** Of timestamp identifiers: their texts sort as their numbers do. */
export const BASE32_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz";

/** The value of a character that is no letter. */
export const NO_DIGIT = 255;

/** The values of these letters by their ASCII codes. */
export function digitsOf(letters: string): Uint8Array {
  const values = new Uint8Array(256).fill(NO_DIGIT);
  for (let value = 0; value < letters.length; value++) values[letters.charCodeAt(value)] = value;
  return values;
}
