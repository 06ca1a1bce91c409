/**
 * The cursor as a JSON file, replaced as a whole: written beside it, synced, renamed, and the folder synced, so that a
 * crash at any point leaves the old one or the new one.
 *
 * @module
 */
import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { type Cursor, CursorError, type CursorStore, readEvidence } from "./cursor.ts";

/** A place that was reached on a host. */
export interface Place {
  readonly seq: number;
  readonly time: string | null;
}

/** What a cursor file says. */
export interface CursorFileContent {
  readonly cursor: Cursor;
  /** The places reached on other hosts, by host. */
  readonly others: ReadonlyMap<string, Place>;
}

/** So many other hosts are remembered, the last ones. */
const MOST_OTHERS = 16;

/** A cursor in the file `path`, kept for `job`, if that has a name; `check` proves that the folder can be written. */
export class CursorFile implements CursorStore {
  readonly #path: string;
  readonly #job: string | null;
  #others = new Map<string, Place>();
  #last: Cursor | null = null;

  constructor(path: string, job: string | null = null) {
    this.#path = path;
    this.#job = job;
  }

  async load(): Promise<Cursor | null> {
    const text = await this.#read();
    if (text === null) return null;
    const content = parseCursor(text);
    if (content === null) {
      throw new CursorError(
        `Cannot parse the cursor file "${this.#path}": it is ${excerpt(text)}, wanted is {"cursor": NUMBER}; ` +
          "remove the file to start live, or give --cursor",
      );
    }
    this.#others = new Map(content.others);
    this.#last = content.cursor;
    return content.cursor;
  }

  /** The places reached on other hosts than that of the cursor, as loaded and saved. */
  get others(): ReadonlyMap<string, Place> {
    return this.#others;
  }

  /** The job for which the file was kept; null where it names none, or there is none. */
  async keptFor(): Promise<string | null> {
    return jobOf(await this.#read() ?? "");
  }

  async #read(): Promise<string | null> {
    try {
      return await Deno.readTextFile(this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw new CursorError(
        `Cannot read the cursor file "${this.#path}": ${messageOf(error)}; give --cursor to start without it, ` +
          "or another path by --cursor-file",
        { cause: error },
      );
    }
  }

  async save(cursor: Cursor): Promise<void> {
    const { host, seq, time, savedAt, recent, usualStep } = cursor;
    const job = this.#job ?? undefined;
    const others = new Map(this.#others);
    const last = this.#last;
    if (last !== null && last.host !== null && last.host !== host) {
      others.delete(last.host);
      others.set(last.host, { seq: last.seq, time: last.time });
    }
    others.delete(host ?? "");
    for (const name of others.keys()) if (others.size > MOST_OTHERS) others.delete(name);
    const hosts = Object.fromEntries(
      [...others].map(([name, place]) => [name, { cursor: place.seq, time: place.time }]),
    );
    const rest = others.size === 0 ? {} : { hosts };
    await this.#replace(JSON.stringify({ cursor: seq, host, time, savedAt, job, usualStep, ...rest, recent }) + "\n");
    this.#others = others;
    this.#last = cursor;
  }

  /** Fails unless the file could be written; leaves it as it is. */
  async check(): Promise<void> {
    const probe = this.#temporary();
    try {
      await ensureDir(dirname(this.#path));
      await Deno.writeTextFile(probe, "");
      await Deno.remove(probe);
      if (await isFolder(this.#path)) throw new Deno.errors.IsADirectory("it is a folder");
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  /** Whether the file is on a container's own file system, which a restart does not outlive. */
  async isEphemeral(): Promise<boolean> {
    if (!(await isContainer())) return false;
    try {
      return (await Deno.stat(dirname(this.#path))).dev === (await Deno.stat("/")).dev;
    } catch (error) {
      // A folder that is yet to be made is told of when the file is checked.
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  async #replace(text: string): Promise<void> {
    const temporary = this.#temporary();
    try {
      await writeSynced(temporary, text);
      await Deno.rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #temporary(): string {
    return `${this.#path}.${Deno.pid}.tmp`;
  }

  #unwritable(error: unknown): CursorError {
    return new CursorError(
      `Cannot write the cursor file "${this.#path}": ${
        messageOf(error)
      }; give a path in a writable folder by --cursor-file`,
      { cause: error },
    );
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o644 });
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.syncData();
}

/** Without it the rename itself may be lost with the power. Windows has no such thing, and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path, { read: true });
  await folder.sync();
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Reads `{"cursor": N, "host": ..., "time": ..., "savedAt": ..., "hosts": {HOST: {"cursor": N, "time": ...}}}`, of which
 * all but the first may be missing, as in files of the Python bridge.
 */
export function parseCursor(text: string): CursorFileContent | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const place = readPlace(value);
  if (place === null || typeof value !== "object" || value === null) return null;
  const host = "host" in value && typeof value.host === "string" ? value.host : null;
  const hosts = "hosts" in value && typeof value.hosts === "object" && value.hosts !== null ? value.hosts : {};
  const others = new Map<string, Place>();
  for (const [name, each] of Object.entries(hosts)) {
    const other = readPlace(each);
    if (other !== null && name !== host) others.set(name, other);
  }
  const savedAt = "savedAt" in value && typeof value.savedAt === "string" ? { savedAt: value.savedAt } : {};
  return { cursor: { host, ...place, ...savedAt, ...readEvidence(value) }, others };
}

function readPlace(value: unknown): Place | null {
  if (typeof value !== "object" || value === null || !("cursor" in value)) return null;
  const seq = value.cursor;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 0) return null;
  return { seq, time: "time" in value && typeof value.time === "string" ? value.time : null };
}

function jobOf(text: string): string | null {
  try {
    const { job } = JSON.parse(text);
    return typeof job === "string" ? job : null;
  } catch {
    return null;
  }
}

/** The marks that Docker and Podman leave; others, as Kubernetes on containerd, leave none that is a file. */
async function isContainer(): Promise<boolean> {
  for (const mark of ["/.dockerenv", "/run/.containerenv"]) {
    try {
      await Deno.stat(mark);
      return true;
    } catch {
      // Not there, or not to be seen: no mark.
    }
  }
  return false;
}

function excerpt(text: string): string {
  return text.trim() === "" ? "empty" : JSON.stringify(text.slice(0, 60));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
