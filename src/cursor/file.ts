/**
 * The cursor as JSON in a file; how that is read and written so that it outlives crashes is in storage.ts.
 *
 * @module
 */
import { type Cursor, CursorError, type CursorErrorCode, type CursorStore, type Place } from "./cursor.ts";
import { cursorFields, MOST_RECENT, readCursor, readPlace } from "./json.ts";
import { codeOf, FILES, type Files, messageOf } from "./files.ts";
import type { Holder } from "./lock.ts";
import type { Look, Note } from "./look.ts";
import { InUseError, TextStorage } from "./storage.ts";

/** What a cursor file says. */
export interface CursorFileContent {
  readonly cursor: Cursor;
  /** The places reached on other hosts, by host. */
  readonly others: ReadonlyMap<string, Place>;
}

/** So many other hosts are remembered, the last ones. */
const MOST_OTHERS = 16;

/** A cursor in the file `path`. Only one that is `open` may save. */
export class CursorFile implements CursorStore, AsyncDisposable {
  readonly #path: string;
  readonly #storage: TextStorage;
  #others = new Map<string, Place>();
  #last: Cursor | null = null;

  constructor(path: string, files: Files = FILES) {
    this.#path = path;
    this.#storage = new TextStorage(path, files);
  }

  /**
   * Locks the file for this process, and proves that it can be saved by saving what is there. Gives what an operator
   * should know.
   *
   * @throws {CursorError} if another process has it, or it cannot be saved
   */
  async open(holder: Holder): Promise<readonly Note[]> {
    try {
      const notes = await this.#storage.open(holder);
      return notes.map(({ level, text }) => ({ level, text: `The cursor file "${this.#path}": ${text}` }));
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  /** What can be known of the file without writing. */
  look(): Promise<Look> {
    return this.#storage.look();
  }

  /** Gives the file back, for another process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storage.close();
  }

  async load(): Promise<Cursor | null> {
    const text = await this.#read();
    if (text === null) return null;
    const content = parseCursor(text);
    if (content === null) {
      throw new CursorError(
        "CURSOR_INVALID",
        `Cannot parse the cursor file "${this.#path}": it is ${excerpt(text)}; expected {"cursor": NUMBER}`,
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

  async #read(): Promise<string | null> {
    try {
      return await this.#storage.read();
    } catch (error) {
      const message = `Cannot read the cursor file "${this.#path}": ${messageOf(error)}`;
      throw new CursorError("CURSOR_UNREADABLE", message, { cause: error });
    }
  }

  async save(cursor: Cursor): Promise<void> {
    const { host } = cursor;
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
    try {
      await this.#storage.write(JSON.stringify({ ...cursorFields(cursor, MOST_RECENT), ...rest }) + "\n");
    } catch (error) {
      throw this.#unwritable(error);
    }
    this.#others = others;
    this.#last = cursor;
  }

  #unwritable(error: unknown): CursorError {
    const verb = error instanceof InUseError ? "use" : "write";
    const message = `Cannot ${verb} the cursor file "${this.#path}": ${messageOf(error)}`;
    return new CursorError(writeCode(error), message, { cause: error });
  }
}

function writeCode(error: unknown): CursorErrorCode {
  if (error instanceof InUseError) return "CURSOR_IN_USE";
  const code = codeOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
  if (code === "ENOSPC" || code === "EDQUOT") return "CURSOR_DISK_FULL";
  return code === "EPERM" || code === "EACCES" ? "CURSOR_NOT_PERMITTED" : "CURSOR_UNWRITABLE";
}

/** Reads the fields of a cursor, and `"hosts": {HOST: {"cursor": N, "time": ...}}`, which may be missing. */
export function parseCursor(text: string): CursorFileContent | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const cursor = readCursor(value);
  if (cursor === null || typeof value !== "object" || value === null) return null;
  const hosts = "hosts" in value && typeof value.hosts === "object" && value.hosts !== null ? value.hosts : {};
  const others = new Map<string, Place>();
  for (const [name, each] of Object.entries(hosts)) {
    const other = readPlace(each);
    if (other !== null && name !== cursor.host) others.set(name, other);
  }
  return { cursor, others };
}

function excerpt(text: string): string {
  return text.trim() === "" ? "empty" : JSON.stringify(text.slice(0, 60));
}
