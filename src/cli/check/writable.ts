/**
 * Whether files could be written, found out without writing any: nothing is created, not even for a moment, and no time
 * of a file or folder changes.
 *
 * @module
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, messageOf, orNull } from "../../cursor/files.ts";

/** Linux's flag for a file without a name, which is gone when it is closed; with O_DIRECTORY it is O_TMPFILE. */
const NAMELESS = 0o20000000;

/** How Linux says that a file system has no such files. */
const UNKNOWN_CODES: readonly unknown[] = ["EOPNOTSUPP", "ENOTSUP", "EISDIR", "EINVAL"];

/** Why a file could not be written, or replaced by a rename; null if it could. */
export async function whyUnwritable(
  path: string,
  { createsFolders }: { readonly createsFolders: boolean },
): Promise<string | null> {
  try {
    const file = await orNull(Deno.stat(path));
    if (file?.isDirectory === true) return "it is a folder";
    return await whyFolderUnwritable(dirname(path), createsFolders);
  } catch (error) {
    return messageOf(error);
  }
}

async function whyFolderUnwritable(folder: string, createsFolders: boolean): Promise<string | null> {
  const info = await orNull(Deno.stat(folder));
  if (info === null) {
    if (!createsFolders || dirname(folder) === folder) return `there is no folder "${folder}"`;
    return await whyFolderUnwritable(dirname(folder), createsFolders);
  }
  if (!info.isDirectory) return `"${folder}" is not a folder`;
  if (Deno.build.os === "linux") {
    try {
      await (await open(folder, NAMELESS | constants.O_DIRECTORY | constants.O_WRONLY, 0o600)).close();
      return null;
    } catch (error) {
      if (!UNKNOWN_CODES.includes(codeOf(error))) return messageOf(error);
    }
  }
  return isForNobody(info.mode) ? `nobody may write to "${folder}"` : null;
}

/**
 * Whether permission bits let nobody write: all that can be known without writing where there are no files without a
 * name, as on macOS, on Windows (which has no bits: null) and on some file systems of a network.
 */
export function isForNobody(mode: number | null): boolean {
  return mode !== null && (mode & 0o222) === 0;
}
