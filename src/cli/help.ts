/**
 * What `--help` prints, from the tables of commands, options and exit statuses.
 *
 * @module
 */

import { GROUPS, type OptionSpec, type OptionTable } from "../config/option.ts";
import { PROGRAM } from "../version.ts";
import { declared, EXIT, type Exits } from "./exit.ts";
import { commandLine, row, wrap } from "./layout.ts";

/** A command line that works when it is pasted into a shell. */
export interface Example {
  /** What stands behind the program's name; no quotes round white space. */
  readonly line: string;
  /** What stands before the program's name. */
  readonly before?: string;
  /** What it is for: no full stop at the end. */
  readonly does: string;
  /** Whether the help of the whole program has it too. */
  readonly first?: true;
}

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
  /** The names in `options` of those that help has before all others. */
  readonly mostUsed?: readonly string[];
  readonly examples: readonly Example[];
  /** Every status that it can end with. */
  readonly exits: Exits;
}

/** Columns of the help where it goes into a file or a pipe. */
const PIPED = 80;
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 100;
/** Where the text of an option stands. */
const OPTION_COLUMN = 38;
/** Where the meaning of a status stands. */
const EXIT_COLUMN = 8;

/** The columns of a help that is written to a terminal, whose own width `columns` has, or elsewhere. */
export function helpWidth(isTerminal: boolean, columns: () => number): number {
  return isTerminal ? Math.min(columns(), WIDEST) : PIPED;
}

/** The help of the whole program, in lines of at most `width` columns: commands, examples, exit statuses. */
export function programHelp(commands: readonly CommandHelp[], width: number): string {
  const widest = Math.max(...commands.map(({ name }) => name.length));
  return [
    ...wrap(`Usage: ${PROGRAM} COMMAND [OPTION]...`, width),
    "",
    ...wrap("Reads the Bluesky firehose and writes its records as CloudEvents to Kafka, Event Hubs or Fabric.", width),
    "",
    "Commands:",
    ...commands.flatMap(({ name, summary }) => row(`  ${name}`, widest + 4, [summary], width)),
    "",
    ...exampleLines(commands.flatMap(({ examples }) => examples.filter(({ first }) => first)), width),
    ...exitLines(Object.values(EXIT), width),
    ...wrap(`All flags of a command: ${PROGRAM} help COMMAND`, width),
    "",
  ].join("\n");
}

/**
 * The help of one command, in lines of at most `width` columns: usage, the flags that most calls need, the others by
 * groups, exit statuses, examples.
 */
export function commandHelp(command: CommandHelp, width: number): string {
  const operands = command.operands.map((operand) => ` ${operand}`).join("");
  return [
    ...wrap(`Usage: ${PROGRAM} ${command.name}${operands} [OPTION]...`, width),
    "",
    ...wrap(command.summary, width),
    "",
    ...optionLines(command, width),
    ...generalLines(command, width),
    ...exitLines(declared(command.exits), width),
    ...exampleLines(command.examples, width),
  ].join("\n");
}

/** The options of a command as a Markdown table, for the documents, in the order of the groups. */
export function optionsMarkdown(options: OptionTable): string {
  const specs = GROUPS.flatMap((group) => Object.values(options).filter((spec) => spec.group === group));
  const rows = specs.map((spec) => [
    `\`--${spec.flag}\``,
    spec.env.map((name) => `\`${name}\``).join(", "),
    defaultOf(spec, (text) => `\`${text}\``),
    spec.doc,
  ]);
  return markdown(["Flag", "Variable", "Default", "Meaning"], rows);
}

/** The exit statuses of a command as a Markdown table, for the documents. */
export function exitMarkdown(exits: Exits): string {
  return markdown(["Status", "Meaning"], declared(exits).map(({ code, doc }) => [String(code), doc]));
}

function optionLines({ options, mostUsed = [] }: CommandHelp, width: number): string[] {
  const named = Object.entries(options);
  const groups = [
    { heading: "Most used", specs: mostUsed.flatMap((name) => options[name] ?? []) },
    ...GROUPS.map((group) => ({
      heading: group,
      specs: named.filter(([name, spec]) => spec.group === group && !mostUsed.includes(name)).map(([, spec]) => spec),
    })),
  ];
  return groups.filter(({ specs }) => specs.length > 0).flatMap(({ heading, specs }) => [
    ...wrap(`${heading}:`, width),
    ...specs.flatMap((spec) => {
      // With `=` a value that may be left out is not mistaken for one that may not.
      const value = spec.implicitValue === undefined ? ` ${spec.placeholder}` : `[=${spec.placeholder}]`;
      const facts = [...spec.env.map((name) => `$${name}`), `default: ${defaultOf(spec, String)}`];
      return row(`  --${spec.flag}${value}`, OPTION_COLUMN, [spec.doc, `[${facts.join("; ")}]`], width);
    }),
    "",
  ]);
}

function defaultOf(spec: OptionSpec, mark: (text: string) => string): string {
  if (spec.default === null) return spec.defaultText ?? "none";
  return spec.defaultText === undefined ? mark(spec.default) : `${mark(spec.default)} (${spec.defaultText})`;
}

function generalLines({ options }: CommandHelp, width: number): string[] {
  const note = "A flag overrides its variable ($NAME above). --flag=value and --flag value are the same.";
  return [
    "General:",
    ...row("  --help, -h", OPTION_COLUMN, ["Print this help"], width),
    ...row("  --version, -V", OPTION_COLUMN, ["Print the version"], width),
    "",
    ...(Object.keys(options).length === 0 ? [] : [...wrap(note, width), ""]),
  ];
}

function exitLines(exits: readonly { readonly code: number; readonly doc: string }[], width: number): string[] {
  return ["Exit status:", ...exits.flatMap(({ code, doc }) => row(`  ${code}`, EXIT_COLUMN, [doc], width)), ""];
}

function exampleLines(examples: readonly Example[], width: number): string[] {
  if (examples.length === 0) return [];
  return [
    "Examples:",
    ...examples.flatMap(({ before = "", line, does }) => [
      ...wrap(does, width - 4).map((part) => `  # ${part}`),
      ...commandLine(`${before}${PROGRAM} ${line}`, width),
    ]),
    "",
  ];
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  );
  return lines.join("\n") + "\n";
}
