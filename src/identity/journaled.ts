/**
 * The file of what is known of accounts: what a restart begins with. It is of no place in a stream; changes are logged in
 * their order, numbered from one start to the next by the clock.
 *
 * @module
 */
import { type Files, readAll } from "../cursor/files.ts";
import type { Holder } from "../cursor/lock.ts";
import type { Journal } from "../memory/journal.ts";
import type { KeyTable } from "../memory/key_table.ts";
import { type MemoryFile, openMemory } from "../memory/open.ts";
import { IdentityCache, restoreIdentity } from "./cache.ts";

/** What a file of identities is opened with. */
export interface IdentityFile {
  readonly path: string;
  readonly holder: Holder;
  readonly files: Files;
  /** It cannot be written. */
  readonly onFailure: MemoryFile["onFailure"];
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** A cache that is kept. */
export interface KeptIdentities extends AsyncDisposable {
  readonly cache: IdentityCache;
  /** Why nothing was restored, where there was a file. */
  readonly useless: string | null;
  /** Writes what has changed. */
  save(): Promise<void>;
}

const WHAT = "identities";
/** The first line of a file begins so. */
const BEGINNING = `{"memory":"${WHAT}"`;

/** Opens it, with what it has; what is wrong with it is no failure. */
export async function openIdentityFile(options: IdentityFile, table: KeyTable): Promise<KeptIdentities> {
  const { path, holder, files, onFailure, now, nowMs } = options;
  if (await isForeign(path, files)) {
    onFailure(`"${path}" is another program's file`);
    return memoryAlone(table);
  }
  let count = nowMs();
  const at = { host: WHAT, seq: count };
  const file = { path, what: WHAT, owner: WHAT, at, isPlaced: false, holder, files, onFailure, now };
  const opened = await openMemory(file, table, restoreIdentity);
  const { journal, useless } = opened;
  const log = journal && {
    add(words: Uint32Array, place: number) {
      journal.reach(WHAT, ++count);
      journal.add(words, place);
    },
  };
  let saving: Promise<void> | null = null;
  return {
    cache: new IdentityCache(table, log),
    useless,
    save() {
      saving ??= write(journal, { host: WHAT, seq: count }).finally(() => saving = null);
      return saving;
    },
    async [Symbol.asyncDispose]() {
      await saving;
      await write(journal, { host: WHAT, seq: count });
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** What is not kept. */
function memoryAlone(table: KeyTable): KeptIdentities {
  return {
    cache: new IdentityCache(table, null),
    useless: null,
    save: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Whether there is a file that is none of ours: it would be replaced. */
async function isForeign(path: string, files: Files): Promise<boolean> {
  try {
    using file = await files.open(path, { read: true });
    const head = new TextDecoder().decode(await readAll(file, BEGINNING.length));
    return head !== "" && head !== BEGINNING;
  } catch {
    // What cannot be opened is for whoever opens it next to say.
    return false;
  }
}

async function write(journal: Journal | null, place: { readonly host: string; readonly seq: number }): Promise<void> {
  if (journal === null) return;
  await journal.flush(place);
  journal.saved(place);
}
