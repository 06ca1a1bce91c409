/**
 * Reads the files that options name: secrets, and certificates.
 *
 * @module
 */
import type { OptionTable } from "../config/options.ts";
import { quote } from "../config/secrets.ts";
import { type Environment, fileOf, type FlagTexts } from "../config/table.ts";

/** What the files of secrets hold, and which of them cannot be used. */
export interface SecretFiles {
  /** By the name of the secret option. */
  readonly contents: FlagTexts;
  /** One message each. */
  readonly mistakes: readonly string[];
}

/** Reads the file of each secret of a table for which one is given. */
export async function readSecretFiles(table: OptionTable, flags: FlagTexts, env: Environment): Promise<SecretFiles> {
  const contents: Record<string, string> = {};
  const mistakes: string[] = [];
  for (const [name, spec] of Object.entries(table)) {
    const file = spec.holds === undefined ? null : fileOf(spec, flags[name], env);
    if (spec.holds === undefined || file === null) continue;
    // The path is not shown: one who mistakes this flag for the secret's own gives the secret here.
    const shown = `the file of ${file.name}`;
    try {
      const text = await readText(file.path);
      if (text.includes("\ufffd")) {
        mistakes.push(`Cannot use ${shown}: it is not in UTF-8, a secret in UTF-8 is wanted`);
      } else if (text.trim() !== "") contents[spec.holds] = text;
      else mistakes.push(`Cannot use ${shown}: it is empty, one that holds the secret is wanted`);
    } catch (error) {
      mistakes.push(`Cannot read ${shown}: ${reasonOf(error)}, the path of a file that holds the secret is wanted`);
    }
  }
  return { contents, mistakes };
}

/**
 * The text of a file that an option names.
 *
 * @throws {Error} that names option and file and says why it cannot be read
 */
export async function readNamed(path: string, option: string): Promise<string> {
  try {
    return await readText(path);
  } catch (error) {
    const shown = `the file of ${option} ${quote(path)}`;
    throw new Error(`Cannot read ${shown}: ${reasonOf(error)}, a readable file is wanted`, { cause: error });
  }
}

/**
 * The text of a file, without the byte order mark that some editors put before it: no secret and no certificate begins
 * with one. What is not UTF-8 is replaced by U+FFFD.
 *
 * @throws {EncodingError} if it is UTF-16, as the shells of Windows write it
 */
export async function readText(path: string): Promise<string> {
  const bytes = await Deno.readFile(path);
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new EncodingError("it is in UTF-16 and not in UTF-8");
  }
  return new TextDecoder().decode(bytes);
}

/** The text of a file is in an encoding that is not read. */
export class EncodingError extends Error {
  override readonly name = "EncodingError";
}

function reasonOf(error: unknown): string {
  if (error instanceof EncodingError) return error.message;
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "this user may not read it";
  }
  return error instanceof Deno.errors.IsADirectory ? "it is a folder" : "it is not readable as text";
}
