/**
 * What a one-line fault is.
 *
 * @module
 */

/** One fault. */
export interface Mutant {
  /** What it breaks, in words. */
  readonly name: string;
  /** The file, from the root. */
  readonly file: string;
  /** A text that stands in the file once, and what is put in its place. */
  readonly from: string;
  readonly to: string;
  /** The test file that fails then. */
  readonly test: string;
}
