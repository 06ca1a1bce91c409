/**
 * Reads the files of secrets that options name.
 *
 * @module
 */
import { readText, whyUnreadable } from "../app/text_file.ts";
import type { OptionTable } from "../config/option.ts";
import { type Environment, fileOf, type FlagTexts } from "../config/table.ts";

/** What the files of secrets hold, and which of them cannot be used. */
export interface SecretFiles {
  /** By the name of the secret option. */
  readonly contents: FlagTexts;
  /** One message each. */
  readonly errors: readonly string[];
}

/** Reads the file of each secret of a table for which one is given. */
export async function readSecretFiles(table: OptionTable, flags: FlagTexts, env: Environment): Promise<SecretFiles> {
  const contents: Record<string, string> = {};
  const errors: string[] = [];
  for (const [name, spec] of Object.entries(table)) {
    const file = spec.secretName === undefined ? null : fileOf(spec, flags[name], env);
    if (spec.secretName === undefined || file === null) continue;
    // The path is not shown: one who mistakes this flag for the secret's own gives the secret here.
    const shown = `the file of ${file.name}`;
    try {
      const text = await readText(file.path);
      if (text.includes("\ufffd")) {
        errors.push(`Cannot use ${shown}: it is not in UTF-8; expected a secret in UTF-8`);
      } else if (text.trim() !== "") contents[spec.secretName] = text;
      else errors.push(`Cannot use ${shown}: it is empty; expected one that holds the secret`);
    } catch (error) {
      errors.push(
        `Cannot read ${shown}: ${whyUnreadable(error)}; expected the path of a file that holds the secret`,
      );
    }
  }
  return { contents, errors };
}
