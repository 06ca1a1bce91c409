/**
 * Whether a file is in a place that does not last.
 *
 * @module
 */
import { dirname } from "node:path";
import { FILES, type Files, orNull } from "./files.ts";
import { resolveTarget } from "./target.ts";

/** The marks that Docker and Podman leave; others, as Kubernetes on containerd, leave none that is a file. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv"];
/** Folders that a reboot empties, or that are in memory. */
const VOLATILE_FOLDERS = ["/tmp", "/run", "/dev/shm"];

/** What ends the file at `path`, as the end of a sentence about it; null where nothing is known to. */
export async function ephemeralReason(path: string, files: Files = FILES): Promise<string | null> {
  // C:\tmp is a folder like any other.
  if (Deno.build.os === "windows") return null;
  const folder = await existingFolder((await resolveTarget(path, files)).folder, files);
  const { dev } = await files.stat(folder);
  if (await isContainer(files) && dev === (await files.stat("/").catch(() => null))?.dev) {
    return "is on the container's own file system and is lost with it";
  }
  for (const name of VOLATILE_FOLDERS) {
    const real = await files.realPath(name).catch(() => null);
    if (real === null || (folder !== real && !folder.startsWith(`${real}/`))) continue;
    // A volume may be mounted below.
    if (dev === (await files.stat(real)).dev) return `is in ${name}, which a reboot may empty`;
  }
  return null;
}

/** The folder, or the nearest one above it that exists. */
async function existingFolder(folder: string, files: Files): Promise<string> {
  for (let at = folder;; at = dirname(at)) {
    const real = await orNull(files.realPath(at));
    if (real !== null) return real;
  }
}

async function isContainer(files: Files): Promise<boolean> {
  for (const mark of CONTAINER_MARKS) {
    // Not there, or not to be seen: no mark.
    if (await files.stat(mark).catch(() => null) !== null) return true;
  }
  return false;
}
