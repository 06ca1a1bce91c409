/**
 * What `--help` prints, and the tables of README, from the tables of options and of exit codes.
 *
 * @module
 */

import { GROUPS, type OptionSpec, type OptionTable } from "../config/options.ts";
import { EXIT } from "./exit.ts";

/** What help says of one command. */
export interface CommandHelp {
  /** The word that picks it. */
  readonly name: string;
  /** One line for the list of commands: no full stop at the end. */
  readonly summary: string;
  /** The names of the arguments without a flag, such as `FILE`; `[TYPE]` may be missing. */
  readonly operands: readonly string[];
  /** Its flags. */
  readonly options: OptionTable;
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
}

const PROGRAM = "bluesky_firehose";
const WIDTH = 100;
const LEFT = 38;

/** The help of the whole program: the commands, every option of the one named `main`, exit codes, examples. */
export function programHelp(commands: readonly CommandHelp[], main: string): string {
  const widest = Math.max(...commands.map(({ name }) => name.length));
  const shown = commands.filter(({ name }) => name === main);
  return [
    `${PROGRAM}: reads the Bluesky firehose and writes its records as CloudEvents to Kafka`,
    "",
    `Usage: ${PROGRAM} COMMAND [OPTION]...`,
    "",
    "Commands:",
    ...commands.flatMap(({ name, summary }) => row(`  ${name}`, widest + 4, summary)),
    "",
    ...shown.flatMap((command) => [`Options of ${command.name}:`, "", ...optionLines(command.options)]),
    ...generalLines(),
    ...exitLines(),
    ...exampleLines(commands),
    `More on a command: ${PROGRAM} COMMAND --help`,
    "",
  ].join("\n");
}

/** The help of one command: usage, options with variables and defaults, exit codes, examples. */
export function commandHelp(command: CommandHelp): string {
  const operands = command.operands.map((operand) => ` ${operand}`).join("");
  return [
    ...wrap(`${PROGRAM} ${command.name}: ${command.summary}`, WIDTH),
    "",
    `Usage: ${PROGRAM} ${command.name}${operands} [OPTION]...`,
    "",
    ...optionLines(command.options),
    ...generalLines(),
    ...exitLines(),
    ...exampleLines([command]),
  ].join("\n");
}

/** The options of a command as a Markdown table, for README. */
export function optionsMarkdown(options: OptionTable): string {
  const rows = Object.values(options).map((spec) => [
    `\`--${spec.flag}\``,
    spec.env.map((name) => `\`${name}\``).join(", "),
    defaultOf(spec, (text) => `\`${text}\``),
    spec.doc,
  ]);
  return markdown(["Flag", "Variable", "Default", "Meaning"], rows);
}

/** The exit codes as a Markdown table, for README. */
export function exitMarkdown(): string {
  return markdown(["Status", "Meaning"], Object.values(EXIT).map(({ code, doc }) => [String(code), doc]));
}

function optionLines(options: OptionTable): string[] {
  const lines: string[] = [];
  for (const group of GROUPS) {
    const specs = Object.values(options).filter((spec) => spec.group === group);
    if (specs.length === 0) continue;
    lines.push(`${group}:`);
    for (const spec of specs) {
      // With `=` a value that may be left out is not mistaken for one that may not.
      const value = spec.alone === undefined ? ` ${spec.hint}` : `[=${spec.hint}]`;
      const facts = [...spec.env.map((name) => `$${name}`), `default: ${defaultOf(spec, String)}`];
      lines.push(...row(`  --${spec.flag}${value}`, LEFT, spec.doc), ...row("", LEFT, `[${facts.join("; ")}]`));
    }
    lines.push("");
  }
  return lines;
}

function defaultOf(spec: OptionSpec, mark: (text: string) => string): string {
  if (spec.default === null) return spec.otherwise ?? "none";
  return spec.otherwise === undefined ? mark(spec.default) : `${mark(spec.default)} (${spec.otherwise})`;
}

function generalLines(): string[] {
  return [
    "General:",
    ...row("  --help, -h", LEFT, "Print this help"),
    ...row("  --version", LEFT, "Print the version"),
    "",
    ...wrap("A flag beats its variable ($NAME above); --flag=value and --flag value mean the same.", WIDTH),
    "",
  ];
}

function exitLines(): string[] {
  return ["Exit status:", ...Object.values(EXIT).flatMap(({ code, doc }) => row(`  ${code}`, 8, doc)), ""];
}

function exampleLines(commands: readonly CommandHelp[]): string[] {
  const examples = commands.flatMap((command) => command.examples);
  if (examples.length === 0) return [];
  return ["Examples:", ...examples.flatMap(({ line, does }) => [`  # ${does}`, `  ${PROGRAM} ${line}`]), ""];
}

/** Text in the right column, beside `left` if that leaves room, else below it. */
function row(left: string, column: number, text: string): string[] {
  const [first = "", ...rest] = wrap(text, WIDTH - column).map((line) => " ".repeat(column) + line);
  return left.length < column - 1 ? [left + first.slice(left.length), ...rest] : [left, first, ...rest];
}

/** Breaks at spaces, and at commas where a list has none, so that no line is longer than `width`. */
function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/(?<= )|(?<=,)(?=\S)/)) {
    const line = lines.at(-1) ?? "";
    if (line === "" || (line + word.trimEnd()).length <= width) lines[lines.length - 1] = line + word;
    else lines.push(word);
  }
  return lines.map((line) => line.trimEnd());
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  );
  return lines.join("\n") + "\n";
}
