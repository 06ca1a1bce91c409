/**
 * From flags and variables to a configuration: a flag beats its variable, a variable the default, and a connection
 * string the other Kafka settings. Every mistake is found before anything is dialled, and all are told at once, each
 * with what it is, where it came from and what would be right.
 *
 * @module
 */

import { type KafkaSettings, resolveKafka } from "./kafka_settings.ts";
import { nearest } from "./nearest.ts";
import { CONNECTION_OPTIONS, OPTIONS, type OptionSpec, type OptionTable, type ValuesOf } from "./options.ts";
import { isRevealing, quote, secretsIn, userInfo } from "./secrets.ts";

/** The texts of the flags that were given, by the name of their option. */
export type FlagTexts = Readonly<Record<string, string>>;

/** The environment, as `Deno.env.toObject()` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value came from; `name` is `--flag`, `VARIABLE` or, for a default, empty. */
export interface Origin {
  readonly kind: "flag" | "variable" | "default";
  readonly name: string;
}

/** A configuration, or everything that is wrong. Warnings come with both. */
export type Resolution<T> =
  | {
    readonly kind: "config";
    readonly config: T;
    /** Where each option's value came from. */
    readonly origins: Readonly<Record<string, Origin>>;
    /** What no message may hold: for the log, which prints the errors of libraries. */
    readonly secrets: readonly string[];
    readonly warnings: readonly string[];
  }
  | { readonly kind: "mistakes"; readonly mistakes: readonly string[]; readonly warnings: readonly string[] };

/** The values of a table, with one `kafka` in place of the options that say how to reach it. */
export type WithKafka<Values> =
  & Omit<Values, keyof typeof CONNECTION_OPTIONS>
  & { readonly kafka: KafkaSettings | null };

/** The configuration of `stream`; `kafka` is null exactly where the output is not Kafka. */
export type Config = WithKafka<ValuesOf<typeof OPTIONS>>;

/** Resolves the options of a command that has no settings of Kafka. */
export function resolve<Table extends OptionTable>(
  table: Table,
  flags: FlagTexts,
  env: Environment,
): Resolution<ValuesOf<Table>> {
  const read = readTable(table, flags, env);
  const { origins, secrets, mistakes } = read;
  const warnings = [...read.warnings, ...unknownVariables(env, variablesOf(table, OPTIONS))];
  if (mistakes.length > 0) return { kind: "mistakes", mistakes, warnings };
  // Without a mistake every option of the table has the value that its own reader gave.
  return { kind: "config", config: read.values as ValuesOf<Table>, origins, secrets, warnings };
}

/**
 * Resolves the options of a command that writes to Kafka, with the connection string over the other Kafka settings.
 * `needsKafka` is asked with what could be read so far (an option with a mistake is missing) and where it came from;
 * where it says no, `kafka` is null.
 */
export function resolveWithKafka<Table extends OptionTable & typeof CONNECTION_OPTIONS>(
  table: Table,
  flags: FlagTexts,
  env: Environment,
  needsKafka: (values: Partial<ValuesOf<Table>>, origins: Readonly<Record<string, Origin>>) => boolean,
): Resolution<WithKafka<ValuesOf<Table>>> {
  const read = readTable(table, flags, env);
  const { origins, secrets } = read;
  const values = read.values as Partial<ValuesOf<Table>>;
  const resolved = needsKafka(values, origins)
    ? resolveKafka(values, origins)
    : { kafka: null, mistakes: [], warnings: [] };
  const mistakes = [...read.mistakes, ...resolved.mistakes];
  const warnings = [...read.warnings, ...resolved.warnings, ...unknownVariables(env, variablesOf(table, OPTIONS))];
  if (mistakes.length > 0) return { kind: "mistakes", mistakes, warnings };
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !(name in CONNECTION_OPTIONS)));
  const config = { ...rest, kafka: resolved.kafka } as WithKafka<ValuesOf<Table>>;
  return { kind: "config", config, origins, secrets, warnings };
}

/** Resolves the options of `stream`, and finds those that contradict one another. */
export function resolveConfig(flags: FlagTexts, env: Environment): Resolution<Config> {
  const resolution = resolveWithKafka(OPTIONS, flags, env, (values) => values.output?.kind === "kafka");
  const contradictions = contradictionsOf(flags, env);
  if (contradictions.length === 0) return resolution;
  const mistakes = [...(resolution.kind === "mistakes" ? resolution.mistakes : []), ...contradictions];
  return { kind: "mistakes", mistakes, warnings: resolution.warnings };
}
