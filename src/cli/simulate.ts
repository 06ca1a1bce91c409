/**
 * `simulate`: a firehose on this machine, for trying out and for tests.
 *
 * @module
 */
import { wait } from "../async.ts";
import type { OptionSpec, OptionTable, ValuesOf } from "../config/option.ts";
import { integer, type Read, readFilePath, readTime, value, wrong } from "../config/readers.ts";
import { resolve } from "../config/config.ts";
import type { Source } from "../simulator/server.ts";
import type { WorldOptions } from "../simulator/world.ts";
import { type Fault, FAULTS, isCommitFault, parseFault } from "../simulator/faults.ts";
import type { StruckFault } from "../simulator/commit_faults.ts";
import type { Identities } from "../simulator/identity/identities.ts";
import type { IdentityServer } from "../simulator/identity/server.ts";
import { parseTroubles, TROUBLES, type Troubles } from "../simulator/identity/trouble.ts";
import { type Command, reportErrors } from "./command.ts";
import { WORKING_EXITS } from "./exit.ts";
import { MIX_OPTION } from "./mix.ts";

const FIRST_SEQ = 31_500_000_000;
/** Between messages, in made-up time. */
const STEP_MS = 5;

/** When messages are, as `simulate` and `demo` take it. */
export const START_OPTION = {
  group: "Firehose",
  flag: "start",
  env: [],
  placeholder: "now|TIME",
  read: readStart,
  default: "now",
  doc: "Timestamps of the messages: the clock, or made-up ones from TIME on, ${STEP_MS} ms apart",
} as const satisfies OptionSpec;

/** What a made-up world has for its time; null is the clock. */
export function worldTime(startMs: number | null): Pick<WorldOptions, "startMs" | "stepMs" | "now"> {
  return { startMs: startMs ?? Date.now(), stepMs: STEP_MS, ...(startMs === null ? { now: Date.now } : {}) };
}

/** The options of `simulate`. */
export const SIMULATE_OPTIONS = {
  port: {
    group: "Firehose",
    flag: "port",
    env: [],
    placeholder: "PORT",
    read: integer(0, 65_535),
    default: "6008",
    doc: "Port on 127.0.0.1; 0 picks a free one",
  },
  rate: {
    group: "Firehose",
    flag: "rate",
    env: [],
    placeholder: "COUNT|max|recorded",
    read: readRate,
    default: "200",
    doc: "Messages per second; max: as fast as they are made; recorded: at the pace of the recording",
  },
  seed: {
    group: "Firehose",
    flag: "seed",
    env: [],
    placeholder: "NUMBER",
    read: integer(0, 4_294_967_295),
    default: "1",
    doc: "The same seed makes the same stream, byte for byte, if --start is the same TIME as well",
  },
  start: START_OPTION,
  accounts: {
    group: "Firehose",
    flag: "accounts",
    env: [],
    placeholder: "COUNT",
    read: integer(1, 100_000),
    default: "100",
    doc: "Number of accounts that write",
  },
  mix: MIX_OPTION,
  frames: {
    group: "Firehose",
    flag: "frames",
    counterparts: ["max-frames"],
    env: [],
    placeholder: "COUNT",
    read: integer(1, Number.MAX_SAFE_INTEGER),
    default: null,
    defaultText: "no limit",
    doc: "Stop after this many messages and keep the connections open",
  },
  prepare: {
    group: "Firehose",
    flag: "prepare",
    env: [],
    placeholder: "COUNT",
    read: integer(0, 10_000_000),
    default: "0",
    doc: "Messages to make before listening, so that making them does not limit the rate",
  },
  window: {
    group: "Firehose",
    flag: "window",
    env: [],
    placeholder: "COUNT",
    read: integer(1, 10_000_000),
    default: "100000",
    doc: "Messages to keep for consumers that resume",
  },
  replay: {
    group: "Firehose",
    flag: "replay",
    env: [],
    placeholder: "FILE",
    read: readFilePath,
    default: null,
    defaultText: "made-up messages",
    doc: "Recording to serve instead",
  },
  fault: {
    group: "Firehose",
    flag: "fault",
    env: [],
    placeholder: "FAULT[@N],...",
    read: readFaults,
    default: null,
    defaultText: "none",
    doc: 'Inject faults, each at every Nth message (1000): ${Object.keys(FAULTS).join(", ")}',
  },
  identityPort: {
    group: "Firehose",
    flag: "identity-port",
    env: [],
    placeholder: "PORT",
    read: integer(0, 65_535),
    default: null,
    defaultText: "none",
    doc: "Also serve identities on this port: PLC directory, did:web hosts, handles and DNS; 0 picks free ports",
  },
  identityTrouble: {
    group: "Firehose",
    flag: "identity-trouble",
    env: [],
    placeholder: "TROUBLE=SHARE,...",
    read: readTroubles,
    default: null,
    defaultText: "none",
    doc: 'Share of identity responses to break, 0 to 1: ${Object.keys(TROUBLES).join(", ")}',
  },
} as const satisfies OptionTable;

function readStart(text: string): Read<number | null> {
  if (text === "now") return value(null);
  const time = readTime(text);
  return time.kind === "value" ? time : wrong(time.is, `now, or ${time.expected}`);
}

function readRate(text: string): Read<number | "max" | "recorded"> {
  if (text === "max" || text === "recorded") return value(text);
  const rate = Number(text);
  return text.trim() !== "" && rate > 0 && rate <= 1e6
    ? value(rate)
    : wrong("it is no rate", "a number above 0 and up to 1000000, max or recorded");
}

function readFaults(text: string): Read<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const part of text.split(",")) {
    const fault = parseFault(part.trim());
    if (fault === null) {
      return wrong("a fault in it is unknown", `NAME or NAME@N of ${Object.keys(FAULTS).join(", ")}`);
    }
    faults.push(fault);
  }
  return value(faults);
}

function readTroubles(text: string): Read<Troubles> {
  const troubles = parseTroubles(text);
  const names = Object.keys(TROUBLES).join(", ");
  return troubles === null
    ? wrong("it is no list of shares", `NAME=SHARE of ${names}, each once, at most 1 together`)
    : value(troubles);
}

/** The `simulate` command. */
export const SIMULATE: Command = {
  name: "simulate",
  summary: "Serve a simulated firehose with signed commits on this machine; it starts at the first connection",
  options: SIMULATE_OPTIONS,
  operands: [],
  examples: [
    {
      line: "simulate --rate 2000 --prepare 20000",
      does: "ten times the rate of the live network at night, for ten seconds at least",
    },
    { line: "simulate --mix network,delete=20", does: "the whole network, with many deletes" },
    { line: "simulate --fault clean-close@500,garbage@300", does: "a relay with faults" },
    {
      line: "simulate --identity-port 6009 --identity-trouble busy=0.5",
      does: "with a directory that refuses half of the requests",
    },
  ],
  exits: {
    ok: "stopped as asked: by SIGTERM or Ctrl+C",
    failed: "the port cannot be opened or the recording cannot be read; standard error has the reason",
    ...WORKING_EXITS,
  },
  async run({ flags, env, errors }, context) {
    const resolution = resolve(SIMULATE_OPTIONS, flags, env);
    const wrongs = [...errors, ...(resolution.kind === "errors" ? resolution.errors : [])];
    if (resolution.kind === "errors" || wrongs.length > 0) return reportErrors(wrongs, resolution.warnings, context);
    const { config } = resolution;
    const contradictions = contradictionsOf(config);
    if (contradictions.length > 0) return reportErrors(contradictions, resolution.warnings, context);
    const { serve } = await import("../simulator/server.ts");
    const identities = await openIdentities(config);
    const struck: StruckFault[] = [];
    const source = await openSource(config, identities, struck);
    await using directory = identities === null ? null : await serveDirectory(identities, struck, config);
    await using server = serve(source, {
      port: config.port,
      rate: config.rate === "max" ? null : config.rate,
      window: config.window,
      faults: config.fault ?? [],
      onSlow: (perSecond) =>
        context.writeErr(
          `Cannot keep to --rate ${config.rate}: makes ${perSecond} messages per second; --prepare makes some in advance\n`,
        ),
    });
    context.writeOut(`${server.url}\n`);
    if (directory !== null) {
      context.writeOut(`${directory.url}\ndns://127.0.0.1:${directory.dnsPort}\n`);
      context.writeErr(`Serving identities: PLC directory and all hosts at ${directory.url}, and DNS\n`);
    }
    context.writeErr(`Serving a firehose until stopped; to read it: stream --firehose-url ${server.url} --output -\n`);
    await Promise.race([wait(Infinity, context.signal), server.failed]);
    context.writeErr(`Stopped: ${server.released} messages to ${server.connections} connections\n`);
    return "ok";
  },
};

type SimulateConfig = ValuesOf<typeof SIMULATE_OPTIONS>;

function contradictionsOf({ replay, rate, fault, mix, identityPort, identityTrouble }: SimulateConfig): string[] {
  const errors: string[] = [];
  if (replay === null && rate === "recorded") {
    errors.push("Cannot use --rate recorded: there is no recording; expected --replay FILE with it");
  }
  if (replay !== null && mix !== null) {
    errors.push("Cannot use --mix with --replay: the messages of a recording are fixed");
  }
  if (replay !== null && oversizeEvery(fault) !== null) {
    errors.push("Cannot use --fault oversize-record with --replay: messages of a recording cannot be changed");
  }
  const commitFault = fault?.find(({ name }) => isCommitFault(name))?.name;
  if (replay !== null && commitFault !== undefined) {
    errors.push(`Cannot use --fault ${commitFault} with --replay: the keys of a recording's accounts are unknown`);
  }
  if (identityPort === null && fault?.some(({ name }) => name === "key-rotated")) {
    errors.push(
      "Cannot use --fault key-rotated: the new key could not be looked up; expected --identity-port PORT with it",
    );
  }
  if (replay !== null && identityPort !== null) {
    errors.push("Cannot use --identity-port with --replay: the keys of a recording's accounts are unknown");
  }
  if (identityPort === null && identityTrouble !== null) {
    errors.push("Cannot use --identity-trouble: no identity server runs; expected --identity-port PORT with it");
  }
  return errors;
}

function oversizeEvery(faults: readonly Fault[] | null): number | null {
  return faults?.find(({ name }) => name === "oversize-record")?.every ?? null;
}

async function openIdentities({ identityPort, seed, start }: SimulateConfig): Promise<Identities | null> {
  if (identityPort === null) return null;
  const { Identities } = await import("../simulator/identity/identities.ts");
  return await Identities.create(seed, worldTime(start).startMs);
}

async function serveDirectory(
  identities: Identities,
  struck: readonly StruckFault[],
  config: SimulateConfig,
): Promise<IdentityServer> {
  const { serveIdentities } = await import("../simulator/identity/server.ts");
  const { identityPort, identityTrouble, seed } = config;
  return await serveIdentities(identities, { port: identityPort ?? 0, troubles: identityTrouble ?? {}, seed, struck });
}

async function openSource(
  config: SimulateConfig,
  identities: Identities | null,
  struck: StruckFault[],
): Promise<Source> {
  const { limitSource, prepareSource, recordedSource, worldSource } = await import("../simulator/sources.ts");
  let source: Source;
  if (config.replay !== null) {
    const recorded = await recordedSource(config.replay);
    if (config.rate === "recorded" && !recorded.isTimed) {
      throw new Deno.errors.InvalidData(
        `Cannot replay "${config.replay}" at its own pace: it has no times of arrival; expected a recording of record`,
      );
    }
    source = recorded;
  } else {
    const { seed, accounts } = config;
    const world = {
      seed,
      accounts,
      firstSeq: FIRST_SEQ,
      ...worldTime(config.start),
      ...(identities === null ? {} : { identities }),
    };
    source = await worldSource(world, oversizeEvery(config.fault), config.mix, { faults: config.fault ?? [], struck });
  }
  if (config.frames !== null) source = limitSource(source, config.frames);
  return config.prepare === 0 ? source : await prepareSource(source, config.prepare);
}
