/**
 * Keeps a memory in a file, so that a restart knows it as it was at the cursor: neither less, which would look like a loss,
 * nor more, which would look like a repeat of what was never acknowledged. So changes are logged with their places, and of
 * the log a start takes what is not after the cursor (load.ts). The log may be ahead of the cursor, as it is written first.
 *
 * When the log has grown, a new file is begun: the entries as they stand, a few thousand at a time, and meanwhile the log
 * as well. It takes the place of the old one when the cursor has passed where its base was complete.
 *
 * @module
 */
import { type Files, messageOf, type OpenFile, temporaryOf } from "../cursor/files.ts";
import { encodeBlock, SEQ_WORDS } from "./journal_format.ts";
import type { KeyTable } from "./key_table.ts";

/** Takes changes of entries, in their order. */
export interface EntryLog {
  /** What follows is of the message `seq` of `host`. */
  reach(host: string, seq: number): void;
  /** The entry at `at` of `words` is so from that message on. */
  add(words: Uint32Array, at: number): void;
}

/** A place in a relay's stream. */
export interface StreamPlace {
  readonly host: string;
  readonly seq: number;
}

/** What a journal is made from. */
export interface JournalOptions {
  readonly path: string;
  /** The first line of the file. */
  readonly head: Uint8Array;
  readonly table: KeyTable;
  readonly files: Files;
  /** The file cannot be written; a new one is begun a minute later. */
  readonly onFailure: (reason: string) => void;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
}

/** An open file, the place at which it continues, and what it covers. */
export interface JournalFile {
  readonly file: OpenFile;
  size: number;
}

/** A file that is begun. */
interface NextFile extends JournalFile {
  readonly path: string;
  /** Where the base was complete; null: it is not yet. */
  whole: StreamPlace | null;
}

const CHUNK_SLOTS = 4096;
/** A log that is shorter is not worth a new file. */
const LEAST_LOG_BYTES = 1_048_576;
const AGAIN_MS = 60_000;
const FIRST_WORDS = 4096;

/** Writes one memory. */
export class Journal implements EntryLog, AsyncDisposable {
  readonly #options: JournalOptions;
  #words = new Uint32Array(FIRST_WORDS);
  #count = 0;
  /** Blocks that wait to be written. */
  #sealed: Uint8Array[] = [];
  /** What the log covers that is not sealed: of this relay what is after `from`, up to `reached`. Null: nothing yet. */
  #host: string | null;
  #from: number;
  #reached: number;
  #current: JournalFile | null;
  #next: NextFile | null = null;
  /** Everything that is written, one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #logBytes = 0;
  #notBeforeMs = 0;
  #cursor: StreamPlace | null = null;
  /** The base of the file that is begun. */
  #base: Promise<void> = Promise.resolve();

  /** What is logged follows on the place `at`, and on the file `current`, which has everything up to there. */
  constructor(options: JournalOptions, at: StreamPlace | null, current: JournalFile | null) {
    this.#options = options;
    this.#host = at?.host ?? null;
    this.#from = this.#reached = at?.seq ?? 0;
    this.#current = current;
  }

  /** A relay that counts anew, or another one, begins another block. */
  reach(host: string, seq: number): void {
    if (host !== this.#host || seq < this.#reached) {
      this.#seal();
      this.#host = host;
      this.#from = seq - 1;
    }
    this.#reached = seq;
  }

  add(words: Uint32Array, at: number): void {
    const { entryWords } = this.#options.table;
    if (this.#count + SEQ_WORDS + entryWords > this.#words.length) this.#grow();
    const to = this.#words;
    let place = this.#count;
    to[place++] = Math.floor(this.#reached / 2 ** 32);
    to[place++] = this.#reached >>> 0;
    for (let i = 0; i < entryWords; i++) to[place++] = words[at + i] ?? 0;
    this.#count = place;
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }

  #seal(): void {
    const [host, from, reached] = [this.#host, this.#from, this.#reached];
    if (host === null || (this.#count === 0 && reached === from)) return;
    const isKept = this.#current !== null || this.#next !== null;
    const words = this.#words.subarray(0, this.#count);
    if (isKept) this.#sealed.push(encodeBlock({ kind: "log", host, from, reached, words }));
    this.#count = 0;
    this.#from = reached;
  }

  /** Writes what was logged. Call it before the cursor is saved as `cursor`; what cannot be written is no failure. */
  flush({ host, seq }: StreamPlace): Promise<void> {
    // Messages of accounts that are left out are not logged, and may be the last ones.
    if (this.#host === null || (host === this.#host && seq > this.#reached)) this.reach(host, seq);
    this.#seal();
    return this.#then(() => this.#append());
  }

  /** The cursor was saved. Begins a new file if it is time, or puts it in its place. */
  saved(cursor: StreamPlace): void {
    this.#cursor = cursor;
    const next = this.#next;
    if (next === null) {
      if (this.#options.now() < this.#notBeforeMs) return;
      const { size, entryWords } = this.#options.table;
      if (this.#current !== null && this.#logBytes < Math.max(LEAST_LOG_BYTES, size * entryWords * 8)) return;
      void this.#then(() => this.#begin());
      return;
    }
    if (this.#isPassed(next)) void this.#then(() => this.#replace(next));
  }

  /** Begins a file where the cursor stands, and puts it in its place. */
  async renew(cursor: StreamPlace): Promise<void> {
    this.#cursor = cursor;
    await this.#then(() => this.#begin());
    await this.#finish();
  }

  /** Completes a file that is begun, and puts it in its place if the cursor has passed it. */
  async #finish(): Promise<void> {
    await this.#writing;
    await this.#base;
    await this.#writing;
    const next = this.#next;
    if (next !== null && this.#isPassed(next)) await this.#then(() => this.#replace(next));
  }

  /** Whether the cursor is where the new file is complete, or behind. */
  #isPassed({ whole }: NextFile): boolean {
    const cursor = this.#cursor;
    return whole !== null && cursor !== null && whole.host === cursor.host && whole.seq <= cursor.seq;
  }

  /** All that waits is written; a new file that the cursor has not passed goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finish();
    await this.#drop();
    this.#current?.file.close();
    this.#current = null;
  }

  /** Does it after all that is written before. */
  #then(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work).catch((error: unknown) => this.#failed(error));
    return this.#writing;
  }

  async #failed(error: unknown): Promise<void> {
    this.#notBeforeMs = this.#options.now() + AGAIN_MS;
    this.#current?.file.close();
    this.#current = null;
    await this.#drop();
    this.#options.onFailure(messageOf(error));
  }

  async #drop(): Promise<void> {
    const next = this.#next;
    this.#next = null;
    if (next === null) return;
    next.file.close();
    await this.#options.files.remove(next.path).catch(() => {});
  }

  async #append(): Promise<void> {
    // Taken here, as what was sealed first must be written first.
    for (const block of this.#sealed.splice(0)) {
      this.#logBytes += block.length;
      for (const each of [this.#current, this.#next]) if (each !== null) await append(each, block);
    }
  }

  async #begin(): Promise<void> {
    const { path, head, files } = this.#options;
    const temporary = temporaryOf(path);
    const file = await files.open(temporary, { write: true, createNew: true, mode: 0o600 });
    const next: NextFile = { file, path: temporary, size: 0, whole: null };
    this.#next = next;
    this.#logBytes = 0;
    await append(next, head);
    this.#base = this.#writeBase(next);
  }

  /** Chunk by chunk, each after what has been logged meanwhile. */
  async #writeBase(next: NextFile): Promise<void> {
    const { table } = this.#options;
    const origin = table.oldest;
    const chunk = new Uint32Array(CHUNK_SLOTS * table.entryWords);
    for (let from = 0; from < table.capacity; from += CHUNK_SLOTS) {
      await this.#then(async () => {
        const count = table.copy(origin, from, CHUNK_SLOTS, chunk);
        if (count === 0 || this.#next !== next) return;
        const words = chunk.subarray(0, count * table.entryWords);
        await append(next, encodeBlock({ kind: "base", host: "", from: 0, reached: 0, words }));
      });
    }
    await this.#then(async () => {
      const host = this.#host;
      if (this.#next !== next || host === null) return;
      const seq = this.#reached;
      // The log up to here is written first, as the base may hold what it says.
      this.#seal();
      await this.#append();
      await append(next, encodeBlock({ kind: "whole", host, from: seq, reached: seq, words: new Uint32Array() }));
      next.whole = { host, seq };
    });
  }

  async #replace(next: NextFile): Promise<void> {
    if (this.#next !== next) return;
    const { path, files } = this.#options;
    // Windows renames onto no file that is open.
    this.#current?.file.close();
    this.#current = null;
    await files.rename(next.path, path);
    this.#current = next;
    this.#next = null;
  }
}

async function append(to: JournalFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await to.file.write(bytes.subarray(written));
  to.size += bytes.length;
}
