/**
 * Makes docs/demo.svg, README's picture, from a run of `deno task demo` on a terminal:
 * `deno run -A scripts/demo_picture.ts`. The terminal comes from `script` of util-linux, so it needs Linux.
 *
 * @module
 */

/** What a terminal was told, and when, in milliseconds since the beginning. */
export interface Chunk {
  readonly atMs: number;
  readonly text: string;
}

/** A line that was redrawn in place: its text at each of these times. */
export interface Redrawn {
  readonly atMs: number;
  readonly text: string;
}

const COLUMNS = 118;
const COLUMN_WIDTH = 7.3;
const ROW_HEIGHT = 17;
const MARGIN = 16;
const BAR = 30;
/** How long the end stays before the picture begins anew. */
const HOLD_MS = 6000;

/** A screen: the lines before the one that was redrawn in place, that one's texts, and the lines that followed. */
export interface Screenful {
  readonly first: readonly string[];
  readonly redrawn: readonly Redrawn[];
  readonly lines: readonly string[];
}

/** What stood on the screen; escapes that only colour or clear are left out. */
export function screenOf(chunks: readonly Chunk[]): Screenful {
  const redrawn: Redrawn[] = [];
  let text = "";
  for (const chunk of chunks) {
    for (const part of plain(chunk.text).split(/\r(?!\n)/).slice(1)) {
      const line = part.split(/\r?\n/)[0] ?? "";
      if (line !== "" && redrawn.at(-1)?.text !== line) redrawn.push({ atMs: chunk.atMs, text: line });
    }
    text += plain(chunk.text);
  }
  const parts = text.split(/\r(?!\n)/);
  const lines = (parts.at(-1) ?? "").split(/\r?\n/).slice(1);
  return { first: (parts[0] ?? "").split(/\r?\n/).filter((line) => line !== ""), redrawn, lines };
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}

/** The picture; where nothing moves, it shows how the run ended. */
export function picture(command: string, { first: intro, redrawn, lines }: Screenful): string {
  // To the end of the example; what may be run next stands in README.
  const shown = [...lines.slice(0, lines.indexOf("}") + 1), "…"];
  const width = Math.round(COLUMNS * COLUMN_WIDTH + MARGIN * 2);
  const height = BAR + MARGIN + ROW_HEIGHT * (intro.length + shown.length + 2);
  const row = (index: number) => BAR + MARGIN + ROW_HEIGHT * index;
  const first = redrawn[0]?.atMs ?? 0;
  const endMs = (redrawn.at(-1)?.atMs ?? first) - first;
  const totalMs = endMs + HOLD_MS;
  const share = (ms: number) => `${(Math.max(0, ms) / totalMs * 100).toFixed(2)}%`;
  const rules: string[] = [];
  const frames = redrawn.map(({ atMs, text }, i) => {
    const from = atMs - first;
    const isLast = i === redrawn.length - 1;
    const to = isLast ? totalMs : (redrawn[i + 1]?.atMs ?? atMs) - first;
    const before = from === 0 ? "" : `0%{opacity:0}`;
    const after = isLast ? "" : `${share(to)},100%{opacity:0}`;
    rules.push(`@keyframes f${i}{${before}${share(from)}{opacity:1}${after}}`);
    rules.push(`#f${i}{opacity:${isLast ? 1 : 0};animation:f${i} ${totalMs}ms step-end infinite}`);
    return `<text id="f${i}" x="${MARGIN}" y="${row(intro.length + 1)}" class="s">${escape(text)}</text>`;
  });
  rules.push(`@keyframes e{0%{opacity:0}${share(endMs)}{opacity:1}}`, `#e{animation:e ${totalMs}ms step-end infinite}`);
  const textAt = (line: string, at: number) =>
    line === "" ? "" : `<text x="${MARGIN}" y="${row(at)}"${styleOf(line)}>${escape(line.slice(0, COLUMNS))}</text>`;
  const printed = shown.map((line, i) => textAt(line, intro.length + 2 + i));
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title>${escape(command)}</title>
<style>
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d0d7de;white-space:pre}
.s{fill:#7ee787}.h{fill:#ffffff}.k{fill:#79c0ff}
${rules.join("\n")}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${["#ff5f56", "#ffbd2e", "#27c93f"].map((c, i) => `<circle cx="${20 + i * 18}" cy="17" r="5" fill="${c}"/>`).join("")}
<text x="${MARGIN}" y="${row(0)}" class="h">$ ${escape(command)}</text>
${intro.map((line, i) => textAt(line, 1 + i)).join("\n")}
${frames.join("\n")}
<g id="e">
${printed.filter((line) => line !== "").join("\n")}
</g>
</svg>
`;
}

function styleOf(line: string): string {
  if (/^\S.*:$/.test(line)) return ' class="h"';
  return /^\s+"/.test(line) ? ' class="k"' : "";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Runs a command on a terminal of its own. */
async function onTerminal(command: string): Promise<Chunk[]> {
  const { stdout } = new Deno.Command("script", {
    args: ["-qfec", `stty cols ${COLUMNS} rows 50; ${command}`, "/dev/null"],
    stdin: "null",
    stdout: "piped",
    env: { TERM: "xterm-256color" },
  }).spawn();
  const started = performance.now();
  const chunks: Chunk[] = [];
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    chunks.push({ atMs: Math.round(performance.now() - started), text });
  }
  return chunks;
}

if (import.meta.main) {
  const screen = screenOf(await onTerminal("deno task --quiet demo"));
  await Deno.writeTextFile(new URL("../docs/demo.svg", import.meta.url), picture("deno task demo", screen));
}
