/**
 * What the files of deploy/ set for the producer.
 *
 * @module
 */
import { parse, parseAllDocuments } from "yaml";
import { OPTIONS } from "../../src/config/config.ts";
import type { OptionSpec } from "../../src/config/option.ts";

const ROOT = new URL("../../", import.meta.url);

/** Every option with a variable, by the variable. */
export const OPTION_OF: ReadonlyMap<string, OptionSpec> = new Map(
  Object.values(OPTIONS as Record<string, OptionSpec>).flatMap((spec) => spec.env.map((name) => [name, spec] as const)),
);

/** Reads a file of the repository. */
export function text(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** Whether the repository has a file or a folder. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** The one YAML document of a file; what it has is for the test to say, and a part that is missing fails there. */
export async function yaml<T>(path: string): Promise<T> {
  return parse(await text(path), { strict: true });
}

/** How many documents a YAML file has. */
export async function documents(path: string): Promise<number> {
  return parseAllDocuments(await text(path)).length;
}

/** What is wrong with variables and their values, by the table of options; a secret must not stand in a file. */
export function variableProblems(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => {
    const spec = OPTION_OF.get(name);
    if (spec === undefined) return [`${name} is no variable of the program`];
    if (spec.secret === true) return [`${name} is a secret`];
    const read = spec.read(value === "" ? spec.empty ?? value : value);
    return read.kind === "value" ? [] : [`${name}=${value}: ${read.is}`];
  });
}

/** The default of SHUTDOWN_TIMEOUT, in seconds: whoever stops the program gives it longer. */
export const SHUTDOWN_SECS = Number(OPTIONS.shutdownTimeoutMs.default);
