/**
 * A chart of a run, as an SVG: frames a CPU-second of each whole way, and what a frame costs at each stage.
 *
 * @module
 */
import type { Report, Summary } from "../scripts/performance_report.ts";

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 90;
const BAR = 22;
const GAP = 10;
const TITLE = 34;

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly isOurs: boolean;
}

/** Draws the chart. */
export function chartOf({ stages, machine, at }: Report): string {
  const of = (name: string) => stages.find((stage) => stage.name === name);
  const ways = bars(
    [
      ["whole", "this producer"],
      ["rust-peer", "Rust: serde + rdkafka"],
      ["go-peer", "Go: indigo + franz-go"],
      ["javascript-peer", "@atproto/sync + kafkajs"],
    ],
    of,
    (stage) => ({
      value: stage.framesPerSecond,
      text: `${stage.framesPerSecond.toLocaleString("en")}/s`,
    }),
  );
  const costs = bars(
    [
      ["socket", "bare WebSocket"],
      ["receive", "receive"],
      ["decode", "decode, check hashes"],
      ["map", "decode and map"],
      ["produce", "produce"],
      ["kafkajs-plain", "KafkaJS as it comes"],
      ["whole", "the whole way"],
    ],
    of,
    (stage) => ({ value: stage.microsecondsPerFrame, text: `${stage.microsecondsPerFrame} µs` }),
  );
  const first = group("Frames a second, firehose to acknowledged in Kafka", ways, 0);
  const second = group("CPU time a frame", costs, first.height + 16);
  const height = first.height + second.height + 44;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
    `font-family="system-ui, sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="#ffffff"/>\n` +
    `${first.svg}${second.svg}<text x="16" y="${height - 12}" fill="#57606a" font-size="11">` +
    `Deno ${machine.deno}, ${machine.cores} cores, ${at}: deno task bench</text>\n</svg>\n`;
}

function bars(
  names: readonly (readonly [name: string, label: string])[],
  of: (name: string) => Summary | undefined,
  draw: (stage: Summary) => { readonly value: number; readonly text: string },
): Bar[] {
  return names.flatMap(([name, label]) => {
    const stage = of(name);
    const isOurs = !name.endsWith("-peer") && name !== "kafkajs-plain" && name !== "socket";
    return stage === undefined ? [] : [{ label, isOurs, ...draw(stage) }];
  });
}

function group(title: string, bars: readonly Bar[], top: number): { readonly svg: string; readonly height: number } {
  const most = Math.max(...bars.map(({ value }) => value), 1);
  const lines = bars.map(({ label, value, text, isOurs }, i) => {
    const y = top + TITLE + i * (BAR + GAP);
    const width = Math.max(1, value / most * (WIDTH - LEFT - RIGHT));
    const middle = y + BAR / 2 + 5;
    return `<text x="${LEFT - 10}" y="${middle}" text-anchor="end" fill="#1f2328">${label}</text>` +
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3" fill="${
        isOurs ? "#0a7aff" : "#9aa4af"
      }"/><text x="${(LEFT + width + 8).toFixed(1)}" y="${middle}" fill="#1f2328">${text}</text>\n`;
  });
  return {
    svg: `<text x="16" y="${top + 22}" font-weight="600" fill="#1f2328">${title}</text>\n${lines.join("")}`,
    height: TITLE + bars.length * (BAR + GAP),
  };
}
