/**
 * Opens the file of a memory: takes it for this process, and restores what was at the place where the run begins.
 *
 * @module
 */
import { type Files, orNull, removeLeftovers } from "../cursor/files.ts";
import { type Holder, takeLock } from "../cursor/lock.ts";
import { Journal, type JournalFile, type JournalOptions, type StreamPlace } from "./journal.ts";
import { journalHead } from "./journal_format.ts";
import type { KeyTable } from "./key_table.ts";
import { type Loaded, loadJournal } from "./load.ts";

/** What file is opened, for whom. */
export interface MemoryFile {
  readonly path: string;
  /** What is remembered, in one word. */
  readonly what: string;
  /** Whose it is: of another owner's nothing is restored. */
  readonly owner: string;
  /** Where the run begins; null: not at a place that anything is known of. */
  readonly at: StreamPlace | null;
  /** Whether what is remembered must be what was at that place; else all is restored that the file has. */
  readonly isPlaced: boolean;
  readonly holder: Holder;
  readonly files: Files;
  readonly onFailure: JournalOptions["onFailure"];
  readonly now: JournalOptions["now"];
}

/** A memory that is kept, or why it is not. */
export interface OpenedMemory extends AsyncDisposable {
  /** Null where the file cannot be used, and the memory is not kept. */
  readonly journal: Journal | null;
  /** Why nothing was restored, where there was a file; null: something was, or there was none. */
  readonly useless: string | null;
}

/** Opens it; `restore` takes each entry into `table`. What is wrong with the file is no failure. */
export async function openMemory(
  { path, what, owner, at, isPlaced, holder, files, onFailure, now }: MemoryFile,
  table: KeyTable,
  restore: (table: KeyTable, words: Uint32Array, at: number) => void,
): Promise<OpenedMemory> {
  await using opened = new AsyncDisposableStack();
  const taken = await takeLock(`${path}.lock`, holder, files);
  if (taken.kind !== "locked") {
    onFailure(taken.kind === "held" ? `it is in use by ${taken.holder ?? "another process"}` : taken.reason);
    return { journal: null, useless: null, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  opened.defer(taken.release);
  await removeLeftovers(path, files);
  const head = journalHead(what, table.entryWords, owner);
  const found = await openOwn(path, files);
  let [current, useless]: [JournalFile | null, string | null] = [null, null];
  let loaded: Loaded | null = null;
  if (found !== null) {
    const take = (words: Uint32Array, from: number) => restore(table, words, from);
    loaded = isPlaced && at === null
      ? { kind: "useless", reason: "the run does not begin where another ended" }
      : await loadJournal(found.file, head, table.entryWords, isPlaced ? at : null, take);
    if (loaded.kind === "loaded") {
      current = { file: found.file, size: loaded.size };
      await current.file.truncate(current.size);
      await current.file.seek(current.size, Deno.SeekMode.Start);
    } else {
      useless = loaded.reason;
      found.file.close();
    }
  }
  const begin = at && { host: at.host, seq: loaded?.kind === "loaded" ? loaded.from ?? at.seq : at.seq };
  const journal = opened.use(new Journal({ path, head, table, files, onFailure, now }, begin, current));
  if (loaded?.kind === "loaded" && at !== null) {
    for (const { seq, words } of loaded.rest) {
      journal.reach(at.host, seq);
      journal.add(words, 0);
    }
    journal.reach(at.host, at.seq);
    await journal.flush(at);
  }
  if (current === null && at !== null) await journal.renew(at);
  const kept = opened.move();
  return { journal, useless, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Opens the file if it is one of this user, and no link: in a folder like `/tmp` anybody may have put one there. */
async function openOwn(path: string, files: Files): Promise<Pick<JournalFile, "file"> | null> {
  try {
    const [info, lock] = [await orNull(files.lstat(path)), await files.lstat(`${path}.lock`)];
    if (info === null || !info.isFile || info.uid !== lock.uid) return null;
    const file = await files.open(path, { read: true, write: true });
    const { ino, dev } = await file.stat();
    if (ino === info.ino && dev === info.dev) return { file };
    file.close();
    return null;
  } catch {
    // What cannot be opened is replaced, if that can be.
    return null;
  }
}
