/**
 * `version`: prints the program's name and version.
 *
 * @module
 */
import { PROGRAM, VERSION } from "../version.ts";
import { type Command, tellMistakes } from "./command.ts";
import { PRINTING_EXITS } from "./exit.ts";

/** The `version` command. */
export const VERSION_COMMAND: Command = {
  name: "version",
  summary: "Print the version",
  options: {},
  operands: [],
  examples: [{ line: "version", does: "the version of this program" }],
  exits: PRINTING_EXITS,
  run({ mistakes }, context) {
    if (mistakes.length > 0) return Promise.resolve(tellMistakes(mistakes, [], context));
    context.writeOut(`${PROGRAM} ${VERSION}\n`);
    return Promise.resolve("ok");
  },
};
