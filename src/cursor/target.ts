/**
 * Which file a path names, through links, and why it cannot hold a cursor, if it cannot.
 *
 * @module
 */
import { basename, dirname, isAbsolute, join } from "node:path";
import { type Files, orNull } from "./files.ts";

/** The file that a path names. */
export interface Target {
  /** Where it stands, or would stand; no symbolic link. */
  readonly path: string;
  readonly folder: string;
  /** Null where there is none yet. */
  readonly info: Deno.FileInfo | null;
  /** The symbolic links that lead there. */
  readonly links: readonly string[];
}

/** As many as Linux follows. */
const MOST_LINKS = 40;
const STICKY_WRITABLE = 0o1002;

/**
 * Follows the links of a path to the file, which need not exist.
 *
 * @throws {TypeError} if something other than a file stands there, which an open may wait for without end
 */
export async function resolveTarget(path: string, files: Files): Promise<Target> {
  let at = path;
  const links: string[] = [];
  while (links.length <= MOST_LINKS) {
    const folder = await orNull(files.realPath(dirname(at)));
    if (folder === null) return { path: at, folder: dirname(at), info: null, links };
    const real = join(folder, basename(at));
    const info = await orNull(files.lstat(real));
    if (info === null || !info.isSymlink) {
      if (info !== null && !info.isFile) throw new TypeError(`it is ${kindOf(info)}, expected a file`);
      return { path: real, folder, info, links };
    }
    links.push(real);
    const to = await files.readLink(real);
    at = isAbsolute(to) ? to : join(folder, to);
  }
  throw new TypeError("its symbolic links lead in a circle");
}

/**
 * Whether another user may have made the link `path`: those of a folder like `/tmp` are followed only if they
 * belong to the folder's owner or to the user `uid`, as Linux does with `fs.protected_symlinks`.
 */
export async function isForeignLink(path: string, uid: number | null, files: Files): Promise<boolean> {
  const [link, folder] = [await orNull(files.lstat(path)), await orNull(files.stat(dirname(path)))];
  if (link === null || folder === null || !link.isSymlink || uid === null) return false;
  return ((folder.mode ?? 0) & STICKY_WRITABLE) === STICKY_WRITABLE && link.uid !== uid && link.uid !== folder.uid;
}

function kindOf(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a named pipe";
  if (info.isSocket) return "a socket";
  return info.isBlockDevice || info.isCharDevice ? "a device" : "of an unknown kind";
}
