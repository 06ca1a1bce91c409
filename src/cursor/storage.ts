/**
 * A text that outlives crashes, in one file that one process at a time writes. It knows nothing of what the text means.
 *
 * Where the folder allows it the file is replaced as a whole: written beside it under a name that nobody can foresee,
 * synced, renamed, and the folder synced, so that a crash at any point leaves the old text or the new one. Where a rename
 * cannot work and writing can (a file that is mounted by itself, a file of another user in a sticky folder, a folder
 * that cannot be written), it is written in place, in two halves (slots.ts).
 *
 * @module
 */
import { dirname } from "node:path";
import {
  codeOf,
  FILES,
  type Files,
  messageOf,
  type OpenFile,
  readAll,
  removeLeftovers,
  temporaryOf,
  writeAll,
} from "./files.ts";
import { type Holder, holderText, lockOpen, takeLock } from "./lock.ts";
import { type Look, lookAt, type Note, seeWriter, UNNAMED } from "./look.ts";
import { nextWrite, readStored, type Stored } from "./slots.ts";
import { isForeignLink, resolveTarget, type Target } from "./target.ts";

/** Somebody else uses the storage. */
export class InUseError extends Error {
  override readonly name = "InUseError";
}

/** How the text is written: found out by {@linkcode TextStorage.open}. */
type Way =
  | { readonly kind: "replace" }
  | { readonly kind: "in-place"; readonly file: OpenFile; readonly isLinked: boolean; stored: Stored };

/** A file that is longer is none of ours. */
const LONGEST_BYTES = 16_777_216;
const NEW_MODE = 0o644;
/** The answers to a rename after which writing in place is tried. */
const NO_RENAME = ["EBUSY", "EPERM", "EACCES", "EROFS", "EXDEV", "ENAMETOOLONG"];
/** What file systems answer that cannot sync a folder, and folders that may be written and not read. */
const NO_FOLDER_SYNC = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EBADF", "EISDIR", "EACCES", "EPERM"];
const UNREADABLE = ["EACCES", "EPERM"];

/** A text in the file that `path` leads to. */
export class TextStorage implements AsyncDisposable {
  readonly #path: string;
  readonly #files: Files;
  #way: Way = { kind: "replace" };
  #release: () => Promise<void> = () => Promise.resolve();
  #by = "";

  constructor(path: string, files: Files = FILES) {
    this.#path = path;
    this.#files = files;
  }

  /** The text, or null where there is no file. Throws what hinders it, also where something other than a file is. */
  async read(): Promise<string | null> {
    const bytes = await this.#readBytes(await resolveTarget(this.#path, this.#files));
    return bytes === null ? null : new TextDecoder().decode(readStored(bytes).text);
  }

  /** Replaces the text; when this resolves the new one outlives a crash of the machine, before that one of both does. */
  async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    if (this.#way.kind === "replace") await this.#replace(await resolveTarget(this.#path, this.#files), bytes);
    else await this.#writeInPlace(this.#way, bytes);
  }

  /**
   * Takes the storage for this process and proves that it can be written, by all that {@linkcode TextStorage.write}
   * does: what is there is written again. Where nothing is, the same is done under temporary names, as whatever stood
   * at the name after a crash would be taken for a text. Makes the folder, and removes what crashes left.
   *
   * @throws {InUseError} if another process has it, and names that
   * @throws {Error} what hinders it
   */
  async open(holder: Holder): Promise<readonly Note[]> {
    this.#by = holderText(holder);
    await this.#files.ensureDir(dirname((await resolveTarget(this.#path, this.#files)).path));
    const target = await resolveTarget(this.#path, this.#files);
    const notes: Note[] = [];
    const taken = await takeLock(`${target.path}.lock`, holder, this.#files);
    if (taken.kind === "held") throw new InUseError(inUse(taken.holder));
    if (taken.kind === "locked") this.#release = taken.release;
    try {
      await this.#refuseForeignLinks(target);
      await removeLeftovers(target.path, this.#files);
      // A producer that writes the file in place may see it in another folder, with another lock.
      const writer = await seeWriter(target, this.#files);
      if (writer !== null) throw new InUseError(inUse(writer.by));
      notes.push(...await this.#findWay(target));
    } catch (error) {
      await this.close();
      throw error;
    }
    if (taken.kind === "unavailable" && this.#way.kind === "replace") {
      notes.push({
        level: "warn",
        text: `it cannot be locked (${taken.reason}): make sure that no second producer uses it`,
      });
    }
    return notes;
  }

  /** What can be known without writing, making or changing anything. */
  async look(): Promise<Look> {
    return await lookAt(this.#path, this.#files);
  }

  /** Gives the storage back; what was written stays. */
  async close(): Promise<void> {
    if (this.#way.kind === "in-place") this.#way.file.close();
    this.#way = { kind: "replace" };
    const release = this.#release;
    this.#release = () => Promise.resolve();
    await release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #readBytes({ path, info }: Target): Promise<Uint8Array | null> {
    if (info === null) return null;
    using file = await this.#files.open(path, { read: true });
    const { size } = await file.stat();
    if (size > LONGEST_BYTES) throw new RangeError(`it has ${size} bytes, expected at most ${LONGEST_BYTES}`);
    return await readAll(file, size);
  }

  /** Proves one way to write, of which the first is to replace. */
  async #findWay(target: Target): Promise<readonly Note[]> {
    try {
      const isSynced = await this.#proveReplace(target);
      return isSynced ? [] : [{
        level: "warn",
        text: `the folder "${target.folder}" cannot be synced: a power cut may undo the last save`,
      }];
    } catch (error) {
      if (!NO_RENAME.includes(codeOf(error) ?? "") || target.info === null) throw error;
      try {
        await this.#proveInPlace(target.path);
      } catch (cause) {
        if (cause instanceof InUseError) throw cause;
        const both = `it can neither be replaced (${messageOf(error)}) nor be written in place (${messageOf(cause)})`;
        throw new Error(both, { cause });
      }
      const text = `it cannot be replaced (${messageOf(error)}): it is written in place, in two checksummed halves`;
      return [{ level: "info", text }];
    }
  }

  /** Whether the folder could be synced. */
  async #proveReplace(target: Target): Promise<boolean> {
    let bytes: Uint8Array | null = null;
    try {
      bytes = await this.#readBytes(target);
    } catch (error) {
      // What cannot be read cannot be written again, though it may be replaced.
      if (!UNREADABLE.includes(codeOf(error) ?? "")) throw error;
    }
    if (bytes !== null) {
      const { counter, text } = readStored(bytes);
      // What is damaged stays as it is, for whoever looks at it.
      return await this.#replace(target, counter === 0 ? bytes : text);
    }
    const stand = temporaryOf(target.path);
    const isSynced = await this.#replace({ ...target, path: stand }, new TextEncoder().encode("a probe\n"));
    await this.#files.remove(stand);
    return isSynced;
  }

  async #proveInPlace(path: string): Promise<void> {
    const file = await this.#files.open(path, { read: true, write: true });
    try {
      const { size, nlink } = await file.stat();
      const isLocked = await lockOpen(file, true);
      const stored = readStored(await readAll(file, size));
      if (isLocked === false) throw new InUseError(inUse(stored.by || null));
      const way = { kind: "in-place", file, isLinked: nlink !== 0, stored } as const;
      await this.#writeInPlace(way, stored.text);
      this.#way = way;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Whether the folder could be synced. */
  async #replace({ path, info }: Target, bytes: Uint8Array): Promise<boolean> {
    const temporary = temporaryOf(path);
    const mode = (info?.mode ?? NEW_MODE) & 0o777;
    // Windows renames no file that is open.
    const file = await this.#files.open(temporary, { write: true, createNew: true, mode });
    try {
      try {
        await writeAll(file, bytes, 0);
        await file.syncData();
      } finally {
        file.close();
      }
      await this.#files.rename(temporary, path);
    } catch (error) {
      await this.#files.remove(temporary).catch(() => {});
      throw error;
    }
    return await this.#syncFolder(dirname(path));
  }

  async #writeInPlace(way: Extract<Way, { kind: "in-place" }>, text: Uint8Array): Promise<void> {
    const { nlink } = await way.file.stat();
    if (way.isLinked && nlink === 0) {
      throw new Error("it was removed or replaced from outside; a new start opens the new one");
    }
    const { at, bytes, stored } = nextWrite(way.stored, text, this.#by);
    await writeAll(way.file, bytes, at);
    await way.file.syncData();
    way.stored = stored;
  }

  /** Without it a power cut may undo the rename. Windows cannot sync a folder and need not. */
  async #syncFolder(path: string): Promise<boolean> {
    if (Deno.build.os === "windows") return true;
    try {
      using folder = await this.#files.open(path, { read: true });
      await folder.sync();
      return true;
    } catch (error) {
      if (!NO_FOLDER_SYNC.includes(codeOf(error) ?? "")) throw error;
      return false;
    }
  }

  /** A link that another user made in a folder like /tmp would have any file of this user replaced. */
  async #refuseForeignLinks({ links }: Target): Promise<void> {
    for (const link of links) {
      const mine = temporaryOf(link);
      // The program may not ask who runs it; a file that it makes says so.
      const file = await this.#files.open(mine, { write: true, createNew: true, mode: NEW_MODE }).catch(() => null);
      if (file === null) continue;
      const { uid } = await file.stat();
      file.close();
      await this.#files.remove(mine);
      if (await isForeignLink(link, uid, this.#files)) {
        throw new Error(`"${link}" is a symbolic link that another user made in a folder that everybody may write to`);
      }
    }
  }
}

function inUse(holder: string | null): string {
  return `it is in use by ${holder ?? UNNAMED}`;
}
