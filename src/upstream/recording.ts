/**
 * Recorded messages in a file, which `record` writes and `simulate` replays: `[u32 length][f64 arrival in ms since
 * 1970][message]`, little-endian, after a first line that names the format. Files of `[u32 length][message]` without
 * that line, as test data comes, are read too.
 *
 * @module
 */
import { writeAll } from "../net/connection.ts";

const MAGIC = new TextEncoder().encode("bluesky-firehose-recording 1\n");
/** The largest message that the runtime's WebSocket takes. */
const MAX_MESSAGE_BYTES = 67_108_864;

/** A recorded message; `atMs` is null where the file has no times. */
export interface RecordedMessage {
  readonly bytes: Uint8Array;
  readonly atMs: number | null;
}

/** The file is no recording, or is damaged. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
}

/** The first bytes of a recording. */
export function recordingHeader(): Uint8Array {
  return MAGIC.slice();
}

/** One message as it stands in a recording. */
export function encodeRecorded(bytes: Uint8Array, atMs: number): Uint8Array {
  const entry = new Uint8Array(12 + bytes.length);
  const view = new DataView(entry.buffer);
  view.setUint32(0, bytes.length, true);
  view.setFloat64(4, atMs, true);
  entry.set(bytes, 12);
  return entry;
}

/**
 * Reads a recording, one message at a time.
 *
 * @throws {RecordingError} if there is no such file, at a length that cannot be, or where the file ends within a message
 */
export async function* readRecording(path: string): AsyncGenerator<RecordedMessage> {
  using file = await open(path);
  const first = await readExactly(file, MAGIC.length);
  const isTimed = first !== null && MAGIC.every((byte, i) => byte === first[i]);
  if (!isTimed) await file.seek(0, Deno.SeekMode.Start);
  const headBytes = isTimed ? 12 : 4;
  for (let index = 0;; index++) {
    const head = await readExactly(file, headBytes);
    if (head === null) return;
    const view = new DataView(head.buffer);
    const length = head.length === headBytes ? view.getUint32(0, true) : Infinity;
    const bytes = length <= MAX_MESSAGE_BYTES ? await readExactly(file, length) : null;
    if (bytes === null || bytes.length < length) {
      throw new RecordingError(`Cannot read "${path}": message ${index} is truncated or invalid`);
    }
    yield { bytes, atMs: isTimed ? view.getFloat64(4, true) : null };
  }
}

/** A recording that is written. Disposed of, it is synced and closed. */
export interface RecordingWriter extends AsyncDisposable {
  /** Messages written so far. */
  readonly messages: number;
  /** Writes messages that arrived at `atMs`, in milliseconds since 1970. */
  write(messages: readonly Uint8Array[], atMs: number): Promise<void>;
}

/**
 * Begins a recording, in place of a file that is there. A message that cannot be written whole leaves the file as it was.
 *
 * @throws {Error} if it cannot be written; `write` throws it too
 */
export async function createRecording(path: string): Promise<RecordingWriter> {
  const fail = (cause: unknown): never => {
    const is = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot write "${path}": ${is}`, { cause });
  };
  const file = await Deno.open(path, { write: true, create: true, truncate: true }).catch(fail);
  let messages = 0;
  let wholeBytes = 0;
  const append = async (bytes: Uint8Array) => {
    try {
      await writeAll(file, bytes);
    } catch (error) {
      // A full disk took half a message: the file is to be read all the same.
      await file.truncate(wholeBytes).catch(() => {});
      fail(error);
    }
    wholeBytes += bytes.length;
  };
  await append(MAGIC);
  return {
    get messages() {
      return messages;
    },
    async write(batch, atMs) {
      for (const bytes of batch) {
        await append(encodeRecorded(bytes, atMs));
        messages++;
      }
    },
    async [Symbol.asyncDispose]() {
      await file.sync().catch(fail);
      file.close();
    },
  };
}

async function open(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true });
  } catch (cause) {
    const is = cause instanceof Deno.errors.NotFound ? "there is no such file" : String(cause);
    throw new RecordingError(`Cannot read "${path}": ${is}; expected a recording`, { cause });
  }
}

/** So many bytes, or fewer at the end of the file, or null there. */
async function readExactly(file: Deno.FsFile, length: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) return filled === 0 ? null : bytes.slice(0, filled);
    filled += read;
  }
  return bytes;
}
