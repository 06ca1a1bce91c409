/**
 * The core and its memory, of which there is one in a process. core/README.md has the map.
 *
 * @module
 */
import * as core from "./core.wasm";

declare global {
  /** An address, as core/layout.ts has it. */
  type usize = number;
  /** A whole number of 32 bits. */
  type u32 = number;
}

export * from "../../core/layout.ts";

core.init();

const { buffer } = core.memory;
if (!(buffer instanceof ArrayBuffer)) throw new TypeError("Cannot use the core: its memory is shared");

/** All of the memory. It never grows, so these views hold for ever. */
export const bytes = new Uint8Array(buffer);
/** The same as words. */
export const words = new Uint32Array(buffer);
/** The same as floating-point numbers. */
export const floats = new Float64Array(buffer);

/** The word at an address. */
export function wordAt(address: number): number {
  return words[address >>> 2] ?? 0;
}

/**
 * What is wanted: the table of collections, the row for those that it lacks or 0 where they are to be asked about, and
 * whether creates and updates, and deletes, are wanted.
 */
export function configure(table: number, others: number, takesWrites: boolean, takesDeletes: boolean): void {
  core.configure(table, others, takesWrites ? 1 : 0, takesDeletes ? 1 : 0);
}

/** Decodes the first `count` frames of FRAMES. */
export const decode: (count: number) => void = core.decode;
/** Writes the events of the frames `from` up to `to` that are decoded and not skipped. */
export const encode: (from: number, to: number) => void = core.encode;
/** Moves the rows of OPS and the events of OUT to an address, as of `receivedMs`; returns where they end. */
export const keep: (to: number, receivedMs: number) => number = core.keep;
/** Writes so many rows of RECORDS into WIRE, with these headers and this time; returns where they end, 0 for no room. */
export const writeRecords: (count: number, headers: number, headersEnd: number, sentMs: number) => number =
  core.writeRecords;
/** The earliest time of these records, in milliseconds since 1970. */
export const firstRecordMs: () => number = core.firstRecordMs;
/** Their latest. */
export const lastRecordMs: () => number = core.lastRecordMs;
/** The CRC-32C of a range of the memory, as a signed number. */
export const crc32c: (start: number, end: number) => number = core.crc32c;
/** Where the events that were written last end. */
export const outEnd: () => number = core.outEnd;
/** Where the rows of operations end. */
export const opsEnd: () => number = core.opsEnd;
