/**
 * `simulate`: a firehose on this machine, for trying out and for tests.
 *
 * @module
 */
import type { OptionTable } from "../config/options.ts";
import { integer, type Read, readFilePath, value, wrong } from "../config/readers.ts";
import { resolve } from "../config/resolve.ts";
import type { Source } from "../simulator/server.ts";
import type { Fault } from "../simulator/faults.ts";
import { type Command, tellMistakes } from "./command.ts";
import { wait } from "./wait.ts";

/** Where made-up time begins: the same seed is to make the same stream on every day. */
const START_MS = Date.UTC(2026, 0, 1);
const FIRST_SEQ = 31_500_000_000;
const STEP_MS = 5;

/** The options of `simulate`. */
export const SIMULATE_OPTIONS = {
  port: {
    group: "Firehose",
    flag: "port",
    env: [],
    hint: "PORT",
    read: integer(0, 65_535),
    default: "6008",
    doc: "Port on 127.0.0.1; 0 takes a free one",
  },
  rate: {
    group: "Firehose",
    flag: "rate",
    env: [],
    hint: "COUNT|max",
    read: readRate,
    default: "200",
    doc: "Messages a second; max: as fast as they are made",
  },
  seed: {
    group: "Firehose",
    flag: "seed",
    env: [],
    hint: "NUMBER",
    read: integer(0, 4_294_967_295),
    default: "1",
    doc: "The same seed makes the same stream, byte for byte",
  },
  accounts: {
    group: "Firehose",
    flag: "accounts",
    env: [],
    hint: "COUNT",
    read: integer(1, 100_000),
    default: "100",
    doc: "Accounts that write",
  },
  frames: {
    group: "Firehose",
    flag: "frames",
    env: [],
    hint: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    otherwise: "no limit",
    doc: "Make so many messages, then keep the connections open in silence",
  },
  prepare: {
    group: "Firehose",
    flag: "prepare",
    env: [],
    hint: "COUNT",
    read: integer(0, 10_000_000),
    default: "0",
    doc: "Make so many messages before listening, so that making them does not bound the rate",
  },
  window: {
    group: "Firehose",
    flag: "window",
    env: [],
    hint: "COUNT",
    read: integer(1, 10_000_000),
    default: "100000",
    doc: "Messages that a consumer can resume in",
  },
  replay: {
    group: "Firehose",
    flag: "replay",
    env: [],
    hint: "FILE",
    read: readFilePath,
    default: null,
    otherwise: "made-up messages",
    doc: "Serve the messages of a recording instead",
  },
  fault: {
    group: "Firehose",
    flag: "fault",
    env: [],
    hint: "NAME[@N],...",
    read: readFaults,
    default: null,
    otherwise: "none",
    doc:
      "Go wrong at every Nth message (1000): clean-close, stall, error-frame, garbage, repeat, seq-jump, seq-fall, " +
      "missing-block, oversize-record",
  },
} as const satisfies OptionTable;

function readRate(text: string): Read<number | "max"> {
  if (text === "max") return value("max");
  const rate = Number(text);
  return text.trim() !== "" && rate > 0 && rate <= 1e6
    ? value(rate)
    : wrong("it is no rate", "a number above 0, or max");
}

const FAULT_NAMES = [
  "clean-close",
  "stall",
  "error-frame",
  "garbage",
  "repeat",
  "seq-jump",
  "seq-fall",
  "missing-block",
  "oversize-record",
] as const satisfies readonly Fault["name"][];

function readFaults(text: string): Read<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const part of text.split(",")) {
    const [, word = "", every = "1000"] = /^\s*([a-z-]+)(?:@([1-9]\d{0,8}))?\s*$/.exec(part) ?? [];
    const name = FAULT_NAMES.find((known) => known === word);
    if (name === undefined) return wrong("a fault in it is unknown", `NAME or NAME@N of ${FAULT_NAMES.join(", ")}`);
    faults.push({ name, every: Number(every) });
  }
  return value(faults);
}

/** The `simulate` command. */
export const SIMULATE: Command = {
  name: "simulate",
  summary: "Serve a made-up firehose on this machine, with real signed commits; it begins with the first consumer",
  options: SIMULATE_OPTIONS,
  operands: [],
  examples: [
    { line: "simulate --rate 2000", does: "ten times the quiet of a night on the live network" },
    { line: "simulate --fault clean-close@500,garbage@300", does: "a server that misbehaves" },
  ],
  async run({ flags, env, mistakes }, context) {
    const resolution = resolve(SIMULATE_OPTIONS, flags, env);
    const wrongs = [...mistakes, ...(resolution.kind === "mistakes" ? resolution.mistakes : [])];
    if (resolution.kind === "mistakes" || wrongs.length > 0) return tellMistakes(wrongs, resolution.warnings, context);
    const { config } = resolution;
    const { serve } = await import("../simulator/server.ts");
    const { limitSource, prepareSource, recordedSource, worldSource } = await import("../simulator/sources.ts");
    const made: Source = config.replay === null
      ? await worldSource({
        seed: config.seed,
        accounts: config.accounts,
        firstSeq: FIRST_SEQ,
        startMs: START_MS,
        stepMs: STEP_MS,
      })
      : recordedSource(config.replay);
    const limited = config.frames === null ? made : limitSource(made, config.frames);
    const source = config.prepare === 0 ? limited : await prepareSource(limited, config.prepare);
    await using server = serve(source, {
      port: config.port,
      rate: config.rate === "max" ? null : config.rate,
      window: config.window,
      faults: config.fault ?? [],
    });
    context.writeOut(`${server.url}\n`);
    context.writeErr(`Serving a firehose until stopped; to read it: stream --firehose-url ${server.url} --output -\n`);
    await wait(Infinity, context.signal);
    context.writeErr(`Stopped: ${server.released} messages to ${server.connections} connections\n`);
    return "ok";
  },
};
