/**
 * `record`: the messages of a firehose into a file, for `simulate --replay`.
 *
 * @module
 */
import { CHECK_MS } from "../app/observe.ts";
import type { Context } from "../app/process.ts";
import { programOf } from "../app/program.ts";
import { subscribeOptions } from "../app/subscription.ts";
import { OPTIONS, resolve } from "../config/config.ts";
import type { OptionTable, ValuesOf } from "../config/option.ts";
import { integer, readFilePath, timeMsOf } from "../config/readers.ts";
import { readStart } from "../cursor/options.ts";
import { LOG_OPTIONS } from "../telemetry/options.ts";
import { limitLog } from "../telemetry/limit.ts";
import { createLog } from "../telemetry/log.ts";
import { createFigures } from "../telemetry/metrics.ts";
import { createOutages, reportRun } from "../telemetry/report.ts";
import { redactor } from "../text/redact.ts";
import { readFirehoseUrl } from "../upstream/options.ts";
import { createRecording } from "../upstream/recording.ts";
import { Subscription } from "../upstream/subscribe_repos.ts";
import type { StartAt } from "../upstream/upstream.ts";
import { ADVICE } from "./advice.ts";
import { type Command, reportErrors } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";

/** The options of `record`. */
export const RECORD_OPTIONS = {
  firehoseUrl: {
    ...OPTIONS.firehoseUrl,
    placeholder: "URL",
    read: readFirehoseUrl,
    doc: "Relay to read (ws or wss); a host without a path gets the path of subscribeRepos",
  },
  cursor: {
    ...OPTIONS.cursor,
    placeholder: "live|oldest|SEQ|TIME|AGE",
    read: readStart,
    defaultText: "live",
    doc: "Where to start; 2h is two hours ago (s, m, h, d)",
  },
  idleTimeoutMs: OPTIONS.idleTimeoutMs,
  maxFrames: {
    group: "Firehose",
    flag: "max-frames",
    counterparts: ["frames", "max-events", "count"],
    env: [],
    placeholder: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    defaultText: "no limit",
    doc: "Stop after this many messages",
  },
  ...LOG_OPTIONS,
} as const satisfies OptionTable;

/** Messages are written as they come, and a disk may be slow for a while. */
const MAX_BUFFERED_BYTES = 67_108_864;
/** Nothing is undelivered: each message is written before the next ones are taken. */
const EASE = { full: false, drained: () => Promise.resolve() } as const;

/** The `record` command. */
export const RECORD: Command = {
  name: "record",
  summary: "Record the messages of a relay to a file, for simulate --replay",
  options: RECORD_OPTIONS,
  operands: ["FILE"],
  examples: [{ line: "record frames.rec --max-frames 10000", does: "about half a minute of the live network" }],
  exits: {
    ok: "stopped as asked: by SIGTERM, by Ctrl+C or at --max-frames; FILE is complete",
    failed: "the relay cannot be read, or FILE cannot be written; what FILE has can be replayed",
    ...WORKING_EXITS,
  },
  async run({ flags, operands, env, errors }, context) {
    const resolution = resolve(RECORD_OPTIONS, flags, env);
    const [path = ""] = operands;
    const named = readFilePath(path);
    const wrong = [
      ...errors,
      ...(path !== "" && named.kind === "wrong" ? [`Cannot record to "${path}": ${named.is}, ${named.expected}`] : []),
      ...(resolution.kind === "errors" ? resolution.errors : []),
    ];
    if (resolution.kind === "errors" || wrong.length > 0) return reportErrors(wrong, resolution.warnings, context);
    const { config } = resolution;
    await using recording = await createRecording(path);
    const stop = new AbortController();
    const { upstream, report, outages } = open(resolution, context, AbortSignal.any([context.signal, stop.signal]));
    const timer = setInterval(() => outages.relay.check(), CHECK_MS);
    try {
      for await (const batch of upstream) {
        const left = (config.maxFrames ?? Infinity) - recording.messages;
        await recording.write([...batch.messages].slice(0, left), Date.now());
        if (recording.messages === config.maxFrames) stop.abort();
        for (const item of batch) {
          if (item.kind === "gap") report.gap(item.gap);
          else if (item.kind === "held") report.held(item.gap);
          else if (item.kind === "released") report.released();
        }
      }
    } finally {
      clearInterval(timer);
      context.writeErr(`Recorded ${recording.messages} messages in ${path}\n`);
    }
    return "ok";
  },
};

/** Opens the firehose, and what reports on it. */
function open(
  { config, secrets }: { readonly config: ValuesOf<typeof RECORD_OPTIONS>; readonly secrets: readonly string[] },
  context: Context,
  signal: AbortSignal,
) {
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
  const { firehoseUrl, idleTimeoutMs } = config;
  const start = { at: startAt(config.cursor), recent: [], usualStep: null, known: new Map() };
  const options = subscribeOptions({
    urls: [firehoseUrl],
    start,
    rewindMs: 0,
    idleTimeoutMs,
    maxPauseMs: 0,
    through: null,
  });
  const upstream = new Subscription({ ...options, maxBufferedBytes: MAX_BUFFERED_BYTES }, EASE, report, signal);
  return { upstream, report, outages };
}

function startAt(cursor: ValuesOf<typeof RECORD_OPTIONS>["cursor"]): StartAt {
  switch (cursor?.kind) {
    case "seq":
      return { kind: "after", seq: cursor.seq, time: null };
    case "oldest":
      return { kind: "after", seq: 0, time: null };
    case "time":
    case "age":
      return { kind: "time", time: new Date(timeMsOf(cursor, Date.now())).toISOString() };
    default:
      return { kind: "live" };
  }
}
