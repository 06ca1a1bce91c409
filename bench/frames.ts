/**
 * The frames of a bench: made by the simulator beforehand, kept in a file, and served by a process of its own.
 *
 * @module
 */
import { encodeRecorded, recordingHeader } from "../src/upstream/recording.ts";
import type { Mix } from "../src/simulator/mix.ts";
import { worldSource } from "../src/simulator/sources.ts";
import { writeAll } from "../src/net/connection.ts";
import { program } from "./program.ts";

/** The number of the first message, of those that are made as of those that are served. */
export const FIRST_SEQ = 31_500_000_000;
/** What the frames are made from, beside their accounts. */
export const WORLD = { seed: 1, firstSeq: FIRST_SEQ, startMs: Date.UTC(2026, 0, 1), stepMs: 5 } as const;

/**
 * Makes so many frames of so many accounts into a recording, of a plain stream or of a network with this mix. Returns their
 * mean size in bytes.
 */
export async function makeFrames(
  file: string,
  frames: number,
  accounts: number,
  mix: Mix | null = null,
): Promise<number> {
  const source = await worldSource({ ...WORLD, accounts }, null, mix);
  using out = await Deno.open(file, { write: true, create: true, truncate: true });
  await writeAll(out, recordingHeader());
  let bytes = 0;
  // The accounts begin with a profile each, of which the live network has few.
  for (let i = -accounts; i < frames; i++) {
    const message = await source.next();
    if (message === null) throw new Error("Cannot make frames: the simulator ended");
    if (i < 0) continue;
    bytes += message.bytes.length;
    await writeAll(out, encodeRecorded(message.bytes, WORLD.startMs + i * WORLD.stepMs));
  }
  return bytes / frames;
}

/** A firehose in a process of its own. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves a recording over and over, so many frames in all, at a rate or as fast as they are taken; its
 * commits of the same accounts each time round, or of new ones.
 */
export async function serveFrames(
  importMap: string,
  file: string,
  frames: number,
  rate: number | "max",
  accounts: "same" | "new" | "each" = "same",
  pem = "",
): Promise<Served> {
  const process = program(importMap, ["bench/serve.ts", file, String(frames), String(rate), accounts, pem]).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  if (value === undefined) throw new Error("Cannot serve frames: the server ended before it listened");
  return {
    url: new TextDecoder().decode(value).trim(),
    [Symbol.asyncDispose]: async () => {
      process.kill("SIGKILL");
      await reader.cancel();
      await process.status;
    },
  };
}
