/**
 * From the arguments of a command to the texts of its flags, by the command's table of options. Nothing that might be a
 * value is ever repeated in a message, as a mistyped flag may well be followed by a password.
 *
 * @module
 */

import { parseArgs as parse } from "@std/cli/parse-args";
import { nearest } from "../config/nearest.ts";
import type { OptionSpec, OptionTable } from "../config/option.ts";
import type { FlagTexts } from "../config/table.ts";

/** What stands in the arguments of one command. */
export interface Arguments {
  /** The text of each flag, by the name of its option; empty where the value is missing, which resolving reports. */
  readonly flags: FlagTexts;
  /** The arguments that belong to no flag, as many as the command takes. */
  readonly positionals: readonly string[];
  /** Whether `--help` or `-h` is among them. */
  readonly help: boolean;
  /** Whether `--version` or `-V` is among them. */
  readonly version: boolean;
  /** What is wrong, one message each. */
  readonly errors: readonly string[];
}

const HELP_FLAGS = ["help", "version"];
const SHORT: ReadonlyMap<string, string> = new Map([["-h", "--help"], ["-V", "--version"]]);

/**
 * Reads the arguments after the command's name: `--flag=value`, `--flag value` (also one that begins with a hyphen), a
 * flag alone where its option allows that, `--help`, `-h`, `--version`, `-V`. `operands` names the arguments without a flag
 * that the command takes, in order; one in brackets may be missing. `ownersOf` names the commands that have a flag.
 * Every error is reported: unknown and repeated flags, operands missing or too many.
 */
export function parseArgs(
  argv: readonly string[],
  table: OptionTable,
  operands: readonly string[] = [],
  ownersOf: (flag: string) => readonly string[] = () => [],
): Arguments {
  const specs = new Map(Object.values(table).map((spec) => [spec.flag, spec]));
  const names = [...specs.keys()];
  const { joined, blank } = join(argv, specs);
  const errors: string[] = [];
  const unknown = new Set<string>();
  const positionals: string[] = [];
  // Here the parser has not yet turned an argument of digits into a number.
  function onUnknown(argument: string, key?: string): boolean {
    if (key === undefined) positionals.push(argument);
    else unknown.add(unknownFlag(argument, table, ownersOf));
    return false;
  }
  const parsed = new Map<string, unknown>(Object.entries(parse(joined, {
    string: names,
    collect: names,
    boolean: HELP_FLAGS,
    unknown: onUnknown,
  })));
  errors.push(...unknown);
  // What follows a bare -- goes past the callback.
  positionals.push(...textsOf(parsed, "_"));

  const flags: Record<string, string> = {};
  for (const [name, { flag }] of Object.entries(table)) {
    const texts = [...textsOf(parsed, flag), ...blank.filter((other) => other === flag).map(() => "")];
    if (texts[0] !== undefined) flags[name] = texts[0];
    if (texts.length > 1) errors.push(`Cannot use --${flag}: it is given ${texts.length} times; expected once`);
  }
  const help = parsed.get("help") === true;
  const version = parsed.get("version") === true;
  errors.push(...operandErrors(positionals.length, operands));
  return { flags, positionals: positionals.slice(0, operands.length), help, version, errors };
}

/**
 * Joins each known flag and its value into one argument, since the parser takes no value that begins with a hyphen and
 * cannot tell a missing value from an empty one. `blank` has the flags without a value.
 */
function join(argv: readonly string[], specs: ReadonlyMap<string, OptionSpec>): { joined: string[]; blank: string[] } {
  const joined: string[] = [];
  const blank: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    if (argument === "--") return { joined: [...joined, ...argv.slice(index)], blank };
    const [, flag = "", given] = /^--([^=]+)(?:=([^]*))?$/.exec(argument) ?? [];
    const spec = specs.get(flag);
    if (spec === undefined) {
      joined.push(SHORT.get(argument) ?? argument);
      continue;
    }
    const next = given === undefined ? valueAfter(argv[index + 1], spec, specs) : undefined;
    if (next !== undefined) index++;
    const text = given ?? next ?? spec.implicitValue ?? "";
    const missing = given === undefined && next === undefined;
    const value = text.trim() === "" && !missing ? spec.empty ?? "" : text;
    if (value.trim() === "") blank.push(flag);
    else joined.push(`--${flag}=${value}`);
  }
  return { joined, blank };
}

/** The next argument, if it is the value of a flag of this kind. */
function valueAfter(
  next: string | undefined,
  spec: OptionSpec,
  specs: ReadonlyMap<string, OptionSpec>,
): string | undefined {
  if (next === undefined) return undefined;
  if (spec.implicitValue !== undefined) {
    // Behind a switch another word is a stray argument; behind a flag that has words of its own it is a wrong one.
    const isWord = spec.implicitValue !== "true" && !next.startsWith("-");
    return isWord || spec.read(next).kind === "value" ? next : undefined;
  }
  const flag = /^--([^=]+)/.exec(next)?.[1];
  if (flag === undefined) return next;
  // A password may begin with two hyphens: unless it is a flag that exists, it is no unknown flag to be named.
  const isFlag = specs.has(flag) || HELP_FLAGS.includes(flag) || !spec.secret;
  return isFlag ? undefined : next;
}

function unknownFlag(argument: string, table: OptionTable, ownersOf: (flag: string) => readonly string[]): string {
  const name = /^--([A-Za-z][A-Za-z0-9_-]{0,40})(?:=|$)/.exec(argument)?.[1];
  // One hyphen and letters: perhaps a password that begins with a hyphen, after a flag that is unknown too.
  const shown = name === undefined ? "an argument that begins with a hyphen" : `--${name}`;
  const typed = name ?? argument.replace(/^-+/, "").replace(/=.*$/s, "");
  const specs = Object.values(table);
  const owners = ownersOf(typed);
  if (owners.length > 0) {
    const own = specs.find(({ counterparts }) => counterparts?.includes(typed));
    const instead = own === undefined ? "this command has none like it" : `--${own.flag} does that here`;
    return `Cannot use ${shown}: it is a flag of ${owners.join(", ")}, ${instead}`;
  }
  const meant = nearest(typed, [...specs.map(({ flag }) => flag), ...HELP_FLAGS]);
  return `Cannot use ${shown}: it is an unknown flag, ${
    meant === null ? "--help lists the known ones" : `--${meant} is the nearest known one`
  }`;
}

function operandErrors(count: number, operands: readonly string[]): string[] {
  const missing = operands.slice(count).filter((operand) => !operand.startsWith("[")).map((operand) =>
    `Cannot start without ${operand}: it is missing; expected one`
  );
  if (count <= operands.length) return missing;
  const stray = count - operands.length;
  const expected = operands.length === 0 ? "only flags" : operands.join(" ");
  return [
    `Cannot use ${stray === 1 ? "an argument" : `${stray} arguments`} without a flag (not shown); ` +
    `expected ${expected}, and quotes round a value with spaces`,
  ];
}

function textsOf(parsed: ReadonlyMap<string, unknown>, key: string): readonly string[] {
  const found = parsed.get(key);
  return Array.isArray(found) ? found.map(String) : [];
}
