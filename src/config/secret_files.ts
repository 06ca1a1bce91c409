/**
 * Secrets from files, for every option that is secret: `--sasl-password-file PATH` and `SASL_PASSWORD_FILE` beside
 * `--sasl-password` and `SASL_PASSWORD`. Here the table gets those options; the files are read by whoever may read.
 *
 * @module
 */

import type { OptionSpec, OptionTable } from "./option.ts";
import { readFilePath } from "./readers.ts";

/** The option that names the file of a secret one. */
export interface SecretFileSpec extends OptionSpec {
  readonly read: typeof readFilePath;
  readonly default: null;
  /** The name of the secret option in the table. */
  readonly secretName: string;
}

/** A table with an option `NAMEFile` for each of its options `NAME` that are secret. */
export type WithSecretFiles<Table extends OptionTable> =
  & Table
  & {
    readonly [Name in keyof Table & string as Table[Name] extends { readonly secret: true } ? `${Name}File` : never]:
      SecretFileSpec;
  };

/** Adds those options to a table, each behind its secret. */
export function withSecretFiles<const Table extends OptionTable>(table: Table): WithSecretFiles<Table> {
  const rows: [string, OptionSpec][] = [];
  for (const [name, spec] of Object.entries(table)) {
    rows.push([name, spec]);
    if (spec.secret) rows.push([`${name}File`, fileSpec(name, spec)]);
  }
  // Each row is a row of the table, or one that its type names.
  return Object.fromEntries(rows) as WithSecretFiles<Table>;
}

function fileSpec(name: string, { group, flag, env }: OptionSpec): SecretFileSpec {
  return {
    group,
    flag: `${flag}-file`,
    env: env.map((variable) => `${variable}_FILE`),
    placeholder: "PATH",
    read: readFilePath,
    default: null,
    secretName: name,
    doc: `File with the value of --${flag}`,
  };
}
