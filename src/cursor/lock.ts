/**
 * A lock by which one producer at a time uses a cursor: of the operating system, which releases it with the process,
 * whatever ends that. It is on a file beside the cursor, `PATH.lock`, that names its holder.
 *
 * @module
 */
import { setTimeout as after } from "node:timers/promises";
import { codeOf, type Files, messageOf, type OpenFile, orNull, readAll, writeAll } from "./files.ts";

/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** RFC 3339 in UTC. */
  readonly since: string;
}

/** A lock that was taken, or why there is none. */
export type Taken =
  | { readonly kind: "locked"; release(): Promise<void> }
  /** Somebody else has it; null where the holder cannot be named. */
  | { readonly kind: "held"; readonly holder: string | null }
  /** Nobody can be kept out: the file system has no locks, or no file can be made there. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** What a file system answers that has no locks. */
const UNSUPPORTED = ["ENOTSUP", "EOPNOTSUPP", "ENOLCK", "ENOSYS", "EINVAL"];
/** `check` has the lock of a file for a moment, to see whether it is free. */
const ATTEMPTS = 5;
const RETRY_MS = 100;
const LONGEST = 4096;

/** The holder as it is written in messages. */
export function holderText({ pid, host, since }: Holder): string {
  return `pid ${pid} on ${host} since ${since}`;
}

/** Takes the lock at `path`, also that of a holder that is dead; waits for half a second if it is held. */
export async function takeLock(path: string, holder: Holder, files: Files): Promise<Taken> {
  for (let attempt = 1;; attempt++) {
    const taken = await tryTake(path, holder, files);
    if (taken !== "again" && (taken.kind !== "held" || attempt >= ATTEMPTS)) return taken;
    if (attempt >= 2 * ATTEMPTS) return { kind: "unavailable", reason: `"${path}" is replaced again and again` };
    await after(RETRY_MS);
  }
}

/** Whether somebody holds the lock at `path`, and who; takes and writes nothing. */
export async function seeLock(path: string, files: Files): Promise<Taken | null> {
  try {
    const info = await orNull(files.lstat(path));
    if (info === null || !info.isFile) return null;
    using file = await files.open(path, { read: true });
    return await file.tryLock(false) ? null : { kind: "held", holder: await readHolder(file) };
  } catch (error) {
    return { kind: "unavailable", reason: messageOf(error) };
  }
}

/** Locks an open file; false if somebody else has the lock, null where the file system has no locks. */
export async function lockOpen(file: OpenFile, exclusive: boolean): Promise<boolean | null> {
  // Older versions of Deno, as 2.6, have none.
  if (!("tryLock" in file)) return null;
  try {
    return await file.tryLock(exclusive);
  } catch (error) {
    if (UNSUPPORTED.includes(codeOf(error) ?? "")) return null;
    throw error;
  }
}

async function tryTake(path: string, holder: Holder, files: Files): Promise<Taken | "again"> {
  const opened = await openLock(path, files);
  if (opened === null) return "again";
  if ("kind" in opened) return opened;
  const { file, isNew } = opened;
  let isKept = false;
  try {
    const isLocked = await lockOpen(file, true);
    if (isLocked === false) return { kind: "held", holder: await readHolder(file) };
    // The holder before removes the file when it ends; the lock of a file without a name keeps nobody out.
    if (!await isStill(path, file, files)) return "again";
    if (!isNew && !await isOurs(file)) return { kind: "unavailable", reason: `"${path}" is another program's file` };
    await file.truncate(0);
    await writeAll(file, new TextEncoder().encode(`${JSON.stringify(holder)}\n`), 0);
    isKept = true;
    const release = async () => {
      using _file = file;
      // Removed before it is unlocked, so that no other one's file is.
      if (await isStill(path, file, files).catch(() => false)) await files.remove(path).catch(() => {});
    };
    if (isLocked) return { kind: "locked", release };
    await release();
    return { kind: "unavailable", reason: "the file system or this version of Deno has no locks" };
  } catch (error) {
    return { kind: "unavailable", reason: messageOf(error) };
  } finally {
    if (!isKept) file.close();
  }
}

/** Opens the file of a lock, and makes it if it is missing; null if it changed meanwhile. Follows no link. */
async function openLock(
  path: string,
  files: Files,
): Promise<{ readonly file: OpenFile; readonly isNew: boolean } | Taken | null> {
  try {
    return { file: await files.open(path, { read: true, write: true, createNew: true, mode: 0o644 }), isNew: true };
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) return { kind: "unavailable", reason: messageOf(error) };
  }
  try {
    const info = await orNull(files.lstat(path));
    if (info === null) return null;
    if (!info.isFile) return { kind: "unavailable", reason: `"${path}" is no file` };
    const file = await files.open(path, { read: true, write: true });
    if (await isStill(path, file, files)) return { file, isNew: false };
    file.close();
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    return { kind: "unavailable", reason: messageOf(error) };
  }
}

/** Whether `path` is the open file itself, and no link to it. */
async function isStill(path: string, file: OpenFile, files: Files): Promise<boolean> {
  const [named, opened] = [await orNull(files.lstat(path)), await file.stat()];
  return named !== null && named.isFile && named.ino === opened.ino && named.dev === opened.dev;
}

async function isOurs(file: OpenFile): Promise<boolean> {
  const bytes = await readAll(file, LONGEST);
  return bytes.length === 0 || parseHolder(new TextDecoder().decode(bytes)) !== null;
}

async function readHolder(file: OpenFile): Promise<string | null> {
  try {
    const holder = parseHolder(new TextDecoder().decode(await readAll(file, LONGEST)));
    return holder === null ? null : holderText(holder);
  } catch {
    // Windows and SMB let nobody read what is locked.
    return null;
  }
}

function parseHolder(text: string): Holder | null {
  try {
    const { pid, host, since } = JSON.parse(text);
    return typeof pid === "number" && typeof host === "string" && typeof since === "string"
      ? { pid, host, since }
      : null;
  } catch {
    return null;
  }
}
