/**
 * Reads one table of options from flags and variables: which text counts, what it means, where it came from.
 *
 * @module
 */

import { nearest } from "./nearest.ts";
import type { OptionSpec, OptionTable } from "./option.ts";
import { type Read, wrong } from "./readers.ts";
import { isRevealing, quote, secretsIn, userInfo } from "./secrets.ts";

/** The texts of the flags that were given, by the name of their option; empty where a flag has no value. */
export type FlagTexts = Readonly<Record<string, string>>;

/** The environment, as `Deno.env.toObject()` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value came from; `name` is `--flag`, `VARIABLE` or, for a default, empty. */
export interface Origin {
  /** Which kind of source it was. */
  readonly kind: "flag" | "variable" | "default";
  /** The flag or variable itself. */
  readonly name: string;
}

/** The origins of all options of a table. */
export type OriginsOf<Table extends OptionTable> = { readonly [Name in keyof Table]: Origin };

/** What a table came to: `values` lacks the options whose text is an error. */
export interface TableRead<Table extends OptionTable> {
  /** The values by the name of their option. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where each value, or each invalid text, came from. */
  readonly origins: OriginsOf<Table>;
  /** What no message may hold, of every source, also of those that lost to another. */
  readonly secrets: readonly string[];
  /** What is wrong, one message each. */
  readonly errors: readonly string[];
}

interface Source extends Origin {
  readonly text: string;
}

/**
 * Reads every option of a table; nothing is thrown, and every error is reported. `files` has what the files of secrets
 * hold, by the name of the secret option.
 */
export function readTable<Table extends OptionTable>(
  table: Table,
  flags: FlagTexts,
  env: Environment,
  files: FlagTexts = {},
): TableRead<Table> {
  const holders = holdersOf(table);
  const sources = new Map(
    Object.entries(table).map(([name, spec]) => {
      const held = heldBy(holders.get(name), flags, env, files[name]);
      return [name, [...sourcesOf(spec, flags[name], env), ...held].sort(flagsFirst)];
    }),
  );
  const secrets = Object.entries(table).flatMap(([name, spec]) =>
    (sources.get(name) ?? []).flatMap(({ text }) => spec.secret ? secretsIn(text) : userInfo(text))
  );
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const errors: string[] = [];
  for (const [name, spec] of Object.entries(table)) {
    const [first, ...others] = sources.get(name) ?? [];
    origins[name] = first === undefined ? { kind: "default", name: "" } : { kind: first.kind, name: first.name };
    // A flag beats variables, and beside it there can be the flag of a file.
    const rival = others.find((other) => first?.kind === other.kind && !agree(spec, first, other));
    if (first !== undefined && rival !== undefined) {
      errors.push(rivalry(spec, first, rival, secrets));
      continue;
    }
    // Its file could not be read, which is reported there.
    if (first === undefined && heldBy(holders.get(name), flags, env, "").length > 0) continue;
    const text = first?.text ?? spec.default;
    const read = text === null ? { kind: "value", value: null } as const : readOne(spec, text, first !== undefined);
    if (read.kind === "value") values[name] = read.value;
    else errors.push(invalid(spec, first ?? { kind: "default", name: "the default", text: "" }, read, secrets));
  }
  // The loop has set an origin for each option of the table.
  return { values, origins: origins as OriginsOf<Table>, secrets, errors };
}

/** The option that names the file of a secret. */
interface Holder {
  readonly name: string;
  readonly spec: OptionSpec;
}

/** The options that name files of secrets, by the names of the secret options. */
function holdersOf(table: OptionTable): ReadonlyMap<string, Holder> {
  const entries = Object.entries(table).map(([name, spec]) => [spec.secretName, { name, spec }] as const);
  return new Map(entries.flatMap(([held, holder]) => held === undefined ? [] : [[held, holder]]));
}

/** What the file of a secret holds, if one is given, as if it had been given by the flag or variable of the file. */
function heldBy(
  holder: Holder | undefined,
  flags: FlagTexts,
  env: Environment,
  text: string | undefined,
): Source[] {
  if (text === undefined || holder === undefined) return [];
  return sourcesOf(holder.spec, flags[holder.name], env).slice(0, 1).map((source) => ({ ...source, text }));
}

function flagsFirst(one: Source, other: Source): number {
  return Number(other.kind === "flag") - Number(one.kind === "flag");
}

/** The path of the file that an option names, and by what; null where none is named. */
export function fileOf(
  spec: OptionSpec,
  flagText: string | undefined,
  env: Environment,
): { readonly name: string; readonly path: string } | null {
  const [source] = sourcesOf(spec, flagText, env);
  return source === undefined || source.text === "" ? null : { name: source.name, path: source.text };
}

/** All texts given for an option, the one that counts first: the flag's, then the variables'. */
function sourcesOf(spec: OptionSpec, flagText: string | undefined, env: Environment): Source[] {
  const found: Source[] = [];
  if (flagText !== undefined) found.push({ kind: "flag", name: `--${spec.flag}`, text: flagText });
  for (const name of spec.env) {
    const given = isServiceLink(name, env[name]) ? undefined : env[name];
    const text = given?.trim() === "" ? spec.empty : given;
    if (text !== undefined) found.push({ kind: "variable", name, text });
  }
  return spec.secret ? found : found.map((source) => ({ ...source, text: source.text.trim() }));
}

function readOne(spec: OptionSpec, text: string, given: boolean): Read<unknown> {
  if (text.trim() === "") return wrong("it has no value", spec.placeholder);
  if (given && !spec.secret && /shared\s*access\s*(?:key|signature)|endpoint\s*=\s*["']?sb:/i.test(text)) {
    return wrong("it looks like a connection string, which belongs in --connection-string", spec.placeholder);
  }
  return spec.read(text);
}

/** Two variables agree when they say the same, if in other words (1 and 1.0). */
function agree(spec: OptionSpec, one: Source, other: Source): boolean {
  if (one.text.trim() === other.text.trim()) return true;
  const [first, second] = [spec.read(one.text), spec.read(other.text)];
  return !spec.secret && first.kind === "value" && second.kind === "value" &&
    JSON.stringify(first.value) === JSON.stringify(second.value);
}

function rivalry(spec: OptionSpec, one: Source, other: Source, secrets: readonly string[]): string {
  return `Cannot choose between ${shown(spec, one, secrets)} and ${shown(spec, other, secrets)}: ` +
    `they mean the same setting and differ; expected one of them or the same value in both`;
}

function invalid(
  spec: OptionSpec,
  source: Source,
  read: { readonly is: string; readonly expected: string },
  secrets: readonly string[],
): string {
  // What is wrong may quote a part of the text; the readers of secret options do not.
  const hidden = !spec.secret && isRevealing(source.text, secrets) && !read.is.startsWith("it looks like");
  const is = hidden ? "it looks like a secret or holds one" : read.is;
  return `Cannot use ${shown(spec, source, secrets)}: ${is}; expected ${read.expected}`;
}

function shown(spec: OptionSpec, source: Source, secrets: readonly string[]): string {
  if (source.text.trim() === "") return source.name;
  return spec.secret || isRevealing(source.text, secrets)
    ? `${source.name} (value hidden)`
    : `${source.name} ${quote(source.text)}`;
}

/** Lists the variables that tables read. */
export function variablesOf(...tables: readonly OptionTable[]): readonly string[] {
  return [...new Set(tables.flatMap((table) => Object.values(table).flatMap((spec) => spec.env)))];
}

/**
 * Kubernetes gives a container, for each Service of its namespace, variables such as `METRICS_PORT=tcp://10.0.0.7:9090`.
 * Source: kubernetes.io, "Service", environment variables.
 */
function isServiceLink(name: string, text: string | undefined): boolean {
  return name.endsWith("_PORT") && text !== undefined && /^\s*(?:tcp|udp|sctp):\/\//i.test(text);
}

/**
 * Warns of what the environment holds and is not used: an address that Kubernetes put into a variable of `known`, and
 * every `BLUESKY_*` variable that is none of them, with the one that may be meant. Neither is an error, as Kubernetes
 * sets variables named after the Services it knows. Values are not shown.
 */
export function ignoredVariables(env: Environment, known: readonly string[]): readonly string[] {
  const links = known
    .filter((name) => isServiceLink(name, env[name]))
    .map((name) =>
      `Ignoring variable ${name}: it is the address that Kubernetes sets for a Service; expected a number; ` +
      "enableServiceLinks: false in the Pod keeps such variables out"
    );
  return [...links, ...unknownVariables(env, known)];
}

function unknownVariables(env: Environment, known: readonly string[]): readonly string[] {
  const ours = known.filter((name) => name.startsWith("BLUESKY_"));
  return Object.keys(env)
    .filter((name) => name.startsWith("BLUESKY_") && !ours.includes(name))
    .sort()
    .map((name) => {
      const meant = nearest(name, ours);
      return `Ignoring variable ${name}: it is unknown${meant === null ? "" : `, the nearest known one is ${meant}`}`;
    });
}
