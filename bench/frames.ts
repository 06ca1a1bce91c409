/**
 * The frames of a bench: made by the simulator beforehand, kept in a file, and served by a process of its own.
 *
 * @module
 */
import { encodeRecorded, recordingHeader } from "../src/simulator/recording.ts";
import { worldSource } from "../src/simulator/sources.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const WORLD = {
  seed: 1,
  accounts: 1000,
  firstSeq: 31_500_000_000,
  startMs: Date.UTC(2026, 0, 1),
  stepMs: 5,
} as const;

/** Makes so many frames into a recording. Returns their mean size in bytes. */
export async function makeFrames(file: string, frames: number): Promise<number> {
  const source = await worldSource(WORLD);
  using out = await Deno.open(file, { write: true, create: true, truncate: true });
  await writeAll(out, recordingHeader());
  let bytes = 0;
  for (let i = 0; i < frames; i++) {
    const message = await source.next();
    if (message === null) throw new Error("Cannot make frames: the simulator ended");
    bytes += message.bytes.length;
    await writeAll(out, encodeRecorded(message.bytes, WORLD.startMs + i * WORLD.stepMs));
  }
  return bytes / frames;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

/** A firehose in a process of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/** Serves frames by `simulate` with these flags. */
export async function serveFrames(importMap: string, flags: readonly string[]): Promise<Served> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", `--import-map=${importMap}`, "main.ts", "simulate", "--port", "0", ...flags],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<
      string
    >;
  const { value } = await reader.read();
  if (value === undefined) throw new Error("Cannot serve frames: the simulator ended before it listened");
  return {
    url: value.trim(),
    [Symbol.asyncDispose]: async () => {
      process.kill("SIGTERM");
      await reader.cancel();
      await process.status;
    },
  };
}
