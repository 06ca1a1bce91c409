/**
 * Files whose operations are recorded, and fail as a test wants.
 *
 * @module
 */
import { basename } from "node:path";
import { FILES, type Files, type OpenFile } from "../../src/cursor/files.ts";

/** What is done with files, or an open one. */
export type Operation =
  | "open"
  | "create"
  | "write"
  | "syncData"
  | "sync"
  | "lock"
  | "rename"
  | "remove"
  | "ensureDir"
  | "list";

/** The error of an operating system with this code. */
function errorOf(code: string, operation: string, path: string): Error {
  const kinds: Readonly<Record<string, new (message: string) => Error>> = {
    EPERM: Deno.errors.PermissionDenied,
    EACCES: Deno.errors.PermissionDenied,
    EBUSY: Deno.errors.Busy,
  };
  return Object.assign(new (kinds[code] ?? Error)(`${code}: ${operation} ${path}`), { code });
}

/** The files of this machine, but for the operations for which `fails` gives a code as `EBUSY`. */
export class FakeFiles {
  /** What was done, as `rename NAME`; the random part of a name is left out. */
  readonly done: string[] = [];
  readonly files: Files;
  readonly #fails: (operation: Operation, path: string) => string | null;

  constructor(fails: (operation: Operation, path: string) => string | null = () => null) {
    this.#fails = fails;
    this.files = {
      ...FILES,
      open: async (path, options) => {
        this.#note(options.createNew ? "create" : "open", path);
        return this.#opened(await FILES.open(path, options), path);
      },
      rename: (from, to) => this.#noted("rename", to, () => FILES.rename(from, to)),
      remove: (path) => this.#noted("remove", path, () => FILES.remove(path)),
      ensureDir: (path) => this.#noted("ensureDir", path, () => FILES.ensureDir(path)),
      readDir: (path) => {
        this.#note("list", path);
        return FILES.readDir(path);
      },
    };
  }

  /** Forgets what was done. */
  forget(): void {
    this.done.length = 0;
  }

  #note(operation: Operation, path: string): void {
    const code = this.#fails(operation, path);
    if (code !== null) throw errorOf(code, operation, path);
    this.done.push(`${operation} ${basename(path).replace(/[0-9a-f]{32}/, "*")}`);
  }

  async #noted<T>(operation: Operation, path: string, act: () => Promise<T>): Promise<T> {
    this.#note(operation, path);
    return await act();
  }

  #opened(file: OpenFile, path: string): OpenFile {
    return {
      read: (bytes) => file.read(bytes),
      seek: (offset, whence) => file.seek(offset, whence),
      truncate: (length) => file.truncate(length),
      stat: () => file.stat(),
      close: () => file.close(),
      [Symbol.dispose]: () => file.close(),
      write: (bytes) => this.#noted("write", path, () => file.write(bytes)),
      syncData: () => this.#noted("syncData", path, () => file.syncData()),
      sync: () => this.#noted("sync", path, () => file.sync()),
      tryLock: (exclusive) => this.#noted("lock", path, () => file.tryLock(exclusive)),
    };
  }
}
