/**
 * `record`: the messages of a firehose into a file, for `simulate --replay`.
 *
 * @module
 */
import { LOG_OPTIONS, OPTIONS, type OptionTable } from "../config/options.ts";
import { integer } from "../config/readers.ts";
import { resolve } from "../config/resolve.ts";
import { withCursor } from "../firehose/subscribe.ts";
import { readSocket } from "../firehose/socket.ts";
import { type Command, tellMistakes } from "./command.ts";
import { USER_AGENT } from "./version.ts";

/** The options of `record`. */
export const RECORD_OPTIONS = {
  firehoseUrl: OPTIONS.firehoseUrl,
  cursor: { ...OPTIONS.cursor, otherwise: "live", doc: "Where to start" },
  maxFrames: {
    group: "Firehose",
    flag: "max-frames",
    env: [],
    hint: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    otherwise: "no limit",
    doc: "Stop after so many messages",
  },
  ...LOG_OPTIONS,
} as const satisfies OptionTable;

const IDLE_TIMEOUT_MS = 45_000;
const MAX_BUFFERED_BYTES = 67_108_864;

/** The `record` command. */
export const RECORD: Command = {
  name: "record",
  summary: "Write the messages of a firehose, with their times of arrival, to a file for simulate --replay",
  options: RECORD_OPTIONS,
  operands: ["FILE"],
  examples: [{ line: "record frames.rec --max-frames 10000", does: "half a minute of the live network" }],
  async run({ flags, operands, env, mistakes }, context) {
    const resolution = resolve(RECORD_OPTIONS, flags, env);
    const wrong = [...mistakes, ...(resolution.kind === "mistakes" ? resolution.mistakes : [])];
    const [path] = operands;
    if (resolution.kind === "mistakes" || path === undefined || wrong.length > 0) {
      return tellMistakes(wrong, resolution.warnings, context);
    }
    const { firehoseUrl, cursor, maxFrames } = resolution.config;
    const { encodeRecorded, recordingHeader } = await import("../simulator/recording.ts");
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    await writeAll(file, recordingHeader());
    const after = cursor?.kind === "seq" ? cursor.seq : cursor?.kind === "oldest" ? 0 : null;
    const url = withCursor(firehoseUrl, after);
    const socket = { url, userAgent: USER_AGENT, idleTimeoutMs: IDLE_TIMEOUT_MS, maxBufferedBytes: MAX_BUFFERED_BYTES };
    let frames = 0;
    try {
      for await (const batch of readSocket(socket, context.signal)) {
        const kept = maxFrames === null ? batch : batch.slice(0, maxFrames - frames);
        for (const bytes of kept) await writeAll(file, encodeRecorded(bytes, Date.now()));
        frames += kept.length;
        if (frames === maxFrames) break;
      }
    } finally {
      await file.sync();
      context.writeErr(`Recorded ${frames} messages in ${path}\n`);
    }
    return "ok";
  },
};

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}
