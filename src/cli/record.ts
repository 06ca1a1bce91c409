/**
 * `record`: the messages of a firehose into a file, for `simulate --replay`.
 *
 * @module
 */
import { CHECK_MS } from "../app/observe.ts";
import type { Context } from "../app/process.ts";
import { BACKOFF } from "../app/produce.ts";
import { programOf } from "../app/program.ts";
import { wait } from "../async.ts";
import { LOG_OPTIONS } from "../telemetry/options.ts";
import { OPTIONS, resolve } from "../config/config.ts";
import type { OptionTable, ValuesOf } from "../config/option.ts";
import { readFirehoseUrl } from "../upstream/options.ts";
import { integer, readFilePath, timeMsOf } from "../config/readers.ts";
import { readStart } from "../cursor/options.ts";
import { decodeFrame } from "../atproto/frame.ts";
import { GATHER_MS } from "../upstream/socket.ts";
import { Subscription } from "../upstream/subscribe.ts";
import { limitLog } from "../telemetry/limit.ts";
import { createLog } from "../telemetry/log.ts";
import { createFigures } from "../telemetry/metrics.ts";
import { createOutages, type Outages, reportRun } from "../telemetry/report.ts";
import { writeAll } from "../lines/lines.ts";
import { redactor } from "../text/redact.ts";
import { USER_AGENT } from "../version.ts";
import { ADVICE } from "./advice.ts";
import { type Command, tellMistakes } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";

/** The options of `record`. */
export const RECORD_OPTIONS = {
  firehoseUrl: {
    ...OPTIONS.firehoseUrl,
    hint: "URL",
    read: readFirehoseUrl,
    doc: "Firehose to read (ws or wss); a host alone gets the path of subscribeRepos",
  },
  cursor: {
    ...OPTIONS.cursor,
    hint: "live|oldest|SEQ|TIME|AGE",
    read: readStart,
    otherwise: "live",
    doc: "Where to start; 2h is two hours ago (s, m, h, d)",
  },
  idleTimeoutMs: OPTIONS.idleTimeoutMs,
  maxFrames: {
    group: "Firehose",
    flag: "max-frames",
    elsewhere: ["frames", "max-events", "count"],
    env: [],
    hint: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    otherwise: "no limit",
    doc: "Stop after so many messages",
  },
  ...LOG_OPTIONS,
} as const satisfies OptionTable;

const MAX_BUFFERED_BYTES = 67_108_864;
/** Nothing is undelivered: each message is written before the next ones are taken. */
const EASE = { full: false, drained: () => Promise.resolve() } as const;

/** The `record` command. */
export const RECORD: Command = {
  name: "record",
  summary: "Write the messages of a firehose, with their times of arrival, to a file for simulate --replay",
  options: RECORD_OPTIONS,
  operands: ["FILE"],
  examples: [{ line: "record frames.rec --max-frames 10000", does: "half a minute of the live network" }],
  exits: {
    ok: "stopped as asked: by SIGTERM, by Ctrl+C or at --max-frames; FILE is complete",
    failed: "the firehose cannot be read or FILE not be written; what FILE has can be replayed",
    ...WORKING_EXITS,
  },
  async run({ flags, operands, env, mistakes }, context) {
    const resolution = resolve(RECORD_OPTIONS, flags, env);
    const [path = ""] = operands;
    const named = readFilePath(path);
    const wrong = [
      ...mistakes,
      ...(path !== "" && named.kind === "wrong" ? [`Cannot record to "${path}": ${named.is}, ${named.wanted}`] : []),
      ...(resolution.kind === "mistakes" ? resolution.mistakes : []),
    ];
    if (resolution.kind === "mistakes" || wrong.length > 0) return tellMistakes(wrong, resolution.warnings, context);
    const { config } = resolution;
    await using recording = await openRecording(path);
    const stop = new AbortController();
    const { subscription, outages } = subscribe(resolution, context, AbortSignal.any([context.signal, stop.signal]));
    const timer = setInterval(() => outages.relay.check(), CHECK_MS);
    try {
      for await (const batch of subscription) {
        const kept = config.maxFrames === null ? batch : batch.slice(0, config.maxFrames - recording.messages);
        await recording.write(kept);
        if (recording.messages === config.maxFrames) stop.abort();
        for (const bytes of kept) {
          const frame = decodeFrame(bytes);
          if (frame.kind !== "rejected") subscription.accept(frame);
        }
      }
    } finally {
      clearInterval(timer);
      context.writeErr(`Recorded ${recording.messages} messages in ${path}\n`);
    }
    return "ok";
  },
};

function subscribe(
  { config, secrets }: { readonly config: ValuesOf<typeof RECORD_OPTIONS>; readonly secrets: readonly string[] },
  context: Context,
  signal: AbortSignal,
): { readonly subscription: Subscription; readonly outages: Outages } {
  const { cursor } = config;
  const isTime = cursor?.kind === "time" || cursor?.kind === "age";
  const time = isTime ? new Date(timeMsOf(cursor, Date.now())).toISOString() : null;
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat === "auto" ? (context.terminal ? "text" : "json") : config.logFormat,
    hide: redactor(secrets),
    now: () => new Date(),
    write: (line) => context.writeErr(`${line}\n`),
  });
  const base = { log, ...limitLog(log, Date.now), ...createFigures(programOf(config.idleTimeoutMs)), now: Date.now };
  const outages = createOutages(base);
  const report = reportRun({ ...base, outages, advise: ADVICE });
  const subscription = new Subscription(
    {
      urls: [config.firehoseUrl],
      cursor: cursor?.kind === "seq" ? cursor.seq : cursor?.kind === "oldest" ? 0 : null,
      cursorTime: null,
      recent: [],
      usualStep: null,
      left: time === null ? null : { host: new URL(config.firehoseUrl).host, seq: 0, time },
      seek: time === null ? "none" : "at",
      known: new Map(),
      rewindMs: 0,
      userAgent: USER_AGENT,
      idleTimeoutMs: config.idleTimeoutMs,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      gatherMs: GATHER_MS,
      backoff: BACKOFF,
      random: Math.random,
      wait,
      now: Date.now,
    },
    EASE,
    report,
    signal,
  );
  return { subscription, outages };
}

interface Recording extends AsyncDisposable {
  /** Messages written so far. */
  readonly messages: number;
  write(batch: readonly Uint8Array[]): Promise<void>;
}

async function openRecording(path: string): Promise<Recording> {
  const { encodeRecorded, recordingHeader } = await import("../simulator/recording.ts");
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
  await append(recordingHeader());
  return {
    get messages() {
      return messages;
    },
    async write(batch) {
      const atMs = Date.now();
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
