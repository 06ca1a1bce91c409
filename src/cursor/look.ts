/**
 * What can be known of a storage without writing, making or changing anything.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { codeOf, type Files, messageOf, orNull, readAll, temporaryOf } from "./files.ts";
import { lockOpen, seeLock } from "./lock.ts";
import { readStored } from "./slots.ts";
import { resolveTarget, type Target } from "./target.ts";

/** What an operator should know about a storage. */
export interface Note {
  readonly level: "info" | "warn";
  readonly text: string;
}

/** What a look at a storage found. */
export interface Look {
  /** Why it cannot be written, or null. */
  readonly problem: string | null;
  /** Who uses it now, or null. */
  readonly usedBy: string | null;
  /** What else an operator should know, or null. */
  readonly note: Note | null;
}

/** Stands for a process whose name cannot be read. */
export const UNNAMED = "a process that cannot be named";

const NOTHING: Look = { problem: null, usedBy: null, note: null };

/** Looks at the file that `path` leads to. That a user may write to a folder is not known without writing there. */
export async function lookAt(path: string, files: Files): Promise<Look> {
  try {
    const target = await resolveTarget(path, files);
    const held = await seeLock(`${target.path}.lock`, files);
    if (held?.kind === "held") return { ...NOTHING, usedBy: held.holder ?? UNNAMED };
    const writer = await seeWriter(target, files);
    if (writer !== null) return { ...NOTHING, usedBy: writer.by ?? UNNAMED };
    return await lookAtTarget(target, files);
  } catch (error) {
    return { ...NOTHING, problem: messageOf(error) };
  }
}

/** Who has the file open to write it in place, `by` null where that cannot be named; null if nobody has. */
export async function seeWriter(
  { path, info }: Target,
  files: Files,
): Promise<{ readonly by: string | null } | null> {
  if (info === null) return null;
  try {
    using file = await files.open(path, { read: true });
    if (await lockOpen(file, false) !== false) return null;
    return { by: readStored(await readAll(file, info.size)).by || null };
  } catch (error) {
    // A file that cannot be opened is an error where it is used.
    if (codeOf(error) === null) throw error;
    return null;
  }
}

async function lookAtTarget({ path, folder, info }: Target, files: Files): Promise<Look> {
  const ofFolder = await whyNoRename(folder, files);
  if (info === null) return { ...NOTHING, problem: ofFolder };
  const isMounted = info.dev !== (await files.stat(folder)).dev;
  const noRename = ofFolder ?? (isMounted ? "it is mounted by itself" : null);
  try {
    (await files.open(path, { write: true })).close();
  } catch (error) {
    const problem = messageOf(error);
    // A file that may not be written may still be replaced.
    if (noRename !== null || codeOf(error) !== "EACCES") return { ...NOTHING, problem };
    const text = `it cannot be opened for writing (${problem}): only a start shows whether it can be replaced`;
    return { ...NOTHING, note: { level: "warn", text } };
  }
  if (noRename === null) return { ...NOTHING, note: await noteOnSlots(path, files) };
  const text = `it cannot be replaced (${noRename}): stream writes it in place, in two checksummed halves`;
  return { ...NOTHING, note: { level: "info", text } };
}

/** A file that is mounted by itself from the same file system looks like any other, but for how it was written before. */
async function noteOnSlots(path: string, files: Files): Promise<Note | null> {
  using file = await files.open(path, { read: true });
  if (readStored(await readAll(file, (await file.stat()).size)).counter === 0) return null;
  return { level: "info", text: "it was written in place before; stream writes it in place if it cannot replace it" };
}

/**
 * Why nothing can be renamed in the folder, or in the nearest one above it where it is yet to be made, or null: asked by
 * renaming what is not there, which a file system that is read-only refuses for that reason.
 */
async function whyNoRename(folder: string, files: Files): Promise<string | null> {
  for (let at = folder;; at = dirname(at)) {
    const info = await orNull(files.stat(at));
    if (info === null && at !== dirname(at)) continue;
    if (info !== null && !info.isDirectory) return `"${at}" is not a folder`;
    try {
      await files.rename(temporaryOf(join(at, "a")), temporaryOf(join(at, "b")));
      return null;
    } catch (error) {
      return error instanceof Deno.errors.NotFound ? null : messageOf(error);
    }
  }
}
