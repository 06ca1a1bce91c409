/**
 * `@std/cli/parse-args` for the npm-only import map: what this project uses of it, typed for npm's untyped copy.
 *
 * @module
 */
import * as std from "@std/cli/parse-args";

/** The options that are used here, as JSR declares them. */
export interface ParseOptions {
  /** Names whose values stay strings. */
  readonly string?: readonly string[];
  /** Names without a value. */
  readonly boolean?: readonly string[];
  /** Names that may stand more than once; their values are arrays. */
  readonly collect?: readonly string[];
  /** Called for each argument that no name is known for; false leaves it out of the result. */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** Parses command line arguments. The result has each name's values, and in `_` the arguments without a name. */
export const parseArgs: (args: string[], options?: ParseOptions) => Record<string, unknown> = std.parseArgs;
