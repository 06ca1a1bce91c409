/**
 * OPTIONS joins the options of the components: the parser, the environment, the type of the configuration, `--help`, the
 * tables of the documents and the hiding of secrets are all derived from it, and a default stands nowhere else.
 *
 * From flags and variables to a configuration: a flag beats its variable, a variable the default, and a connection
 * string the other Kafka settings. All errors are reported together, before any connection is opened, each
 * with what it is, where it came from and what would be right.
 *
 * @module
 */

import { CURSOR_OPTIONS } from "../cursor/options.ts";
import { CONTENT_OPTIONS, DELETE_OPTIONS, EVENT_OPTIONS } from "../events/options.ts";
import { FILTER_OPTIONS, mistypedCollections } from "../filter/options.ts";
import { DELIVERY_OPTIONS, deliveryErrors } from "../kafka/options/delivery_options.ts";
import { CONNECTION_OPTIONS, DEAD_LETTER_OPTIONS, TOPIC_OPTIONS } from "../kafka/options/options.ts";
import { compressionErrors, type KafkaSettings, resolveKafka } from "../kafka/options/settings.ts";
import { topicErrors, topicWarnings } from "../kafka/options/topic_options.ts";
import { IDENTITY_OPTIONS } from "../identity/options.ts";
import { MEMORY_OPTIONS, uselessSubjects } from "../memory/options.ts";
import { OUTPUT_OPTIONS } from "../lines/options.ts";
import { PIPELINE_OPTIONS } from "../pipeline/options.ts";
import { LOG_OPTIONS, METRICS_OPTIONS } from "../telemetry/options.ts";
import { UPSTREAM_OPTIONS } from "../upstream/options.ts";
import { placelessLetters, unfollowedProofs, VERIFY_OPTIONS } from "../verify/options.ts";
import type { OptionTable, ValuesOf } from "./option.ts";
import { isRevealing, quote } from "./secrets.ts";
import { type Environment, type FlagTexts, ignoredVariables, type OriginsOf, readTable, variablesOf } from "./table.ts";

/** All options about Kafka, for commands that write to it. */
export const KAFKA_OPTIONS = {
  ...CONNECTION_OPTIONS,
  ...TOPIC_OPTIONS,
  ...EVENT_OPTIONS,
  ...DELIVERY_OPTIONS,
} as const satisfies OptionTable;

// In help the cursor comes after the firehose's URL.
const { firehoseUrl, ...UPSTREAM } = UPSTREAM_OPTIONS;

/** Every option of `stream`. */
export const OPTIONS = {
  ...KAFKA_OPTIONS,
  ...DELETE_OPTIONS,
  ...DEAD_LETTER_OPTIONS,
  firehoseUrl,
  ...CURSOR_OPTIONS,
  ...UPSTREAM,
  ...FILTER_OPTIONS,
  ...MEMORY_OPTIONS,
  ...CONTENT_OPTIONS,
  ...IDENTITY_OPTIONS,
  ...VERIFY_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...PIPELINE_OPTIONS,
  ...METRICS_OPTIONS,
  ...LOG_OPTIONS,
} as const satisfies OptionTable;

/** A configuration, or everything that is wrong. Warnings come with both. */
export type Resolution<Config, Table extends OptionTable> =
  | {
    readonly kind: "config";
    readonly config: Config;
    /** Where the value of each option came from. */
    readonly origins: OriginsOf<Table>;
    /** What no message may hold: for the log, which prints the errors of libraries too. */
    readonly secrets: readonly string[];
    readonly warnings: readonly string[];
  }
  | { readonly kind: "errors"; readonly errors: readonly string[]; readonly warnings: readonly string[] };

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
  files: FlagTexts = {},
): Resolution<ValuesOf<Table>, Table> {
  const { values, origins, secrets, errors } = readTable(table, flags, env, files);
  const warnings = ignoredVariables(env, variablesOf(table, OPTIONS));
  if (errors.length > 0) return { kind: "errors", errors, warnings };
  // Without an error every option of the table has the value that its own reader gave.
  return { kind: "config", config: values as ValuesOf<Table>, origins, secrets, warnings };
}

/** What a command makes of its options before Kafka is looked at: whether it goes there, and what contradicts what. */
export interface KafkaUse {
  /** Whether the command uses Kafka. */
  readonly needed: boolean;
  /** What contradicts what, one message each. */
  readonly errors: readonly string[];
}

/**
 * Resolves the options of a command that may use Kafka, with the connection string over the other Kafka settings.
 * `use` is asked with the values (an option with an error is missing) and their origins; where it says that Kafka is
 * not needed, `kafka` is null.
 */
export function resolveWithKafka<Table extends OptionTable & typeof CONNECTION_OPTIONS>(
  table: Table,
  flags: FlagTexts,
  env: Environment,
  use: (values: Partial<ValuesOf<Table>>, origins: OriginsOf<Table>) => KafkaUse,
  files: FlagTexts = {},
): Resolution<WithKafka<ValuesOf<Table>>, Table> {
  const read = readTable(table, flags, env, files);
  // Each value is the one that the option's own reader gave.
  const values = read.values as Partial<ValuesOf<Table>>;
  const { needed, errors: contradictions } = use(values, read.origins);
  const { kafka, ...rest } = needed
    ? resolveKafka(read.values as Partial<ValuesOf<typeof CONNECTION_OPTIONS>>, read.origins)
    : { kafka: null, errors: [], warnings: [] };
  const errors = [...read.errors, ...rest.errors, ...contradictions];
  const warnings = [...rest.warnings, ...ignoredVariables(env, variablesOf(table, OPTIONS))];
  if (errors.length > 0) return { kind: "errors", errors, warnings };
  const others = Object.entries(values).filter(([name]) => !(name in CONNECTION_OPTIONS));
  const config = { ...Object.fromEntries(others), kafka } as WithKafka<ValuesOf<Table>>;
  return { kind: "config", config, origins: read.origins, secrets: read.secrets, warnings };
}

/** Resolves the options of `stream`; `files` has what the files of secrets hold, by the name of the secret option. */
export function resolveConfig(
  flags: FlagTexts,
  env: Environment,
  files: FlagTexts = {},
): Resolution<Config, typeof OPTIONS> {
  const resolution = resolveWithKafka(OPTIONS, flags, env, useOfStream, files);
  if (resolution.kind === "errors") return resolution;
  const { config, origins } = resolution;
  const { kafka, collections, rememberSubjects, events } = config;
  const mistyped = mistypedCollections(collections, origins.collections.name);
  const risky = kafka === null ? [] : topicWarnings({ ...config, kafkaTopic: kafka.topic });
  const useless = uselessSubjects(rememberSubjects, events, origins.rememberSubjects.name);
  const loose = unfollowedProofs(config.verify, config.trackRepos, origins.verify.name);
  return { ...resolution, warnings: [...resolution.warnings, ...mistyped, ...useless, ...loose, ...risky] };
}

/**
 * Events go to one place, so a flag about Kafka contradicts another output; a variable does not, as it may stand in the
 * environment of every run.
 */
function useOfStream(values: Partial<ValuesOf<typeof OPTIONS>>, origins: OriginsOf<typeof OPTIONS>): KafkaUse {
  const { output, cursorFile } = values;
  if (output === undefined) return { needed: false, errors: [] };
  const lost = [...deadLetterErrors(values, origins), ...identityCacheErrors(values, origins)];
  if (output.kind === "kafka") {
    return {
      needed: true,
      errors: [
        ...formErrors(origins),
        ...compressionErrors(values, origins),
        ...topicErrors(values, origins),
        ...lost,
        ...deliveryErrors(values, origins),
      ],
    };
  }
  const path = output.kind === "stdout" ? "-" : output.path;
  const given = `${origins.output.name} ${isRevealing(path, []) ? "(value hidden)" : quote(path)}`;
  const aboutKafka: readonly string[] = Object.keys({ ...KAFKA_OPTIONS, ...DELETE_OPTIONS, ...DEAD_LETTER_OPTIONS });
  const errors = Object.entries(origins)
    .filter(([name, origin]) => aboutKafka.includes(name) && origin.kind === "flag")
    .map(([, origin]) =>
      `Cannot use ${origin.name} with ${given}: it applies to Kafka only; ` +
      `expected one of them or ${origins.output.name} "kafka"`
    );
  if (output.kind === "file" && output.path === cursorFile) {
    errors.push(
      `Cannot use ${given}: it is the cursor file too; expected two different files`,
    );
  }
  return { needed: false, errors: [...errors, ...lost] };
}

/** The form of records in Kafka is another option's; a variable may stand in the environment of every run. */
function formErrors({ format }: OriginsOf<typeof OPTIONS>): string[] {
  return format.kind !== "flag" ? [] : [
    `Cannot use ${format.name} with Kafka: it applies to standard output and files only; expected --output - or a path`,
  ];
}

/** What is known of accounts has a file of its own, which is replaced. */
function identityCacheErrors(
  { output, cursorFile, deadLetterFile, identityCache }: Partial<ValuesOf<typeof OPTIONS>>,
  { identityCache: origin }: OriginsOf<typeof OPTIONS>,
): string[] {
  if (typeof identityCache !== "string") return [];
  const others = { "the output": output?.kind === "file" ? output.path : null, "the cursor file": cursorFile } as const;
  const files = Object.entries({ ...others, "the file of dead letters": deadLetterFile });
  return files.filter(([, path]) => path === identityCache).map(([other]) => {
    const given = `${origin.name} ${isRevealing(identityCache, []) ? "(value hidden)" : quote(identityCache)}`;
    return `Cannot use ${given}: it is ${other} too; expected two different files`;
  });
}

/** Dead letters go to one place, and to a file of their own. */
function deadLetterErrors(
  { output, cursorFile, deadLetterTopic, deadLetterFile, unverified }: Partial<ValuesOf<typeof OPTIONS>>,
  { deadLetterFile: origin, deadLetterTopic: topicOrigin, unverified: wanted }: OriginsOf<typeof OPTIONS>,
): string[] {
  if (typeof deadLetterFile !== "string") {
    return placelessLetters(unverified, output?.kind === "kafka" && typeof deadLetterTopic === "string", wanted.name);
  }
  const given = `${origin.name} ${isRevealing(deadLetterFile, []) ? "(value hidden)" : quote(deadLetterFile)}`;
  if (typeof deadLetterTopic === "string" && output?.kind === "kafka") {
    return [`Cannot use ${given} with ${topicOrigin.name}: dead letters go to one place; expected one of them`];
  }
  const other = output?.kind === "file" && output.path === deadLetterFile
    ? "the output"
    : deadLetterFile === cursorFile
    ? "the cursor file"
    : null;
  return other === null ? [] : [`Cannot use ${given}: it is ${other} too; expected two different files`];
}
