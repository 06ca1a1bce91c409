/**
 * Standard output and error where they may say that they are full (EAGAIN) rather than wait: a parent such as Node or ssh
 * sets a pipe or a terminal so, for all who share it. What they take then has to be known to the byte.
 *
 * Deno's standard error is not buffered: it took what it says, and nothing where it is full. Standard output has the
 * buffer of a line in Rust's LineWriter before it, and Deno flushes that after each write; where the flush finds the
 * stream full the write fails, though the bytes are in the buffer. So they are cut into pieces of which this is known:
 *
 * - A piece without the end of a line that fits into the buffer is in there, also if the write fails.
 * - The end of a line by itself, or with lines before it that a pipe takes as a whole or not at all, is not.
 *
 * A write of nothing flushes what is left in the buffer, which comes before each further piece.
 *
 * @module
 */
/** How long a stream that is full is left alone, in milliseconds. */
const FULL_WAIT_MS = 5;
/** Less than Rust's buffer of a line holds, which is 1,024. */
const BUFFERED_BYTES = 1000;
/** What a pipe takes as a whole or not at all, of all systems (POSIX) and on Linux. */
const ATOMIC_BYTES = 512;
const ATOMIC_BYTES_LINUX = 4096;
const NEWLINE = 10;
const NOTHING = new Uint8Array(0);

/**
 * How bytes are cut: `whole` is for what has no buffer, or is never full, as files are; `lines` for pipes; `ends`, which
 * makes most pieces, for anything.
 */
export type Cutting = "whole" | "lines" | "ends";

/** Bytes that are written at once, and whether a full stream has them nevertheless. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly isKept: boolean;
}

/** How standard output is to be cut. */
async function cuttingOfStdout(): Promise<Cutting> {
  // Loaded here, as it takes a tenth of a second.
  const { fstatSync } = await import("node:fs");
  try {
    const stat = fstatSync(1);
    return stat.isFile() ? "whole" : stat.isFIFO() ? "lines" : "ends";
  } catch {
    return "ends";
  }
}

/** Cuts bytes into pieces. */
export function* cut(bytes: Uint8Array, cutting: Cutting): Generator<Piece> {
  if (cutting === "whole") {
    yield { bytes, isKept: false };
    return;
  }
  const most = cutting === "ends" ? 1 : Deno.build.os === "linux" ? ATOMIC_BYTES_LINUX : ATOMIC_BYTES;
  for (let at = 0; at < bytes.length;) {
    const last = bytes.subarray(at, at + most).lastIndexOf(NEWLINE);
    if (last >= 0) {
      yield { bytes: bytes.subarray(at, at += last + 1), isKept: false };
      continue;
    }
    const next = bytes.indexOf(NEWLINE, at);
    const end = Math.min(at + BUFFERED_BYTES, next < 0 ? bytes.length : next);
    yield { bytes: bytes.subarray(at, at = end), isKept: true };
  }
}

/**
 * Makes what writes all of a text to a stream of the process, and waits where that is full; nothing else happens
 * meanwhile. What a closed pipe refuses is nobody's any more: then it is false.
 */
export function writer(
  stream: { writeSync(bytes: Uint8Array): number },
  cutting: Cutting,
): (text: string) => boolean {
  const write = (bytes: Uint8Array): number | null => {
    try {
      return stream.writeSync(bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_WAIT_MS);
      return null;
    }
  };
  return (text) => {
    try {
      for (const piece of cut(new TextEncoder().encode(text), cutting)) {
        for (let at = 0; at < piece.bytes.length;) {
          const taken = write(piece.bytes.subarray(at));
          if (taken === null && cutting !== "whole") { while (write(NOTHING) === null); }
          at += taken ?? (piece.isKept ? piece.bytes.length : 0);
        }
      }
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      throw error;
    }
  };
}

/**
 * Makes what writes all of some bytes to standard output, and lets others continue where that is full; it gives their
 * number.
 */
export function eventWriter(
  stream: { write(bytes: Uint8Array): Promise<number> },
  cuttingOf: () => Promise<Cutting> = cuttingOfStdout,
): (bytes: Uint8Array) => Promise<number> {
  let cutting: Cutting | null = null;
  const write = async (bytes: Uint8Array): Promise<number | null> => {
    try {
      return await stream.write(bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await new Promise((resolve) => setTimeout(resolve, FULL_WAIT_MS));
      return null;
    }
  };
  return async (bytes) => {
    cutting ??= await cuttingOf();
    for (const piece of cut(bytes, cutting)) {
      for (let at = 0; at < piece.bytes.length;) {
        const taken = await write(piece.bytes.subarray(at));
        if (taken === null && cutting !== "whole") { while (await write(NOTHING) === null); }
        at += taken ?? (piece.isKept ? piece.bytes.length : 0);
      }
    }
    return bytes.length;
  };
}
