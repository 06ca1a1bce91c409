/**
 * The operations on files that the cursor needs, as an argument, so that tests record their order and make them fail.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";

/** An open file. */
export type OpenFile =
  & Pick<Deno.FsFile, "read" | "write" | "seek" | "truncate" | "syncData" | "sync" | "stat" | "tryLock" | "close">
  & Disposable;

/** Operations on files, with the errors of Deno. */
export interface Files {
  open(path: string, options: Deno.OpenOptions): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Creates a folder and those above it, unless it is there. */
  ensureDir(path: string): Promise<void>;
  stat(path: string): Promise<Deno.FileInfo>;
  lstat(path: string): Promise<Deno.FileInfo>;
  readLink(path: string): Promise<string>;
  realPath(path: string): Promise<string>;
  readDir(path: string): AsyncIterable<Deno.DirEntry>;
}

/** The files of this machine. */
export const FILES: Files = {
  open: (path, options) => Deno.open(path, options),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
  ensureDir,
  stat: (path) => Deno.stat(path),
  lstat: (path) => Deno.lstat(path),
  readLink: (path) => Deno.readLink(path),
  realPath: (path) => Deno.realPath(path),
  readDir: (path) => Deno.readDir(path),
};

/** The code that the operating system gives an error, as `EBUSY`; null for an error of another kind. */
export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** The message of an error, or the text of what was thrown instead of one. */
export function messageOf(error: unknown): string {
  // Deno's own text asks for a flag of `deno compile`, which the user of a binary does not have.
  if (error instanceof Deno.errors.NotCapable) {
    return "the program has no permission for this path, as for any under /proc, /sys and /dev";
  }
  return error instanceof Error ? error.message : String(error);
}

/** What `ask` gives; null where nothing has that name. */
export async function orNull<T>(ask: Promise<T>): Promise<T | null> {
  try {
    return await ask;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The bytes of an open file, from its beginning. */
export async function readAll(file: OpenFile, size: number): Promise<Uint8Array> {
  await file.seek(0, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

/** Writes all bytes, from `at` on. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, at: number): Promise<void> {
  await file.seek(at, Deno.SeekMode.Start);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

/** A name beside `path` that nobody can foresee, so that nobody can put a link there. */
export function temporaryOf(path: string): string {
  return `${path}.${crypto.randomUUID().replaceAll("-", "")}.tmp`;
}

/** A temporary file lives for as long as a sync takes; those that are older were left by a crash. */
const LEFT_AFTER_MS = 60_000;

/** Removes the temporary files of `path` that a crash left: whoever calls it is the only one that writes such files. */
export async function removeLeftovers(path: string, files: Files): Promise<void> {
  // The names of temporaryOf(), and those with the process's id that earlier versions gave.
  const isOurs = new RegExp(`^${RegExp.escape(basename(path))}\\.(?:[0-9a-f]{32}|\\d+)\\.tmp$`);
  const folder = dirname(path);
  try {
    for await (const { name, isFile } of files.readDir(folder)) {
      if (!isFile || !isOurs.test(name)) continue;
      const { mtime } = await files.lstat(join(folder, name));
      if (mtime === null || Date.now() - mtime.getTime() < LEFT_AFTER_MS) continue;
      await files.remove(join(folder, name));
    }
  } catch {
    // They only take room: one of another user, or a folder that cannot be listed, hinders nothing.
  }
}
