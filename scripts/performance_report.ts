/**
 * What a run of the bench found, and its tables in Markdown.
 *
 * @module
 */

/** One entry of the plan over all rounds. */
export interface Summary {
  readonly name: string;
  readonly framesPerSecond: number;
  readonly framesPerCpuSecond: number;
  readonly microsecondsPerFrame: number;
  /** Half the range of CPU per frame, in per cent of its middle. */
  readonly spread: number;
  /** Share of one core, in per cent. */
  readonly corePercent: number;
  /** The most resident memory at the end of a run, in megabytes. */
  readonly rssMb: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number } | null;
}

/** A stage that could not be run on the machine. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** A figure that is aimed at, and whether it is reached. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly aim: string;
  readonly reached: boolean;
}

/** A share of the time that was not idle. */
export interface Share {
  readonly area: string;
  /** 0 to 1. */
  readonly share: number;
}

/** What the whole way costs with an option, on the frames of a whole network. */
export interface OptionRow {
  readonly name: string;
  readonly microsecondsPerFrame: number;
  /** To the default in the same round; null where that was not measured. */
  readonly toDefault: number | null;
  /** Half the range, in per cent of the middle. */
  readonly spread: number;
  readonly eventsPerFrame: number;
  /** CPU for a byte of keys and values. */
  readonly nanosecondsPerByte: number;
  readonly rssMb: number;
}

/** Milliseconds from starting the process; medians. */
export interface Start {
  readonly helpMs: number;
  /** Until the event of the first frame is written. */
  readonly firstFrameMs: number;
}

/** One run of the whole bench. */
export interface Report {
  readonly machine: { readonly deno: string; readonly os: string; readonly cores: number };
  /** The day, as YYYY-MM-DD. */
  readonly at: string;
  readonly frames: { readonly made: number; readonly meanBytes: number };
  readonly rounds: number;
  readonly stages: readonly (Summary & { readonly doc: string })[];
  /** Stages that could not be run; a run of before there were such does not say. */
  readonly leftOut?: readonly LeftOut[];
  readonly ratios: readonly Ratio[];
  readonly live: readonly Summary[];
  readonly options: readonly OptionRow[];
  /** Where the time of the whole way goes. */
  readonly shares: readonly Share[];
  readonly start: Start | null;
}

/** The tables, for a terminal and for docs/performance.md alike. */
export function reportText(report: Report): string {
  const { machine, frames, rounds, at } = report;
  const stages = report.stages.map((stage) => [
    stage.name,
    stage.doc,
    stage.framesPerSecond.toLocaleString("en"),
    stage.framesPerCpuSecond.toLocaleString("en"),
    String(stage.microsecondsPerFrame),
    `±${stage.spread} %`,
    String(stage.rssMb),
  ]);
  const live = report.live.map(({ name, corePercent, latencyMs, rssMb }) => [
    name,
    `${corePercent} %`,
    String(latencyMs?.p50 ?? ""),
    String(latencyMs?.p99 ?? ""),
    String(rssMb),
  ]);
  const ratios = report.ratios.map((each) => [each.name, String(each.value), each.aim, each.reached ? "yes" : "no"]);
  const shares = report.shares.map(({ area, share }) => [area, `${Math.round(share * 100)} %`]);
  return [
    `Deno ${machine.deno}, ${machine.os}, ${machine.cores} cores, ${at}; ${
      frames.made.toLocaleString("en")
    } frames of ` +
    `${frames.meanBytes.toLocaleString("en")} bytes over and over, ${rounds} rounds interleaved, medians.`,
    table(["stage", "what", "frames/s", "frames per CPU-second", "CPU µs a frame", "spread", "RSS MB"], stages),
    ...(report.leftOut ?? []).map(({ name, why }) => `Left out: \`${name}\`, as ${why}.`),
    table(["what is aimed at", "measured", "aim", "reached"], ratios),
    ...(live.length > 0 ? [table(["rate", "of one core", "p50 ms", "p99 ms", "RSS MB"], live)] : []),
    ...(report.options.length > 0 ? [optionsText(report.options)] : []),
    ...(report.shares.length > 0 ? [table(["where the time of the whole way goes", "share"], shares)] : []),
    ...(report.start === null ? [] : [startText(report.start)]),
  ].join("\n\n");
}

/** The table of options. */
export function optionsText(options: readonly OptionRow[]): string {
  const rows = options.map((row) => [
    row.name.startsWith("--") ? `\`${row.name}\`` : row.name,
    String(row.microsecondsPerFrame),
    String(row.toDefault ?? ""),
    `±${row.spread} %`,
    String(row.eventsPerFrame),
    String(row.nanosecondsPerByte),
    String(row.rssMb),
  ]);
  const head = ["option", "CPU µs a frame", "to the default", "spread", "events a frame", "CPU ns a byte", "RSS MB"];
  return table(head, rows);
}

/** What an instance takes at the rates of the live network, in a sentence. */
export function sizingText({ machine, at, live }: Report): string {
  const rates = live.map(({ framesPerSecond, corePercent, rssMb }) =>
    `${corePercent} % of one core and ${rssMb} MB of memory at ${thousands(framesPerSecond)} frames a second`
  );
  return `In the last run of the bench (${at}, ${machine.os}, ${machine.cores} cores) an instance took ${
    rates.join(", ")
  }.`;
}

/** Messages that a relay keeps: 72 hours of 350 a second. */
const REPLAY_FRAMES = 90e6;
/** Ten times the most that the network has kept up for days, which was 2,000 events a second. */
const TENFOLD = 20_000;
const PROCESSES = 3;

/** What follows from the figures of the stages for more frames than the network sends. Nothing here was run. */
export function growthText({ stages }: Report): string {
  const stage = (name: string) => {
    const found = stages.find((each) => each.name === name);
    if (found === undefined) throw new TypeError(`Cannot write what follows: the run has no stage ${name}`);
    return found;
  };
  const whole = stage("whole");
  const passing = stage("receive").microsecondsPerFrame + stage("unwanted").microsecondsPerFrame;
  const shared = (whole.microsecondsPerFrame + (PROCESSES - 1) * passing) / PROCESSES;
  return table(["from the last run", "by", "comes"], [
    ["frames a second that one process takes at most", "`whole`", thousands(whole.framesPerSecond)],
    [
      "minutes for 90 million frames, if the relay sends as fast",
      "the same",
      (REPLAY_FRAMES / whole.framesPerSecond / 60).toFixed(1),
    ],
    [
      `share of one core at ${thousands(TENFOLD)} frames a second`,
      "`whole`, CPU",
      `${Math.round(TENFOLD / whole.framesPerCpuSecond * 100)} %`,
    ],
    [
      "frames a second that one WebSocket brings at most, nothing decoded",
      "`receive`",
      thousands(stage("receive").framesPerSecond),
    ],
    ["CPU µs of a frame with nothing wanted", "`receive` and `unwanted`", passing.toFixed(1)],
    [
      "what three processes carry, to one, if each wants a third of the frames and receives all",
      "`whole`, and the line above",
      `${(whole.microsecondsPerFrame / shared).toFixed(1)} times`,
    ],
  ]);
}

function thousands(value: number): string {
  return (Math.round(value / 10) * 10).toLocaleString("en");
}

function startText({ helpMs, firstFrameMs }: Start): string {
  return `Start, from source with a warm cache: \`--help\` ${helpMs} ms, first frame processed after ${firstFrameMs} ms.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
