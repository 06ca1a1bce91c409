/**
 * Reads the file of a memory back: what it was at the cursor.
 *
 * @module
 */
import type { OpenFile } from "../cursor/files.ts";
import type { StreamPlace } from "./journal.ts";
import { hasHead, type PlacedBlock, readBlocks, type ReadBytes, SEQ_WORDS, seqAt } from "./journal_format.ts";

/** Takes an entry. */
export type Restore = (words: Uint32Array, at: number) => void;

/** What a file gave. */
export type Loaded =
  /**
   * `size` bytes of the file say what was up to the number `from` (null: all that there was); what is behind them goes, and
   * `rest` is of that what was from there up to the cursor.
   */
  | {
    readonly kind: "loaded";
    readonly size: number;
    readonly from: number | null;
    readonly rest: readonly LoggedEntry[];
  }
  | { readonly kind: "useless"; readonly reason: string };

/** An entry that the part of the file that stays does not have any more. */
export interface LoggedEntry {
  readonly seq: number;
  readonly words: Uint32Array;
}

/**
 * Restores the memory as it was at the place `at`, entry by entry, and nothing where the file does not show that; without a
 * place as it was in the end.
 */
export async function loadJournal(
  file: OpenFile,
  head: Uint8Array,
  entryWords: number,
  at: StreamPlace | null,
  restore: Restore,
): Promise<Loaded> {
  if (!await hasHead(await readerOf(file), head)) {
    return { kind: "useless", reason: "it is of another job, of other options or of another version" };
  }
  const cut = await findCut(file, head.length, at);
  if (cut === null) {
    const reason = at === null ? "it is not complete" : `it does not show what was at ${at.seq} of ${at.host}`;
    return { kind: "useless", reason };
  }
  const rest: LoggedEntry[] = [];
  const read = await readerOf(file);
  await read(head.length);
  for await (const block of readBlocks(read, head.length)) {
    if (block.start > cut.start) break;
    const isLog = block.kind === "log";
    const stride = entryWords + (isLog ? SEQ_WORDS : 0);
    for (let from = 0; from + stride <= block.words.length; from += stride) {
      if (block.start === cut.start && isLog && seqAt(block.words, from) > (at?.seq ?? Infinity)) break;
      restore(block.words, from + (isLog ? SEQ_WORDS : 0));
      if (block.start === cut.start && cut.isPart) {
        const words = block.words.slice(from + SEQ_WORDS, from + stride);
        rest.push({ seq: seqAt(block.words, from), words });
      }
    }
  }
  return {
    kind: "loaded",
    size: cut.isPart ? cut.start : cut.end,
    from: cut.isPart ? cut.from : at?.seq ?? null,
    rest,
  };
}

/**
 * The last block that covers the place, or the last of all; `isPart`: not up to its end. Null if none does, or the base is
 * not complete.
 */
async function findCut(
  file: OpenFile,
  start: number,
  at: StreamPlace | null,
): Promise<Pick<PlacedBlock, "start" | "end" | "from"> & { readonly isPart: boolean } | null> {
  const read = await readerOf(file);
  await read(start);
  let isWhole = false;
  let cut: PlacedBlock | null = null;
  for await (const block of readBlocks(read, start)) {
    if (block.kind === "whole") isWhole = true;
    const covers = at === null || (block.host === at.host && block.from <= at.seq && at.seq <= block.reached);
    if (isWhole && block.kind !== "base" && covers) cut = { ...block, words: block.words.subarray(0, 0) };
  }
  return cut &&
    {
      start: cut.start,
      end: cut.end,
      from: cut.from,
      isPart: cut.kind === "log" && at !== null && at.seq < cut.reached,
    };
}

const BUFFER_BYTES = 1_048_576;

/** Reads the file from its beginning, into the same memory again and again, as what is left over stays with the process. */
async function readerOf(file: OpenFile): Promise<ReadBytes> {
  await file.seek(0, Deno.SeekMode.Start);
  let buffer = new Uint8Array(BUFFER_BYTES);
  let [start, end] = [0, 0];
  return async (length) => {
    if (length > buffer.length - start) {
      const before = buffer.subarray(start, end);
      if (length > buffer.length) buffer = new Uint8Array(length);
      buffer.set(before);
      [start, end] = [0, before.length];
    }
    while (end - start < length) {
      const count = await file.read(buffer.subarray(end));
      if (count === null) return null;
      end += count;
    }
    start += length;
    return buffer.subarray(start - length, start);
  };
}
