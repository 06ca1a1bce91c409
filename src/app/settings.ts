/**
 * What a run gets of the command line.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Origin } from "../config/table.ts";

/** What is resolved, and where from. */
export interface Settings {
  readonly config: Config;
  readonly origins: Readonly<Record<string, Origin>>;
}

/** The same, with what is to be hidden and what is to be said of it. */
export interface Resolved extends Settings {
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}
