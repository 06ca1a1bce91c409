/**
 * What a run remembers from one message to a later one: opened, and saved with the cursor.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { Cursor, CursorStore } from "../cursor/cursor.ts";
import { FILES } from "../cursor/files.ts";
import type { Start } from "../cursor/resume.ts";
import type { Journal, StreamPlace } from "../memory/journal.ts";
import type { KeyTable } from "../memory/key_table.ts";
import type { MemoryName } from "../memory/names.ts";
import { type MemoryFile, openMemory } from "../memory/open.ts";
import { RepoMemory, repoTable, restoreRepo } from "../memory/repo_memory.ts";
import { restoreSubject, SubjectMemory, subjectTable } from "../memory/subject_memory.ts";
import type { RunObserver } from "../pipeline/observer.ts";
import type { Log } from "../telemetry/log.ts";
import { optionsOf } from "./evidence.ts";
import { isExactlyOnce, jobOf } from "./exactly_once.ts";

/** What a run remembers; what is null is not wanted. */
export interface Memories extends AsyncDisposable {
  readonly repos: RepoMemory | null;
  readonly subjects: SubjectMemory | null;
  /** The store of cursors, which writes what is remembered before each cursor. */
  keptWith(cursors: CursorStore | null): CursorStore | null;
}

/** What memories need to know of the run. */
export interface MemoryRun {
  readonly config: Config;
  readonly start: Pick<Start, "at" | "host">;
  /** Whether a cursor is kept: without one there is nothing to be in step with, and files are neither read nor written. */
  readonly isKept: boolean;
  readonly observer: Pick<RunObserver, "futureRev" | "memoryFailed" | "subjectRecalled">;
  readonly log: Log;
}

/** Opens what is remembered, as it was where the run starts. */
export async function openMemories(run: MemoryRun): Promise<Memories> {
  const { config, observer } = run;
  await using opened = new AsyncDisposableStack();
  const journals: Journal[] = [];
  const keep = async (what: MemoryName, table: KeyTable, restore: typeof restoreRepo) => {
    if (!run.isKept) return null;
    const memory = opened.use(await openMemory(fileOf(run, what), table, restore));
    if (memory.journal !== null) journals.push(memory.journal);
    report(run, what, table, memory.useless);
    return memory.journal;
  };
  let repos: RepoMemory | null = null;
  if (config.trackRepos > 0) {
    const table = repoTable(config.trackRepos, seed());
    repos = new RepoMemory(table, await keep("repos", table, restoreRepo), observer.futureRev);
  }
  let subjects: SubjectMemory | null = null;
  if (config.rememberSubjects > 0) {
    const table = subjectTable(config.rememberSubjects, seed());
    subjects = new SubjectMemory(table, await keep("subjects", table, restoreSubject), observer.subjectRecalled);
  }
  const kept = opened.move();
  return {
    repos,
    subjects,
    keptWith: (cursors) =>
      cursors === null || journals.length === 0 ? cursors : savedWith(cursors, journals, isExactlyOnce(config)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function seed(): number {
  return crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
}

function fileOf({ config, start, observer }: MemoryRun, what: MemoryName): MemoryFile {
  return {
    path: `${config.cursorFile}.${what}`,
    what,
    owner: `${jobOf(config) ?? "lines"} ${optionsOf(config)}`,
    at: placeOf(start),
    // A subject stays what it is, wherever the run begins.
    isPlaced: what !== "subjects",
    holder: { pid: Deno.pid, host: Deno.hostname(), since: new Date().toISOString() },
    files: FILES,
    onFailure: (reason) => observer.memoryFailed({ what, reason }),
    now: () => performance.now(),
  };
}

/** The place up to which all was acknowledged; null where the start is none that a memory can be in step with. */
function placeOf({ at, host }: MemoryRun["start"]): StreamPlace | null {
  if (at.kind === "after") return { host, seq: at.seq };
  return at.kind === "other-relay" ? { host: at.left.host, seq: at.left.seq } : null;
}

function report({ log }: MemoryRun, what: string, { size, byteLength }: KeyTable, useless: string | null): void {
  if (useless === null) log("info", "Memory opened", { memory: what, entries: size, mostBytes: byteLength });
  else log("warn", "A memory file cannot be used; the memory begins empty", { memory: what, reason: useless });
}

/**
 * A memory is written before the cursor. A transaction commits what was written when its save begins, so there the two are
 * written at once: a memory that a crash left behind the cursor is one that begins empty.
 */
function savedWith(cursors: CursorStore, journals: readonly Journal[], isTransaction: boolean): CursorStore {
  return {
    load: () => cursors.load(),
    save: async (cursor) => {
      const place = placeOfCursor(cursor);
      const flushed = Promise.all(journals.map((journal) => journal.flush(place)));
      if (!isTransaction) await flushed;
      await Promise.all([cursors.save(cursor), flushed]);
      for (const journal of journals) journal.saved(place);
    },
  };
}

function placeOfCursor({ host, seq }: Cursor): StreamPlace {
  return { host: host ?? "", seq };
}
