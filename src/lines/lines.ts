/**
 * Events as lines of JSON, to standard output or appended to a file.
 *
 * @module
 */
import { writeAll } from "../net/connection.ts";
import { FinalError } from "../record/final_error.ts";
import type { ProducerRecord } from "../record/producer_record.ts";
import type { Producer, Receipt } from "../record/producer.ts";

/** Where lines go. Standard output and an open file both are this. */
export interface LineTarget {
  write(bytes: Uint8Array): Promise<number>;
  /** Makes what was written outlive a crash, where the target can. */
  sync(): Promise<void>;
  close(): void;
}

/** The lines could not be written: the disk is full, or nobody reads the pipe any more. */
export class LineWriteError extends FinalError {
  override readonly name = "LineWriteError";
  /** The reader of a pipe closed it: it has all it wants, as `head` does. */
  readonly readerLeft: boolean;

  constructor(message: string, cause: unknown) {
    super(`${message}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.readerLeft = cause instanceof Deno.errors.BrokenPipe;
  }
}

const NEWLINE = 10;
/** A record without a value, in JSON. */
const NO_VALUE = new TextEncoder().encode("null");

/** The text of a record, with what ends it. */
export type TextOf = (record: ProducerRecord) => string;

/** Opens a producer that writes each record's value and a newline to `target`, or else what `textOf` makes of it. */
export function openLines(target: LineTarget, textOf: TextOf | null = null): Producer {
  return new Lines(target, textOf);
}

/**
 * Opens `path` for appending. A last line that a crash cut short is ended first, so that no two lines run together.
 *
 * @throws {LineWriteError} if the file cannot be opened
 */
export async function appendTo(path: string): Promise<LineTarget & { readonly isTerminal: boolean }> {
  const file = await open(path);
  // Pipes and devices have no end to look at, and refuse to be synced.
  const { isFile, size } = await file.stat();
  if (isFile && size > 0 && !(await endsWithNewline(file))) await file.write(new Uint8Array([NEWLINE]));
  return {
    // A path such as /dev/tty or /dev/stdout may be one.
    isTerminal: file.isTerminal(),
    write: (bytes) => file.write(bytes),
    sync: () => isFile ? file.syncData() : Promise.resolve(),
    close: () => file.close(),
  };
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { create: true, append: true, read: true });
  } catch (cause) {
    throw new LineWriteError(
      `Cannot open the output "${path}"`,
      cause,
    );
  }
}

async function endsWithNewline(file: Deno.FsFile): Promise<boolean> {
  await file.seek(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  await file.read(last);
  return last[0] === NEWLINE;
}

class Lines implements Producer {
  readonly #target: LineTarget;
  readonly #textOf: TextOf | null;
  readonly failed: Promise<never>;
  #fail: (error: Error) => void = () => {};
  #records: ProducerRecord[] = [];
  #receipts: Receipt[] = [];
  #writing: Promise<void> | null = null;
  #broken = false;
  #closed = false;

  constructor(target: LineTarget, textOf: TextOf | null) {
    this.#target = target;
    this.#textOf = textOf;
    this.failed = new Promise((_, reject) => this.#fail = reject);
    this.failed.catch(() => {});
  }

  write(record: ProducerRecord, receipt: Receipt): void {
    this.#records.push(record);
    this.#receipts.push(receipt);
    this.#writing ??= this.#drain();
  }

  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    if (this.#broken) await this.failed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    // Who disposes has flushed, or waits no longer: a pipe that nobody reads would hold this for ever.
    this.#broken = true;
    this.#target.close();
    return Promise.resolve();
  }

  /** Writes what is queued, over and over; records are settled once their bytes are handed over and synced. */
  async #drain(): Promise<void> {
    // Let the records of the current turn gather, so that one write carries them all.
    await Promise.resolve();
    try {
      while (this.#records.length > 0 && !this.#broken) {
        const records = this.#records;
        const receipts = this.#receipts;
        this.#records = [];
        this.#receipts = [];
        const textOf = this.#textOf;
        const bytes = textOf === null ? joinLines(records) : new TextEncoder().encode(records.map(textOf).join(""));
        await writeAll(this.#target, bytes);
        await this.#target.sync();
        records.forEach((record, i) => receipts[i]?.settle(record, "delivered"));
      }
    } catch (cause) {
      this.#broken = true;
      this.#fail(new LineWriteError("Cannot write the output", cause));
    } finally {
      this.#writing = null;
    }
  }
}

function joinLines(records: readonly ProducerRecord[]): Uint8Array {
  const values = records.map(({ isTombstone, value }) => isTombstone ? NO_VALUE : value);
  const bytes = new Uint8Array(values.reduce((sum, { length }) => sum + length + 1, 0));
  let offset = 0;
  for (const value of values) {
    bytes.set(value, offset);
    offset += value.length;
    bytes[offset++] = NEWLINE;
  }
  return bytes;
}
