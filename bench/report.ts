/**
 * What a run of the bench found, and its tables in Markdown.
 *
 * @module
 */
import { STAGES } from "./plan.ts";
import type { Share } from "./profile.ts";
import type { Start } from "./start.ts";
import type { Ratio, Summary } from "./summary.ts";

/** One run of the whole bench. */
export interface Report {
  readonly machine: { readonly deno: string; readonly os: string; readonly cores: number };
  /** The day, as YYYY-MM-DD. */
  readonly at: string;
  readonly frames: { readonly made: number; readonly meanBytes: number };
  readonly rounds: number;
  readonly stages: readonly Summary[];
  readonly ratios: readonly Ratio[];
  readonly live: readonly Summary[];
  /** Where the time of the whole way goes. */
  readonly shares: readonly Share[];
  readonly start: Start | null;
}

/** The tables, for a terminal and for docs/performance.md alike. */
export function reportText(report: Report): string {
  const { machine, frames, rounds, at } = report;
  const docs = new Map(STAGES.map(({ name, doc }) => [name, doc]));
  const stages = report.stages.map((stage) => [
    stage.name,
    docs.get(stage.name) ?? "",
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
    table(["what is aimed at", "measured", "aim", "reached"], ratios),
    ...(live.length > 0 ? [table(["rate", "of one core", "p50 ms", "p99 ms", "RSS MB"], live)] : []),
    ...(report.shares.length > 0 ? [table(["where the time of the whole way goes", "share"], shares)] : []),
    ...(report.start === null ? [] : [startText(report.start)]),
  ].join("\n\n");
}

function startText({ helpMs, firstFrameMs }: Start): string {
  return `Start, from source with a warm cache: \`--help\` ${helpMs} ms, first frame processed after ${firstFrameMs} ms.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
