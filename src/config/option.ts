/**
 * Options: the rows of the tables from which everything about them is derived. Each component has its own table, and
 * `config.ts` joins them.
 *
 * @module
 */

import { oneOf, readBoolean, type Reader } from "./readers.ts";

/** The headings of `--help`, in its order. */
export const GROUPS = [
  "Kafka",
  "Firehose",
  "Events",
  "Identities",
  "Output",
  "Operation",
  "Kafka connection and security",
] as const;

/** One option of a command. */
export interface OptionSpec {
  /** The heading it stands under. */
  readonly group: typeof GROUPS[number];
  /** The flag without its two hyphens. */
  readonly flag: string;
  /** The variables that mean the same. Where several are set they must agree. */
  readonly env: readonly string[];
  /** What stands for the value in help, with its unit: `HOST:PORT,...`, `BYTES`. */
  readonly placeholder: string;
  /** From text to value. */
  readonly read: Reader<unknown>;
  /** The text that is read where neither flag nor variable is given; null: the value is then null. */
  readonly default: string | null;
  /** What holds where the default is null, or what the default comes to, for help. */
  readonly defaultText?: string;
  /** The text that is read for a flag without a value; where it is missing, a flag needs one. */
  readonly implicitValue?: string;
  /** The text that is read for an empty value; where it is missing, an empty variable counts as unset. */
  readonly empty?: string;
  /** The value never appears in a message. */
  readonly secret?: true;
  /** The value is the path of a file that holds the text of the secret option of this name. */
  readonly secretName?: string;
  /** Flags of other commands that do there what this one does here; one of them given here is an error that says so. */
  readonly counterparts?: readonly string[];
  /** One line for help and docs/options.md: no full stop at the end. */
  readonly doc: string;
}

/**
 * The placeholder and the reader of an option whose value is one of some words.
 *
 * @example The words stand once
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(choice(["auto", "text"]).hint, "auto|text");
 * ```
 */
export function choice<const Word extends string>(words: readonly Word[]) {
  return { placeholder: words.join("|"), read: oneOf(words) };
}

/** A flag that says how a command prints, off unless it is given; it has no variable. */
export function outputSwitch(flag: string, doc: string) {
  const group: OptionSpec["group"] = "Output";
  return {
    group,
    flag,
    env: [],
    placeholder: "true|false",
    read: readBoolean,
    default: "false",
    implicitValue: "true",
    doc,
  };
}

/** The options of one command, by the name of their field in its configuration. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The value of one option: what its reader yields, and null where it has no default. */
export type ValueOf<Spec extends OptionSpec> =
  | (Spec["read"] extends Reader<infer T> ? T : never)
  | (Spec["default"] extends string ? never : null);

/** The configuration that a table describes. */
export type ValuesOf<Table extends OptionTable> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };
