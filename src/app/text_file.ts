/**
 * Reads the text of files that options name: certificates, keys, tokens, secrets.
 *
 * @module
 */
import { quote } from "../config/secrets.ts";

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
    throw new Error(`Cannot read ${shown}: ${whyUnreadable(error)}; expected a readable file`, { cause: error });
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

/** Why a file cannot be read, as a part of a sentence. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof EncodingError) return error.message;
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return "this user may not read it";
  }
  return error instanceof Deno.errors.IsADirectory ? "it is a folder" : "it is not readable as text";
}
