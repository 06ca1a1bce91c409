/**
 * Completion for fish.
 *
 * @module
 */
import type { OptionSpec } from "../../config/option.ts";
import { PROGRAM } from "../../version.ts";
import type { CommandHelp } from "../help.ts";
import { optionsOf, valuedFlags, type Values, valuesOf } from "./values.ts";

/** A script for fish 3.1 and later. */
export function fishCompletions(commands: readonly CommandHelp[]): string {
  return [
    FUNCTIONS,
    `complete -c ${PROGRAM} -f`,
    `complete -c ${PROGRAM} -s h -l help -d 'Print this help'`,
    `complete -c ${PROGRAM} -s V -l version -d 'Print the version'`,
    ...commands.map(({ name, summary }) =>
      `complete -c ${PROGRAM} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`
    ),
    ...commands.flatMap((command) => [
      ...optionsOf(command).flatMap((spec) => option(command.name, spec, valuesOf(spec.placeholder, commands))),
      ...command.operands.map((operand) => {
        const values = valuesOf(operand, commands);
        const flags = valuedFlags(command).map((flag) => ` ${flag}`).join("");
        const place = `complete -c ${PROGRAM} -n '__${PROGRAM}_free ${command.name}${flags}'`;
        return `${place}${values.files ? " -F" : ""}${offer(values)}`;
      }),
    ]),
  ].join("\n") + "\n";
}

/** The first is whether a command was given; a topic may have the name of one. `free`: whether its operand is missing. */
const FUNCTIONS = `# Completion of ${PROGRAM} for fish.
function __${PROGRAM}_in
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = $argv[1]
end
function __${PROGRAM}_after
    set -l words (commandline -opc)
    __${PROGRAM}_in $argv[1]; and test $words[-1] = $argv[2]
end
function __${PROGRAM}_free
    __${PROGRAM}_in $argv[1]; or return 1
    set -l words (commandline -opc)
    set -e words[1..2]
    set -l is_value 0
    for word in $words
        if test $is_value = 1
            set is_value 0
        else if contains -- $word $argv[2..-1]
            set is_value 1
        else if not string match -q -- '-*' $word
            return 1
        end
    end
    test $is_value = 0
end
function __${PROGRAM}_list
    set -l given (string split , -- (commandline -ct | string replace -r -- '^--[^=]*=' ''))
    set -l used
    set -l prefix ''
    if test (count $given) -gt 1
        set used (string replace -r -- '@.*' '' $given[1..-2])
        set prefix (string join , -- $given[1..-2]),
    end
    for item in $argv
        contains -- $item $used; or echo $prefix$item
    end
end`;

function option(command: string, { flag, implicitValue, doc }: OptionSpec, values: Values): string[] {
  const spec = `${inCommand(command)} -l ${flag}`;
  if (implicitValue === undefined) {
    return [`${spec}${values.files ? " -r -F" : " -x"}${offer(values)} -d ${quoted(doc)}`];
  }
  // Fish takes no other word for a value that may be missing.
  const after = `complete -c ${PROGRAM} -n '__${PROGRAM}_after ${command} --${flag}'`;
  return [`${spec}${offer(values)} -d ${quoted(doc)}`, `${after}${offer(values)}`];
}

function inCommand(name: string): string {
  return `complete -c ${PROGRAM} -n '__${PROGRAM}_in ${name}'`;
}

function offer({ words, list }: Values): string {
  if (words.length === 0) return "";
  return ` -a ${quoted(list ? `(__${PROGRAM}_list ${words.join(" ")})` : words.join(" "))}`;
}

/** Between single quotes fish takes a backslash before a quote and before another backslash as an escape. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
