/**
 * `help`: what the program can do, or how one of its commands is called.
 *
 * @module
 */
import { meantOr } from "../config/nearest.ts";
import { type Command, reportErrors } from "./command.ts";
import { PRINTING_EXITS } from "./exit.ts";
import { commandHelp, helpWidth, programHelp } from "./help.ts";

/** The `help` command; `commands` are asked for when it runs, as it is one of them. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    summary: "Print this help, or the help of one command",
    options: {},
    operands: ["[COMMAND]"],
    examples: [
      { line: "help", does: "all commands" },
      { line: "help stream", does: "every flag of stream, with its variable and its default" },
    ],
    exits: PRINTING_EXITS,
    run({ operands, errors }, context) {
      const [name] = operands;
      const command = commands().find((known) => known.name === name);
      const isUnknown = name !== undefined && command === undefined;
      const wrong = [...errors, ...(isUnknown ? [unknownCommand(name, commands())] : [])];
      if (wrong.length > 0) return Promise.resolve(reportErrors(wrong, [], context));
      const width = helpWidth(context.outTerminal, context.columns);
      context.writeOut(command === undefined ? programHelp(commands(), width) : commandHelp(command, width));
      return Promise.resolve("ok");
    },
  };
}

/** The error for a word that is no command. */
export function unknownCommand(name: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.name);
  // A flag before the command may be followed by a secret, so nothing that begins with a hyphen is repeated.
  if (name.startsWith("-")) return `Cannot use a flag before the command; expected one of ${names.join(", ")} first`;
  return `Cannot run ${JSON.stringify(name)}: it is an unknown command; ${meantOr(name, names)}`;
}
