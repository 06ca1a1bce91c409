/**
 * Makes docs/demo.svg, README's picture, from a run of `deno task demo` on a terminal:
 * `deno run -A scripts/demo_picture.ts`. The terminal comes from `script` of util-linux, so it needs Linux. The picture
 * is the screen after the run and has no animation: it is the same in print and for readers who want no motion.
 *
 * @module
 */

const COLUMNS = 118;
const COLUMN_WIDTH = 7.3;
const ROW_HEIGHT = 17;
const MARGIN = 16;
const BAR = 30;
const COLOURS = { shell: "#ffffff", progress: "#7ee787", key: "#79c0ff", other: "#d0d7de" } as const;

/** The lines on the screen after these bytes; escapes that only colour or clear are left out. */
export function screenOf(text: string): string[] {
  // A line that was redrawn in place has its last text.
  return plain(text).trimEnd().split(/\r?\n/).map((line) => line.split("\r").findLast((part) => part !== "") ?? "");
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, "");
}

/** The picture of a screen, up to the end of the event: what may be run next stands in README. */
export function picture(command: string, screen: readonly string[]): string {
  const lines = [`$ ${command}`, ...screen.slice(0, screen.indexOf("}") + 1), "…"];
  const width = Math.round(COLUMNS * COLUMN_WIDTH + MARGIN * 2);
  const height = BAR + MARGIN + ROW_HEIGHT * lines.length;
  const texts = lines.flatMap((line, i) => {
    const shown = line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line;
    const y = BAR + MARGIN + ROW_HEIGHT * i;
    return line === "" ? [] : [`<text x="${MARGIN}" y="${y}" fill="${colourOf(line)}">${escape(shown)}</text>`];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="12">
<title>${escape(command)}</title>
<style>text{white-space:pre}</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${["#ff5f56", "#ffbd2e", "#27c93f"].map((c, i) => `<circle cx="${20 + i * 18}" cy="17" r="5" fill="${c}"/>`).join("")}
${texts.join("\n")}
</svg>
`;
}

function colourOf(line: string): string {
  if (/^\$ |^\S.*:$/.test(line)) return COLOURS.shell;
  if (/ events delivered$/.test(line)) return COLOURS.progress;
  return /^\s+"/.test(line) ? COLOURS.key : COLOURS.other;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What a terminal of its own shows of a command. */
async function onTerminal(command: string): Promise<string> {
  const { stdout } = await new Deno.Command("script", {
    args: ["-qfec", `stty cols ${COLUMNS} rows 50; ${command}`, "/dev/null"],
    stdin: "null",
    env: { TERM: "xterm-256color" },
  }).output();
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const screen = screenOf(await onTerminal("deno task --quiet demo"));
  await Deno.writeTextFile(new URL("../docs/demo.svg", import.meta.url), picture("deno task demo", screen));
}
